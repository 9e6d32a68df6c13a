#include "tests/golden/golden_play.h"

#include "tests/support/expected_reply.h"

#include <algorithm>

namespace sorrel::test {
namespace {

using Kind = GoldenStep::Kind;

constexpr std::chrono::milliseconds kSilence{60};
constexpr char kFirstClient[] = "main";

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), to_lower);
  return text;
}

std::string indented(const std::string& text) {
  std::string out = "    ";
  for (const char c : text) {
    out.push_back(c);
    if (c == '\n') out += "    ";
  }
  return out;
}

}  // namespace

GoldenPlay::GoldenPlay(Peer& peer, Protocol protocol, const std::set<std::string>& commands)
    : peer_(peer), protocol_(protocol), commands_(commands) {}

GoldenOutcome GoldenPlay::play(const GoldenFile& file) {
  file_name_ = file.name();
  Status status = begin();
  for (const GoldenStep& step : file.steps()) {
    if (!status) break;
    if (applies(step)) {
      status = timed(step).with(file_name_ + ":" + std::to_string(step.line));
    } else if (step.has_reply()) {
      ++outcome_.skipped;
    }
  }
  outcome_.broken = !status;
  if (status) status = restore_config();
  if (!status) outcome_.failures.push_back(status.message());
  return std::move(outcome_);
}

Status GoldenPlay::begin() {
  if (Status status = use_client(kFirstClient); !status) return status.with(file_name_);
  const Result<Reply> flushed = client_->call({"FLUSHALL"});
  return flushed.status().with(file_name_);
}

bool GoldenPlay::applies(const GoldenStep& step) const {
  if (step.sorrel_only && peer_.is_reference()) return false;
  // Loading chooses the encoding anew.
  const Words& words = step.words;
  const bool asks_encoding = words.size() > 1 && lower(words[0] + words[1]) == "objectencoding";
  if (asks_encoding && peer_.is_reloaded()) return false;
  for (const std::string& word : step.only) {
    if (word == "resp2" && protocol_ != Protocol::kResp2) return false;
    if (word == "resp3" && protocol_ != Protocol::kResp3) return false;
    if (word == "unreloaded" && peer_.is_reloaded()) return false;
    if (word == "tcp" && !peer_.has_sockets()) return false;
  }
  return std::all_of(step.needs.begin(), step.needs.end(),
                     [this](const std::string& name) { return commands_.contains(lower(name)); });
}

Status GoldenPlay::timed(const GoldenStep& step) {
  const auto begun = std::chrono::steady_clock::now();
  Status status = perform(step);
  const bool waits = step.kind == Kind::kAdvance || step.kind == Kind::kReadNothing;
  if (!waits) outcome_.taken += std::chrono::steady_clock::now() - begun;
  return status;
}

Status GoldenPlay::perform(const GoldenStep& step) {
  const Words words = substituted(step.words);
  switch (step.kind) {
    case Kind::kCommand:
      if (Status status = send(encode_command(words)); !status) return status;
      return read_and_compare(step);
    case Kind::kSend:
      return send(encode_command(words));
    case Kind::kRaw:
      return send(words[0]);
    case Kind::kRead:
      return read_and_compare(step);
    case Kind::kReadNothing:
      return expect_silence();
    case Kind::kReadClosed:
      return expect_closed();
    case Kind::kClient:
      return use_client(words[0]);
    case Kind::kAdvance:
      peer_.advance_ms(std::stoll(words[0]));
      return Status::ok();
    case Kind::kConfig:
      return set_config(words[0], words[1]);
    case Kind::kCapture:
      return capture(words[0]);
  }
  return Status::failure("no such step");
}

Status GoldenPlay::use_client(const std::string& name) {
  std::unique_ptr<Channel>& channel = clients_[name];
  if (channel == nullptr) {
    Result<std::unique_ptr<Channel>> opened = peer_.connect(protocol_);
    if (!opened) return opened.status();
    channel = std::move(opened.value());
  }
  client_ = channel.get();
  return Status::ok();
}

