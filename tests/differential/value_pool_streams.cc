// What ValuePool draws for streams: IDs that mostly ascend, a few to a millisecond, so that what
// one command adds another finds.
#include "tests/differential/value_pool.h"

namespace sorrel::test {
namespace {

constexpr int64_t kEntriesPerMs = 3;

std::string id_of(int64_t entry) {
  return std::to_string(1 + entry / kEntriesPerMs) + "-" + std::to_string(entry % kEntriesPerMs);
}

}  // namespace

std::string ValuePool::stream_new_id() {
  if (chance(2)) {
    return one_of({"0-0", "0", "abc", "", "-", "+", "1-", "-1", "1-1-1", "1--1",
                   "18446744073709551616", "007-01", " 5", "+6", "5-+1"});
  }
  if (chance(6)) return stream_id();
  entries_ += chance(90) ? 1 : static_cast<int64_t>(random_.below(400));
  const std::string id = id_of(entries_);
  const std::string ms = id.substr(0, id.find('-'));
  if (chance(10)) return ms + "-*";
  return chance(5) ? ms : id;
}

std::string ValuePool::stream_id() {
  if (chance(2)) return one_of({"0", "0-0", "abc", "", "-", "$", "18446744073709551615", "1-*"});
  const int64_t back = static_cast<int64_t>(random_.below(chance(80) ? 60 : 2000));
  const std::string id = id_of(entries_ > back ? entries_ - back : back % 3);
  return chance(10) ? id.substr(0, id.find('-')) : id;
}

std::string ValuePool::stream_bound() {
  if (chance(25)) return one_of({"-", "+"});
  if (chance(3)) {
    return one_of({"(", "(-", "(0", "(0-0", "(18446744073709551615-18446744073709551615",
                   "(18446744073709551615", "18446744073709551615-18446744073709551615", "--"});
  }
  return (chance(20) ? "(" : "") + stream_id();
}

std::string ValuePool::draw_of_streams(ValueKind kind) {
  switch (kind) {
    case ValueKind::kStreamNewId:
      return stream_new_id();
    case ValueKind::kStreamLastId:
      return id_of(++entries_);
    case ValueKind::kStreamId:
      return stream_id();
    case ValueKind::kStreamBound:
      return stream_bound();
    case ValueKind::kGroupName:
      return chance(2) ? value() : one_of({"g1", "g2", "g3"});
    case ValueKind::kConsumerName:
      return chance(2) ? value() : one_of({"one", "two", "three", "four"});
    case ValueKind::kReadPosition:
      return chance(70) ? ">" : stream_id();
    case ValueKind::kIdleTime:
      return chance(5) ? one_of({"-1", "abc", ""}) : one_of({"0", "0", "100000000"});
    case ValueKind::kStreamThreshold:
      if (chance(5)) return integer();
      return chance(60) ? between(0, 60) : stream_id();
    default:
      return value();
  }
}

}  // namespace sorrel::test
