// memory: what a key costs, by the server's own account (INFO used_memory) and by the kernel's.
//
// Each figure comes from a fresh server: its memory before, the keys, its memory after. The keys
// come over a few connections with small pipelines, which are closed before the second reading, so
// that no client buffer is counted as a key. used_memory depends on where a table stands between
// two doublings; a million keys is where Redis's is nearly full, which is its best case.
#include "tools/bench/contest.h"
#include "tools/bench/sections/section.h"
#include "tools/bench/string_requests.h"

#include <string>
#include <thread>
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

struct Footprint {
  double used = 0;
  double resident = 0;
};

Result<Footprint> footprint_of(ServerProcess& server) {
  const Result<double> used = server.info_number("used_memory");
  if (!used) return used.status();
  const Result<double> resident = server.resident_bytes();
  if (!resident) return resident.status();
  return Footprint{used.value(), resident.value()};
}

/// Bytes per key of one fresh server.
Result<Footprint> weigh(const Plan& plan, Side side, const RequestSet& requests) {
  Result<ServerProcess> started = ServerProcess::start(launch_of(plan, side));
  if (!started) return started.status();
  ServerProcess& server = started.value();
  const Result<Footprint> before = footprint_of(server);
  if (!before) return before.status();
  if (Status status = load_all(server, requests); !status) return status;
  const Result<int64_t> keys = server.control().call_for_integer({"DBSIZE"});
  if (!keys) return keys.status();
  if (static_cast<uint64_t>(keys.value()) != requests.size()) {
    return Status::failure("holds " + std::to_string(keys.value()) + " keys, not " +
                           std::to_string(requests.size()));
  }
  // The closed connections are let go in the server's own time.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const Result<Footprint> after = footprint_of(server);
  if (!after) return after.status();
  const auto count = static_cast<double>(requests.size());
  return Footprint{(after.value().used - before.value().used) / count,
                   (after.value().resident - before.value().resident) / count};
}

Status weigh_mix(const Plan& plan, const Mix& mix, const Reporter& report) {
  Measure used;
  used.name = std::string(mix.name) + ": used_memory";
  used.unit = Unit::kBytes;
  used.target = mix.target;
  Measure resident;
  resident.name = std::string(mix.name) + ": resident";
  resident.unit = Unit::kBytes;
  const RequestSet requests = requests_of(mix, plan.memory_keys);
  const Status status = play_rounds(plan.memory_rounds, used, [&](Side side) -> Result<Sample> {
    const Result<Footprint> footprint = weigh(plan, side, requests);
    if (!footprint) return footprint.status();
    resident.rounds(side).push_back({footprint.value().resident, {}});
    return Sample{footprint.value().used, {}};
  });
  if (!status) return status;
  report(std::move(used));
  report(std::move(resident));
  return Status::ok();
}

}  // namespace

Status run_memory(const Plan& plan, const Reporter& report) {
  size_t left = plan.quick ? 2 : std::size(kMixes);
  for (const Mix& mix : kMixes) {
    if (left-- == 0) break;
    if (Status status = weigh_mix(plan, mix, report); !status) return status;
  }
  return Status::ok();
}

}  // namespace sorrel::bench