Status GoldenPlay::send(Bytes bytes) {
  return client_->send(bytes);
}

Status GoldenPlay::read_and_compare(const GoldenStep& step) {
  ReadResult result = client_->read();
  if (result.kind != ReadResult::Kind::kReply) {
    return Status::failure(join_words(step.words) + ": " + result.problem());
  }
  ++outcome_.steps;
  compare(step, result.reply.root());
  outcome_.replies.insert_or_assign(step.line, result.reply);
  last_reply_ = std::move(result.reply);
  return Status::ok();
}

const std::string& GoldenPlay::expectation(const GoldenStep& step) const {
  const bool own = protocol_ == Protocol::kResp3 && !step.expected_resp3.empty();
  return own ? step.expected_resp3 : step.expected;
}

void GoldenPlay::compare(const GoldenStep& step, ReplyView reply) {
  const std::string notation = substituted(expectation(step));
  const Result<ExpectedReply> expected =
      notation.empty() ? Status::failure("no reply is written down") : parse_expected(notation);
  if (expected && matches(expected.value(), reply)) return;
  std::string message =
      file_name_ + ":" + std::to_string(step.line) + ": " + join_words(step.words);
  message += "\n  expected\n" + indented(notation);
  if (!expected) message += "\n  (" + expected.status().message() + ")";
  message += "\n  got\n" + indented(print_reply(reply));
  outcome_.failures.push_back(std::move(message));
}

Status GoldenPlay::expect_silence() {
  const ReadResult result = client_->read(kSilence);
  if (result.kind == ReadResult::Kind::kTimeout) return Status::ok();
  const bool reply = result.kind == ReadResult::Kind::kReply;
  return Status::failure("expected nothing, got " +
                         (reply ? print_reply(result.reply.root()) : result.problem()));
}

Status GoldenPlay::expect_closed() {
  const ReadResult result = client_->read();
  if (result.kind == ReadResult::Kind::kClosed) return Status::ok();
  const bool reply = result.kind == ReadResult::Kind::kReply;
  return Status::failure("expected the end of the connection, got " +
                         (reply ? print_reply(result.reply.root()) : result.problem()));
}

Status GoldenPlay::set_config(const std::string& name, const std::string& value) {
  Result<Reply> old = client_->call({"CONFIG", "GET", name});
  if (!old) return old.status();
  const std::optional<ReplyView> value_before = old.value().root().find(name);
  if (!value_before) return Status::failure("CONFIG GET doesn't know " + name);
  config_to_restore_.push_back({"CONFIG", "SET", name, std::string(value_before->text())});
  Result<Reply> reply = client_->call({"CONFIG", "SET", name, value});
  if (!reply) return reply.status();
  const ReplyView answer = reply.value().root();
  return answer.is_error() ? Status::failure(std::string(answer.text())) : Status::ok();
}

Status GoldenPlay::restore_config() {
  if (config_to_restore_.empty()) return Status::ok();
  // A connection of its own: the file's may be closed, or in the middle of something.
  Result<std::unique_ptr<Channel>> channel = peer_.connect(Protocol::kResp2);
  if (!channel) return channel.status();
  for (auto command = config_to_restore_.rbegin(); command != config_to_restore_.rend();
       ++command) {
    Result<Reply> reply = channel.value()->call(*command);
    if (!reply) return reply.status();
  }
  return Status::ok();
}

Status GoldenPlay::capture(const std::string& name) {
  const ReplyView reply = last_reply_.root();
  const bool integer = reply.type() == ReplyType::kInteger;
  captures_[name] = integer ? std::to_string(reply.integer()) : std::string(reply.text());
  return Status::ok();
}

std::string GoldenPlay::substituted(std::string text) const {
  for (const auto& [name, value] : captures_) {
    const std::string mark = "${" + name + "}";
    for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
      text.replace(at, mark.size(), value);
      at += value.size();
    }
  }
  return text;
}

Words GoldenPlay::substituted(const Words& words) const {
  Words result;
  for (const std::string& word : words) result.push_back(substituted(word));
  return result;
}

}  // namespace sorrel::test
