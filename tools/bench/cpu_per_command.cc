#include "tools/bench/cpu_per_command.h"

#include <chrono>

namespace sorrel::bench {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kWindowsMax = 50;

struct Reading {
  CpuTime cpu;
  steady_clock::time_point time;
  uint64_t replies = 0;
};

Result<Reading> read_clocks(const ServerProcess& server, const LoadClient& client) {
  Result<CpuTime> cpu = server.cpu_time();
  if (!cpu) return cpu.status();
  return Reading{cpu.value(), steady_clock::now(), client.replies()};
}

Result<Sample> sample_between(const Reading& before, const Reading& after) {
  const auto commands = static_cast<double>(after.replies - before.replies);
  if (commands == 0) return Status::failure("not one reply in the window; try a longer --window");
  const double cpu = after.cpu.total_ns - before.cpu.total_ns;
  const double user_ticks = after.cpu.user_ns - before.cpu.user_ns;
  const double system_ticks = after.cpu.system_ns - before.cpu.system_ns;
  const double ticks = user_ticks + system_ticks;
  const double user = ticks == 0 ? 0 : cpu * user_ticks / ticks;
  const double wall = duration<double>(after.time - before.time).count();
  return Sample{cpu / commands,
                {{"user", Unit::kNanoseconds, user / commands},
                 {"system", Unit::kNanoseconds, (cpu - user) / commands},
                 {"rate", Unit::kPerSecond, commands / wall},
                 {"busy", Unit::kFraction, cpu / 1e9 / wall}}};
}

}  // namespace

Result<Sample> cpu_per_command(ServerProcess& server, LoadShape shape, const RequestSet& requests,
                               const Plan& plan) {
  Result<LoadClient> connected = LoadClient::connect_to(server.port(), shape, requests);
  if (!connected) return connected.status();
  LoadClient& client = connected.value();
  if (Status status = client.run_for(milliseconds(plan.warm_up_ms)); !status) return status;
  const Result<Reading> before = read_clocks(server, client);
  if (!before) return before.status();
  if (Status status = client.run_for(milliseconds(plan.window_ms)); !status) return status;
  // A big pipeline of slow commands may be answered after the window.
  for (int more = 0; client.replies() == before.value().replies && more < kWindowsMax; more++) {
    if (Status status = client.run_for(milliseconds(plan.window_ms)); !status) return status;
  }
  const Result<Reading> after = read_clocks(server, client);
  if (!after) return after.status();
  if (Status status = client.drain(); !status) return status;
  return sample_between(before.value(), after.value());
}

Result<Measure> measure_command(Contest& contest, const CommandLoad& load, const Plan& plan) {
  Measure measure;
  measure.name = load.name;
  measure.unit = Unit::kNanoseconds;
  measure.target = load.target;
  const RequestSet requests = load.requests();
  const Status status = play_rounds(plan.rounds, measure, [&](Side side) {
    return cpu_per_command(contest.server(side), load.shape, requests, plan);
  });
  if (!status) return status;
  return measure;
}

}  // namespace sorrel::bench
