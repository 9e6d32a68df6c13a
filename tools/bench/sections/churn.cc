// churn: what is left of memory's order when sizes shift and most keys go, and what compaction
// makes of it.
//
// Three generations of keys, each of other value sizes than the one before, each set and then
// mostly deleted at random, so that what survives stands scattered among gaps. The figure is
// resident memory for each byte of used_memory (both without what the empty server had): when the
// last delete is answered, and after both servers were told to defragment as hard as they can (a
// redis-server whose allocator can't stays as it is). Meanwhile a probe looks for pauses.
#include "core/base/random.h"
#include "tools/bench/contest.h"
#include "tools/bench/probe.h"
#include "tools/bench/sections/section.h"
#include "tools/bench/string_requests.h"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace sorrel::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr Target kCompact{Target::Of::kSorrel, 1.15, 1.10};
constexpr Target kShort{Target::Of::kSorrel, 2e6, 0.5e6};
constexpr auto kPatience = std::chrono::seconds(60);
constexpr auto kQuiet = milliseconds(
    11000);  // by then no cycle runs, and allocators have let go what they keep for 10 s

struct Generation {
  size_t value_bytes_min;
  size_t value_bytes_max;
  uint64_t survive_percent;
};
constexpr Generation kGenerations[] = {{8, 64, 30}, {48, 200, 25}, {16, 500, 30}};

/// Keys are numbered through the generations; the same seed draws the same for both servers.
std::vector<RequestSet> requests_of(uint64_t keys) {
  std::vector<RequestSet> all;
  Random random(11);
  const std::string text = plain_value(1024);
  uint64_t first = 0;
  for (const Generation& generation : kGenerations) {
    RequestSet& requests = all.emplace_back();
    const size_t sizes = generation.value_bytes_max - generation.value_bytes_min + 1;
    for (uint64_t i = 0; i < keys; i++) {
      const size_t bytes = generation.value_bytes_min + random.below(sizes);
      requests.add({"SET", plain_key(first + i), std::string_view(text).substr(0, bytes)});
    }
    for (uint64_t i = 0; i < keys; i++) {
      if (random.below(100) < generation.survive_percent) continue;
      requests.add({"DEL", plain_key(first + i)});
    }
    first += keys;
  }
  return all;
}

struct Held {
  double used = 0;
  double resident = 0;
};

Result<Held> held_by(ServerProcess& server) {
  std::this_thread::sleep_for(milliseconds(300));  // closed connections go in the server's own time
  const Result<double> used = server.info_number("used_memory");
  if (!used) return used.status();
  const Result<double> resident = server.resident_bytes();
  if (!resident) return resident.status();
  return Held{used.value(), resident.value()};
}

Result<double> spread(ServerProcess& server, const Held& empty) {
  const Result<Held> now = held_by(server);
  if (!now) return now.status();
  return (now.value().resident - empty.resident) / (now.value().used - empty.used);
}

Status defragment(ServerProcess& server) {
  const Result<std::string> set = server.control().call(
      {"CONFIG", "SET", "active-defrag-ignore-bytes", "1mb", "active-defrag-threshold-lower", "5",
       "active-defrag-cycle-min", "50", "active-defrag-cycle-max", "75", "activedefrag", "yes"});
  if (!set) return Status::ok();  // it can't
  const auto end = steady_clock::now() + kPatience;
  auto last_run = steady_clock::now();
  while (steady_clock::now() < end && steady_clock::now() - last_run < kQuiet) {
    const Result<double> running = server.info_number("active_defrag_running");
    if (!running) return running.status();
    if (running.value() != 0) last_run = steady_clock::now();
    std::this_thread::sleep_for(milliseconds(20));
  }
  return Status::ok();
}

struct Outcome {
  double before = 0;
  double after = 0;
  ProbeResult pauses;
};

Result<Outcome> play(const Plan& plan, Side side, const std::vector<RequestSet>& generations) {
  Result<ServerProcess> started = ServerProcess::start(launch_of(plan, side));
  if (!started) return started.status();
  ServerProcess& server = started.value();
  const Result<Held> empty = held_by(server);
  if (!empty) return empty.status();
  for (const RequestSet& requests : generations) {
    if (Status status = load_all(server, requests); !status) return status;
  }
  Outcome outcome;
  const Result<double> before = spread(server, empty.value());
  if (!before) return before.status();
  outcome.before = before.value();
  Result<std::unique_ptr<Probe>> probe = Probe::start(server, plan.client_cpu);
  if (!probe) return probe.status();
  if (Status status = defragment(server); !status) return status;
  const Result<ProbeResult> pauses = probe.value()->stop();
  if (!pauses) return pauses.status();
  outcome.pauses = pauses.value();
  const Result<double> after = spread(server, empty.value());
  if (!after) return after.status();
  outcome.after = after.value();
  return outcome;
}

Measure measure_of(std::string name, Unit unit, Target target) {
  Measure measure;
  measure.name = std::move(name);
  measure.unit = unit;
  measure.target = target;
  return measure;
}

}  // namespace

Status run_churn(const Plan& plan, const Reporter& report) {
  const std::vector<RequestSet> generations = requests_of(plan.memory_keys);
  Measure before = measure_of("resident / live after shifting sizes", Unit::kFraction, kNoTarget);
  Measure after = measure_of("the same after compaction", Unit::kFraction, kCompact);
  Measure pause = measure_of("longest pause meanwhile", Unit::kNanoseconds, kShort);
  pause.stands = Measure::Stands::kLowest;
  const Status status = play_rounds(plan.memory_rounds, before, [&](Side side) -> Result<Sample> {
    const Result<Outcome> outcome = play(plan, side, generations);
    if (!outcome) return outcome.status();
    after.rounds(side).push_back({outcome.value().after, {}});
    pause.rounds(side).push_back({outcome.value().pauses.longest_work_ns, {}});
    return Sample{outcome.value().before, {}};
  });
  if (!status) return status;
  report(std::move(before));
  report(std::move(after));
  report(std::move(pause));
  return Status::ok();
}

}  // namespace sorrel::bench
