// instructions: what a command costs in user-space instructions, counted by callgrind.
//
// The count doesn't depend on the machine or on what else it does. Each server runs twice under
// valgrind, with few commands and with many; the difference of the two totals, divided by the
// difference of the commands, has neither start nor exit in it. The system calls' kernel side is
// not counted. The profiles stay in the output directory for callgrind_annotate.
#include "tools/bench/contest.h"
#include "tools/bench/sections/section.h"
#include "tools/bench/string_requests.h"

#include <fstream>
#include <string>

namespace sorrel::bench {
namespace {

constexpr uint64_t kHotRequests = 16'384;
constexpr uint64_t kFewCommands = 20'000;
constexpr uint64_t kManyCommands = 120'000;
constexpr LoadShape kShape{50, 32};
constexpr int kReadySecondsMax = 120;
constexpr int kExitSecondsMax = 120;
constexpr Target kSet{Target::Of::kSorrel, 1000, 650};
constexpr Target kGet{Target::Of::kSorrel, 900, 600};

/// The sum of all events, from the line "totals: N" at the profile's end.
Result<double> total_of(const std::string& profile) {
  std::ifstream file(profile);
  double total = -1;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("totals: ")) total = std::stod(line.substr(8));
  }
  if (total < 0) return Status::failure("callgrind wrote no total to " + profile);
  return total;
}

struct CountedRun {
  std::string label;  // goes into the profile's name
  const RequestSet& requests;
  uint64_t commands;
};

Result<double> count_instructions(const Plan& plan, Side side, const CountedRun& run) {
  const std::string profile = plan.output_directory + "/callgrind." + std::string(name_of(side)) +
                              "." + run.label + "." + std::to_string(run.commands);
  ServerLaunch launch = launch_of(plan, side);
  launch.ready_seconds_max = kReadySecondsMax;
  launch.wrapper = {"valgrind", "--tool=callgrind", "--callgrind-out-file=" + profile};
  Result<ServerProcess> server = ServerProcess::start(launch);
  if (!server) return server.status();
  if (Status status = load_all(server.value(), fill_requests(plan.hot_keys)); !status) {
    return status;
  }
  Result<LoadClient> client = LoadClient::connect_to(server.value().port(), kShape, run.requests);
  if (!client) return client.status();
  if (Status status = client.value().run_count(run.commands); !status) return status;
  if (Status status = server.value().terminate(kExitSecondsMax); !status) return status;
  return total_of(profile);
}

Result<Sample> per_command(const Plan& plan, Side side, const std::string& label,
                           const RequestSet& requests) {
  const Result<double> few = count_instructions(plan, side, {label, requests, kFewCommands});
  if (!few) return few.status();
  const Result<double> many = count_instructions(plan, side, {label, requests, kManyCommands});
  if (!many) return many.status();
  return Sample{(many.value() - few.value()) / (kManyCommands - kFewCommands), {}};
}

Status count_command(const Plan& plan, const std::string& label, Target target,
                     const RequestSet& requests, const Reporter& report) {
  Measure measure;
  measure.name = label + ", 50 clients, pipeline 32, hot";
  measure.unit = Unit::kInstructions;
  measure.target = target;
  const Status status =
      play_rounds(1, measure, [&](Side side) { return per_command(plan, side, label, requests); });
  if (!status) return status;
  report(std::move(measure));
  return Status::ok();
}

}  // namespace

Status run_instructions(const Plan& plan, const Reporter& report) {
  const RequestSet set = set_requests(kHotRequests, plan.hot_keys);
  if (Status status = count_command(plan, "SET", kSet, set, report); !status) return status;
  return count_command(plan, "GET", kGet, get_requests(kHotRequests, plan.hot_keys), report);
}

}  // namespace sorrel::bench
