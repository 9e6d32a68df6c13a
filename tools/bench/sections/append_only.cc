// append-only: what it costs to write every change to a file: commands per second when each reply
// waits for the disk (appendfsync always), and the server's CPU when the disk is waited for once a
// second.
#include "tools/bench/cpu_per_command.h"
#include "tools/bench/sections/section.h"
#include "tools/bench/string_requests.h"

#include <filesystem>
#include <string>
#include <vector>

namespace sorrel::bench {
namespace {

constexpr uint64_t kRequests = 16'384;
constexpr Target kAlways50{Target::Of::kRatio, 1.2, 1.35};
constexpr Target kAlways200{Target::Of::kRatio, 1.35, 1.5};
constexpr Target kEverySecond{Target::Of::kRatio, 0.5, 0.4};

/// Each has its files in a directory of its own, and none from another run.
Result<Contest> start(const Plan& plan, const std::string& fsync) {
  return Contest::start(plan, [&](Side side, ServerLaunch& launch) {
    const std::string name = side == Side::kSorrel ? "aof-sorrel" : "aof-redis";
    std::error_code ignored;
    std::filesystem::remove_all(launch.directory + "/" + name, ignored);
    const std::vector<std::string> more = {"--appendonly",
                                           "yes",
                                           "--appendfsync",
                                           fsync,
                                           "--appenddirname",
                                           name,
                                           "--auto-aof-rewrite-percentage",
                                           "0"};
    launch.arguments.insert(launch.arguments.end(), more.begin(), more.end());
  });
}

Result<Measure> measure_rate(Contest& contest, int clients, const Target& target,
                             const RequestSet& requests, const Plan& plan) {
  Measure measure;
  measure.name = "SET, appendfsync always, " + std::to_string(clients) + " clients, no pipeline";
  measure.unit = Unit::kPerSecond;
  measure.target = target;
  measure.higher_is_better = true;
  const LoadShape shape{static_cast<uint32_t>(clients), 1};
  const Status status = play_rounds(plan.rounds, measure, [&](Side side) -> Result<Sample> {
    Result<Sample> sample = cpu_per_command(contest.server(side), shape, requests, plan);
    if (!sample) return sample;
    for (const Detail& detail : sample.value().details) {
      if (detail.name == "rate") return Sample{detail.value, {}};
    }
    return Status::failure("no rate was measured");
  });
  if (!status) return status;
  return measure;
}

Status run_always(const Plan& plan, const Reporter& report, const RequestSet& requests) {
  Result<Contest> contest = start(plan, "always");
  if (!contest) return contest.status();
  for (const auto& [clients, target] : {std::pair{50, kAlways50}, std::pair{200, kAlways200}}) {
    Result<Measure> measure = measure_rate(contest.value(), clients, target, requests, plan);
    if (!measure) return measure.status();
    report(std::move(measure.value()));
  }
  return Status::ok();
}

}  // namespace

Status run_append_only(const Plan& plan, const Reporter& report) {
  const uint64_t keys = plan.hot_keys;
  const auto sets = [keys] { return set_requests(kRequests, keys); };
  if (Status status = run_always(plan, report, sets()); !status) return status;
  Result<Contest> contest = start(plan, "everysec");
  if (!contest) return contest.status();
  const CommandLoad loads[] = {
      {"SET, appendfsync everysec, 50 clients, pipeline 32", {50, 32}, kEverySecond, sets},
      {"SET, appendfsync everysec, 50 clients, no pipeline", {50, 1}, kNoTarget, sets},
  };
  for (const CommandLoad& load : loads) {
    if (!plan.wants_line(load.name)) continue;
    Result<Measure> measure = measure_command(contest.value(), load, plan);
    if (!measure) return measure.status();
    report(std::move(measure.value()));
  }
  return Status::ok();
}

}  // namespace sorrel::bench
