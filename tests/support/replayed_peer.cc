#include "tests/support/replayed_peer.h"

#include "core/resp/parser.h"
#include "tests/support/engine_data.h"

#include <utility>

namespace sorrel::test {
namespace {

constexpr int64_t kLaterMs = int64_t{365} * 86'400'000;

/// A transaction's frame, which a replay on one session has no need of.
bool is_frame(Bytes name) {
  return name == "MULTI" || name == "EXEC";
}

}  // namespace

Result<std::unique_ptr<ReplayedPeer>> ReplayedPeer::start(const Words& options, int64_t unix_us) {
  Result<std::unique_ptr<EnginePeer>> original = EnginePeer::start(options, unix_us);
  if (!original) return original.status();
  Result<std::unique_ptr<EnginePeer>> copy = EnginePeer::start(options, unix_us);
  if (!copy) return copy.status();
  return std::unique_ptr<ReplayedPeer>(
      new ReplayedPeer(std::move(original.value()), std::move(copy.value())));
}

ReplayedPeer::ReplayedPeer(std::unique_ptr<EnginePeer> original, std::unique_ptr<EnginePeer> copy)
    : original_(std::move(original)), copy_(std::move(copy)) {
  original_->engine().journal().attach(reader_);
}

ReplayedPeer::~ReplayedPeer() {
  original_->engine().journal().detach(reader_);
}

Result<std::unique_ptr<Channel>> ReplayedPeer::connect(Protocol protocol) {
  return original_->connect(protocol);
}

std::optional<std::string> ReplayedPeer::fault() {
  // First, because looking at a key that is due journals its end.
  const Result<ServerData> before = read_engine_data(*original_);
  if (!before) return before.status().with("reading the data").message();
  if (const Status replayed = replay(take_journal()); !replayed) return replayed.message();
  const Result<ServerData> after = read_engine_data(*copy_);
  if (!after) return after.status().with("reading the replayed data").message();
  const auto difference =
      first_difference(before.value(), after.value(), DataTolerance{.any_encoding = true});
  if (!difference) return std::nullopt;
  return "replaying the journal gives other data: " + *difference;
}

std::string ReplayedPeer::take_journal() {
  const Journal& journal = original_->engine().journal();
  std::string bytes;
  for (Bytes piece = journal.peek(reader_); !piece.empty(); piece = journal.peek(reader_)) {
    bytes += piece;
    original_->engine().journal().advance(reader_, piece.size());
  }
  return bytes;
}

Status ReplayedPeer::replay(const std::string& journal) {
  Engine& engine = copy_->engine();
  Session session(nullptr);
  engine.set_loading(true);
  copy_->advance_ms(original_->now_ms() + kLaterMs - copy_->now_ms());
  engine.open_session(session);
  session.authenticated = true;
  session.set(Session::kInternal);
  session.db = database_;
  RequestParser parser;
  RequestBatch batch;
  Status status = Status::ok();
  std::string input = journal;
  while (status && !input.empty()) {
    batch.clear();
    const auto outcome = parser.fill(input, RequestLimits{.authenticated = true}, batch);
    if (outcome == RequestParser::Outcome::kError || batch.empty()) {
      status = Status::failure("the journal can't be read: " + input.substr(0, 200));
    }
    for (size_t i = 0; status && i < batch.size(); ++i) status = execute(session, batch[i]);
    input.erase(0, parser.take_consumed());
  }
  database_ = session.db;
  engine.close_session(session);
  copy_->advance_ms(-kLaterMs);
  engine.set_loading(false);
  return status;
}

Status ReplayedPeer::execute(Session& session, std::span<const Bytes> args) {
  if (is_frame(args[0])) return Status::ok();
  copy_->engine().execute(session, args);
  const std::string reply = session.output.to_string();
  session.output.consume(reply.size());
  if (!reply.starts_with('-')) return Status::ok();
  std::string words;
  for (const Bytes arg : args) words += std::string(arg.substr(0, 100)) + " ";
  return Status::failure("the journal's " + words + "is answered " + reply);
}

}  // namespace sorrel::test
