// elements: what an element of each type costs in memory: a million in one collection, whose bounds
// are absolute, and a million in small ones, which both servers pack.
#include "tools/bench/collection_loads.h"
#include "tools/bench/footprint.h"

namespace sorrel::bench {
namespace {

constexpr uint64_t kPackedElements = 10;
constexpr uint64_t kSketchElements = 1000;

constexpr Target bytes_at_most(double must, double reach) {
  return {Target::Of::kSorrel, must, reach};
}

using Add = std::function<void(std::vector<std::string>&, uint64_t)>;

struct Type {
  const char* name;
  const char* plural;
  const char* fill;   // the command that adds
  const char* count;  // the command that counts
  Add add;
  Target target;  // of a million in one
};

std::vector<Type> types() {
  const Add member = [](std::vector<std::string>& words, uint64_t number) {
    words.push_back(member_name(number));
  };
  const Add pair = [](std::vector<std::string>& words, uint64_t number) {
    words.push_back(member_name(number));
    words.push_back("v" + std::to_string(1'000'000 + number % 9'000'000));
  };
  const Add scored = [](std::vector<std::string>& words, uint64_t number) {
    words.push_back(std::to_string(number * 7919 % 1'000'003) + ".5");
    words.push_back(member_name(number));
  };
  return {
      {"hash", "hashes", "HSET", "HLEN", pair, bytes_at_most(48, 44)},
      {"list", "lists", "RPUSH", "LLEN", member, kNoTarget},
      {"set", "sets", "SADD", "SCARD", member, bytes_at_most(32, 28)},
      {"sorted set", "sorted sets", "ZADD", "ZCARD", scored, bytes_at_most(64, 60)},
  };
}

Weighing one_big(const Type& type, uint64_t count) {
  return {.name = std::string(type.name) + " of " + short_count(count),
          .requests = fill_one(type.fill, "key", count, type.add),
          .count = count,
          .check = {type.count, "key"},
          .answer = count,
          .target = type.target};
}

Weighing many_small(const Type& type, uint64_t count) {
  Weighing weighing{.name = std::string(type.plural) + " of " + std::to_string(kPackedElements),
                    .requests = {},
                    .count = count,
                    .answer = count / kPackedElements,
                    .target = kNoTarget};
  for (uint64_t key = 0; key < weighing.answer; key++) {
    std::vector<std::string> words = {type.fill, collection_key("key", key)};
    for (uint64_t i = 0; i < kPackedElements; i++) type.add(words, key * kPackedElements + i);
    append(weighing.requests, words);
  }
  return weighing;
}

/// An entry a request: a stream has no command that adds several.
Weighing stream_entries(uint64_t count) {
  Weighing weighing{.name = "stream of " + short_count(count),
                    .requests = {},
                    .count = count,
                    .check = {"XLEN", "stream"},
                    .answer = count,
                    .target = bytes_at_most(27, 24)};
  for (uint64_t number = 0; number < count; number++) {
    append(weighing.requests, {"XADD", "stream", "*", "f", member_name(number)});
  }
  return weighing;
}

/// Per sketch; both servers keep the bytes of Redis's string.
Weighing sketches(uint64_t count) {
  Weighing weighing{.name = "HyperLogLog of 1,000, each",
                    .requests = {},
                    .count = count,
                    .answer = count,
                    .target = kNoTarget};
  for (uint64_t key = 0; key < count; key++) {
    std::vector<std::string> words = {"PFADD", collection_key("sketch", key)};
    for (uint64_t i = 0; i < kSketchElements; i++) words.push_back(member_name(i));
    append(weighing.requests, words);
  }
  return weighing;
}

}  // namespace

Status run_element_memory(const Plan& plan, const Reporter& report) {
  for (const Type& type : types()) {
    Status status = weigh(plan, one_big(type, plan.memory_elements), report);
    if (status) status = weigh(plan, many_small(type, plan.memory_elements), report);
    if (!status) return status;
  }
  Status status = weigh(plan, stream_entries(plan.memory_elements), report);
  if (!status) return status;
  return weigh(plan, sketches(plan.memory_elements / kSketchElements), report);
}

}  // namespace sorrel::bench
