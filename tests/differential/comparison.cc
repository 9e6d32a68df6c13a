#include "tests/differential/comparison.h"

#include "tests/differential/look_up.h"
#include "tests/support/expected_reply.h"
#include "tests/support/server_data.h"

#include <algorithm>

namespace sorrel::test {
namespace {

constexpr size_t kBatchCommandsMax = 200;
/// A batch must fit the sockets' buffers: it is sent whole before the first reply is read.
constexpr size_t kBatchBytesMax = 32 * 1024;

constexpr Bytes kTheData = "the data";

size_t bytes_of(const Words& words) {
  size_t bytes = 0;
  for (const std::string& word : words) bytes += word.size();
  return bytes;
}

Result<std::unique_ptr<Channel>> connect_to_empty(Peer& peer, Protocol protocol) {
  Result<std::unique_ptr<Channel>> channel = peer.connect(protocol);
  if (!channel) return channel;
  Result<Reply> flushed = channel.value()->call({"FLUSHALL"});
  if (!flushed) return flushed.status();
  return channel;
}

std::string describe(const ReadResult& result) {
  return result.kind == ReadResult::Kind::kReply ? print_reply(result.reply.root())
                                                 : result.problem();
}

}  // namespace

std::string signature(const Stream& stream, const Difference& difference) {
  if (difference.index >= stream.size()) return std::string(kTheData);
  std::string name = stream[difference.index][0];
  std::transform(name.begin(), name.end(), name.begin(), to_upper);
  return name;
}

StillFails Comparison::still_fails_like(const Stream& stream) {
  const Result<std::optional<Difference>> found = run(stream);
  const std::string wanted = found && found.value() ? signature(stream, *found.value()) : "";
  return [this, wanted](const Stream& candidate) {
    const Result<std::optional<Difference>> result = run(candidate, wanted == kTheData);
    return result && result.value() && signature(candidate, *result.value()) == wanted;
  };
}

Result<std::optional<Difference>> Comparison::run(const Stream& stream, bool with_data) {
  Result<Sides> sides = prepare();
  if (!sides) return sides.status();
  for (size_t begin = 0; begin < stream.size();) {
    const size_t end = batch_end(stream, begin);
    std::optional<Difference> difference = run_batch(stream, begin, end, sides.value());
    if (difference) return difference;
    begin = end;
  }
  return with_data ? compare_data(stream) : std::optional<Difference>();
}

Result<Comparison::Sides> Comparison::prepare() {
  Result<std::unique_ptr<Channel>> left = connect_to_empty(left_, protocol_);
  if (!left) return left.status().with("the first peer");
  Result<std::unique_ptr<Channel>> right = connect_to_empty(right_, protocol_);
  if (!right) return right.status().with("the second peer");
  return Sides{std::move(left.value()), std::move(right.value())};
}

size_t Comparison::batch_end(const Stream& stream, size_t begin) {
  size_t bytes = 0;
  size_t end = begin;
  while (end < stream.size() && end - begin < kBatchCommandsMax && bytes < kBatchBytesMax) {
    const bool must_be_last = exceptions_.wants_look_up(stream[end]).has_value();
    bytes += bytes_of(stream[end]);
    ++end;
    if (must_be_last) break;
  }
  return end;
}

std::optional<Difference> Comparison::run_batch(const Stream& stream, size_t begin, size_t end,
                                                Sides& sides) {
  std::string bytes;
  for (size_t i = begin; i < end; ++i) bytes += encode_command(stream[i]);
  pace_.keep(left_, right_);
  const Status left = sides.left->send(bytes);
  const Status right = sides.right->send(bytes);
  // A side that can't take the batch answers with the end of its connection, read below.
  if (!left && !right) return Difference{begin, left.message() + "; " + right.message()};
  for (size_t i = begin; i < end; ++i) {
    if (std::optional<Difference> difference = read_one(stream, i, sides)) return difference;
  }
  return std::nullopt;
}

std::optional<Difference> Comparison::read_one(const Stream& stream, size_t index, Sides& sides) {
  const ReadResult left = sides.left->read();
  const ReadResult right = sides.right->read();
  const bool both = left.kind == ReadResult::Kind::kReply && right.kind == left.kind;
  if (!both || !exceptions_.allow(stream[index], left.reply, right.reply)) {
    return Difference{index, describe(left) + "\n    " + describe(right)};
  }
  const std::optional<Rule> rule = exceptions_.wants_look_up(stream[index]);
  if (!rule) return std::nullopt;
  const std::optional<std::string> what =
      look_up(*rule, stream[index], {*sides.left, left.reply}, {*sides.right, right.reply});
  return what ? std::optional(Difference{index, *what}) : std::nullopt;
}

Result<std::optional<Difference>> Comparison::compare_data(const Stream& stream) {
  const Result<ServerData> left = read_server_data(left_);
  if (!left) return left.status().with("the first peer's data");
  const Result<ServerData> right = read_server_data(right_);
  if (!right) return right.status().with("the second peer's data");
  const DataTolerance tolerance{.clock_ms = kClockToleranceMs};
  std::optional<std::string> what = first_difference(left.value(), right.value(), tolerance);
  if (!what) what = left_.fault();
  if (!what) what = right_.fault();
  if (!what) return std::optional<Difference>();
  return std::optional(Difference{stream.size(), *what});
}

}  // namespace sorrel::test
