#include "tools/bench/pause_watch.h"

#include "tools/bench/probe.h"

#include <chrono>
#include <thread>

namespace sorrel::bench {
namespace {

using std::chrono::milliseconds;

constexpr auto kIdleWatch = milliseconds(300);
constexpr auto kWatchAfterwards = milliseconds(500);  // freeing that goes on after the reply

Result<ProbeResult> watch(ServerProcess& server, const Plan& plan,
                          const std::function<Status()>& act) {
  Result<std::unique_ptr<Probe>> probe = Probe::start(server, plan.client_cpu);
  if (!probe) return probe.status();
  if (Status status = act(); !status) return status;
  return probe.value()->stop();
}

Result<Sample> play(const Scenario& scenario, ServerProcess& server, const Plan& plan) {
  if (Status status = scenario.prepare(server); !status) return status;
  const Result<ProbeResult> idle = watch(server, plan, [] {
    std::this_thread::sleep_for(kIdleWatch);
    return Status::ok();
  });
  if (!idle) return idle.status();
  const Result<ProbeResult> busy = watch(server, plan, [&] {
    Status status = scenario.act(server);
    if (status) std::this_thread::sleep_for(kWatchAfterwards);
    return status;
  });
  if (!busy) return busy.status();
  return Sample{busy.value().longest_work_ns,
                {{"longest by the clock", Unit::kNanoseconds, busy.value().longest_ns},
                 {"p99.9", Unit::kNanoseconds, busy.value().p999_ns},
                 {"longest when idle", Unit::kNanoseconds, idle.value().longest_ns}}};
}

}  // namespace

Result<Measure> measure_pause(Contest& contest, const Scenario& scenario, const Plan& plan) {
  Measure measure;
  measure.name = scenario.name;
  measure.unit = Unit::kNanoseconds;
  measure.target = scenario.target;
  measure.stands = Measure::Stands::kLowest;
  const Status status = play_rounds(plan.pause_rounds, measure, [&](Side side) {
    return play(scenario, contest.server(side), plan);
  });
  if (!status) return status;
  return measure;
}

}  // namespace sorrel::bench
