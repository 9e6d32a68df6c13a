#include "tests/golden/golden_runner.h"

#include "tests/golden/golden_play.h"
#include "tests/support/expected_reply.h"

#include <algorithm>

namespace sorrel::test {
namespace {

constexpr int kPlaysMax = 4;

GoldenOutcome failed(const GoldenFile& file, const Status& status) {
  GoldenOutcome outcome;
  outcome.failures.push_back(file.name() + ": " + status.message());
  return outcome;
}

bool holds(const std::string& notation, ReplyView reply) {
  const Result<ExpectedReply> expected = parse_expected(notation);
  return expected && matches(expected.value(), reply);
}

/// Prints a reply so that what can't be read back fails here and not in the next run.
std::string recorded(ReplyView reply, bool unordered) {
  std::string text = print_reply(reply, unordered);
  return holds(text, reply) ? text : "UNREADABLE " + text;
}

Recording make_recording(const GoldenStep& step, ReplyView resp2, ReplyView resp3) {
  Recording recording;
  recording.resp2 = recorded(resp2, step.unordered);
  recording.resp3 =
      holds(recording.resp2, resp3) ? recording.resp2 : recorded(resp3, step.unordered);
  return recording;
}

std::set<std::string> ask_commands(Peer& peer) {
  std::set<std::string> names;
  Result<std::unique_ptr<Channel>> channel = peer.connect(Protocol::kResp2);
  if (!channel) return names;
  const Result<Reply> list = channel.value()->call({"COMMAND", "LIST"});
  if (!list) return names;
  const ReplyView array = list.value().root();
  for (size_t i = 0; i < array.size(); ++i) {
    std::string lower(array[i].text());
    std::transform(lower.begin(), lower.end(), lower.begin(), to_lower);
    names.insert(std::move(lower));
  }
  return names;
}

}  // namespace

GoldenRunner::GoldenRunner(PeerFactory factory, Protocol protocol,
                           std::chrono::milliseconds held_up)
    : factory_(std::move(factory)), protocol_(protocol), held_up_(held_up) {}

GoldenOutcome GoldenRunner::run(const GoldenFile& file) {
  for (int played = 1;; ++played) {
    GoldenOutcome outcome = run_once(file);
    outcome.played = played;
    const bool held_up = outcome.real_time && outcome.taken >= held_up_;
    if (outcome.failures.empty() || !held_up || played == kPlaysMax) return outcome;
  }
}

GoldenOutcome GoldenRunner::run_once(const GoldenFile& file) {
  if (!file.wants_own_server()) {
    Result<Peer*> peer = shared_peer();
    if (!peer) return failed(file, peer.status());
    GoldenOutcome outcome = run_on(*peer.value(), file);
    // What state a file left that broke off, nobody knows.
    if (outcome.broken) shared_.reset();
    return outcome;
  }
  Result<std::unique_ptr<Peer>> own = factory_(file.server_options());
  return own ? run_on(*own.value(), file) : failed(file, own.status());
}

Result<Peer*> GoldenRunner::shared_peer() {
  if (shared_ != nullptr && shared_->connect(Protocol::kResp2)) return shared_.get();
  Result<std::unique_ptr<Peer>> started = factory_({});
  if (!started) return started.status();
  shared_ = std::move(started.value());
  return shared_.get();
}

GoldenOutcome GoldenRunner::run_on(Peer& peer, const GoldenFile& file) {
  GoldenOutcome outcome = GoldenPlay(peer, protocol_, commands_of(peer)).play(file);
  outcome.real_time = peer.has_sockets();
  if (const auto fault = peer.fault()) outcome.failures.push_back(file.name() + ": " + *fault);
  return outcome;
}

const std::set<std::string>& GoldenRunner::commands_of(Peer& peer) {
  if (known_commands_.empty()) known_commands_ = ask_commands(peer);
  return known_commands_;
}

std::map<size_t, Recording> make_recordings(const GoldenFile& file, const GoldenOutcome& resp2,
                                            const GoldenOutcome& resp3, bool rewrite) {
  std::map<size_t, Recording> recordings;
  for (const GoldenStep& step : file.steps()) {
    // A step for one protocol has a reply in that alone.
    auto reply2 = resp2.replies.find(step.line);
    auto reply3 = resp3.replies.find(step.line);
    if (reply2 == resp2.replies.end() && reply3 == resp3.replies.end()) continue;
    if (reply2 == resp2.replies.end()) reply2 = reply3;
    if (reply3 == resp3.replies.end()) reply3 = reply2;
    const std::string& notation3 =
        step.expected_resp3.empty() ? step.expected : step.expected_resp3;
    if (!step.expected.empty()) {
      if (!rewrite) continue;
      const bool good =
          holds(step.expected, reply2->second.root()) && holds(notation3, reply3->second.root());
      if (good) continue;
    }
    recordings[step.line] = make_recording(step, reply2->second.root(), reply3->second.root());
  }
  return recordings;
}

}  // namespace sorrel::test
