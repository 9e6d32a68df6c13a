// memory: what a key with a string costs.
//
// used_memory depends on where a table stands between two doublings; a million keys is where
// Redis's is nearly full, which is its best case.
#include "tools/bench/footprint.h"
#include "tools/bench/sections/section.h"
#include "tools/bench/string_requests.h"

#include <string>
#include <vector>

namespace sorrel::bench {
namespace {

constexpr Target kPlainKeys{Target::Of::kRatio, 0.54, 0.50};

struct Mix {
  const char* name;
  size_t key_bytes;
  size_t value_bytes;  // 0: an integer of eight digits
  bool expires;
  Target target;
};

constexpr Mix kMixes[] = {
    {"key 16, value 32", 16, 32, false, kPlainKeys},
    {"key 8, value 8", 8, 8, false, kNoTarget},
    {"key 16, value 100", 16, 100, false, kNoTarget},
    {"key 16, an integer", 16, 0, false, kNoTarget},
    {"key 16, value 32, with a TTL", 16, 32, true, kNoTarget},
};

RequestSet requests_of(const Mix& mix, uint64_t count) {
  const std::string text = plain_value(mix.value_bytes);
  RequestSet requests;
  for (uint64_t i = 0; i < count; i++) {
    const std::string key = numbered_key("k", i, mix.key_bytes);
    const std::string value = mix.value_bytes == 0 ? std::to_string(10'000'000 + i) : text;
    if (mix.expires) {
      requests.add({"SET", key, value, "EX", "100000"});
    } else {
      requests.add({"SET", key, value});
    }
  }
  return requests;
}

}  // namespace

Status run_memory(const Plan& plan, const Reporter& report) {
  size_t left = plan.quick ? 2 : std::size(kMixes);
  for (const Mix& mix : kMixes) {
    if (left-- == 0) break;
    const Weighing weighing{.name = mix.name,
                            .requests = requests_of(mix, plan.memory_keys),
                            .count = plan.memory_keys,
                            .answer = plan.memory_keys,
                            .target = mix.target};
    if (Status status = weigh(plan, weighing, report); !status) return status;
  }
  return Status::ok();
}

}  // namespace sorrel::bench
