// snapshots: what it costs to save and to load: the loop's longest pause while a save runs in the
// background, how long saving and loading take, and the memory that is held back for a snapshot
// while clients write.
#include "tools/bench/collection_loads.h"
#include "tools/bench/pause_watch.h"
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

constexpr auto kSavePatience = std::chrono::minutes(5);

/// A millisecond, however big the data.
constexpr Target kSnapshotPause{Target::Of::kSorrel, 1e6, 2e5};
constexpr Target kSaveTime{Target::Of::kRatio, 0.8, 0.6};
constexpr Target kHeldBack{Target::Of::kRatio, 0.5, 0.25};

/// Each saves to a file of its own, and answers DEBUG RELOAD.
Result<Contest> start(const Plan& plan) {
  return Contest::start(plan, [](Side side, ServerLaunch& launch) {
    const std::string file = side == Side::kSorrel ? "sorrel.rdb" : "redis.rdb";
    const std::vector<std::string> more = {
        "--dbfilename", file, "--enable-debug-command", "yes", "--rdbcompression", "no"};
    launch.arguments.insert(launch.arguments.end(), more.begin(), more.end());
  });
}

Status wait_for_save(ServerProcess& server) {
  const auto end = steady_clock::now() + kSavePatience;
  while (steady_clock::now() < end) {
    const Result<double> running = server.info_number("rdb_bgsave_in_progress");
    if (!running) return running.status();
    if (running.value() == 0) return Status::ok();
    std::this_thread::sleep_for(milliseconds(50));
  }
  return Status::failure("a background save hasn't ended in five minutes");
}

Status save_in_background(ServerProcess& server) {
  if (Status begun = server.control().call({"BGSAVE"}).status(); !begun) return begun;
  return wait_for_save(server);
}

Status hold(ServerProcess& server, const RequestSet& fill) {
  if (Status emptied = server.control().call({"FLUSHALL"}).status(); !emptied) return emptied;
  return load_all(server, fill);
}

Result<Measure> measure_time(Contest& contest, const Plan& plan, const std::string& name,
                             const std::vector<std::string_view>& words) {
  Measure measure;
  measure.name = name;
  measure.target = kSaveTime;
  const Status status = play_rounds(plan.pause_rounds, measure, [&](Side side) -> Result<Sample> {
    const auto began = steady_clock::now();
    const Result<std::string> reply = contest.server(side).control().call(words);
    if (!reply) return reply.status();
    const std::chrono::duration<double, std::nano> took = steady_clock::now() - began;
    return Sample{took.count(), {}};
  });
  if (!status) return status;
  return measure;
}

/// 80 GET and 20 SET of a hundred, on all keys, from the moment that the save begins.
Result<Sample> save_under_load(ServerProcess& server, const RequestSet& load) {
  if (Status begun = server.control().call({"BGSAVE"}).status(); !begun) return begun;
  Result<LoadClient> client = LoadClient::connect_to(server.port(), {50, 1}, load);
  if (!client) return client.status();
  for (bool running = true; running;) {
    if (Status sent = client.value().run_count(load.size() / 16); !sent) return sent;
    const Result<double> still = server.info_number("rdb_bgsave_in_progress");
    if (!still) return still.status();
    running = still.value() != 0;
  }
  const Result<double> held = server.info_number("rdb_last_cow_size");
  if (!held) return held.status();
  return Sample{held.value(), {}};
}

Result<Measure> measure_held_back(Contest& contest, const Plan& plan, uint64_t keys) {
  const RequestSet load = mixed_requests(keys, 160'000);
  Measure measure;
  measure.name = "memory held back by BGSAVE under 80/20 GET/SET";
  measure.unit = Unit::kBytes;
  measure.target = kHeldBack;
  const Status status = play_rounds(plan.pause_rounds, measure, [&](Side side) {
    return save_under_load(contest.server(side), load);
  });
  if (!status) return status;
  return measure;
}

void add_scored(std::vector<std::string>& words, uint64_t number) {
  words.push_back(std::to_string(number * 7919 % 1'000'003));
  words.push_back(member_name(number));
}

}  // namespace

Status run_snapshots(const Plan& plan, const Reporter& report) {
  Result<Contest> started = start(plan);
  if (!started) return started.status();
  Contest& contest = started.value();
  const auto reported = [&report](Result<Measure> measure) {
    if (measure) report(std::move(measure.value()));
    return measure.status();
  };
  const uint64_t keys = plan.heavy_elements;
  const std::string size = short_count(keys);
  const auto nothing = [](ServerProcess&) { return Status::ok(); };
  for (const bool sorted_set : {true, false}) {
    const RequestSet fill =
        sorted_set ? fill_one("ZADD", "zset", keys, add_scored) : fill_requests(keys);
    for (const Side side : kSides) {
      if (Status held = hold(contest.server(side), fill); !held) return held;
    }
    const std::string what = sorted_set ? "a sorted set of " + size : size + " keys";
    Status status = reported(measure_pause(
        contest, {"BGSAVE of " + what, nothing, save_in_background, kSnapshotPause}, plan));
    if (!status) return status;
    status = reported(measure_time(contest, plan, "time of SAVE of " + what, {"SAVE"}));
    if (!status) return status;
    status = reported(
        measure_time(contest, plan, "time to load " + what, {"DEBUG", "RELOAD", "NOSAVE"}));
    if (!status) return status;
  }
  return reported(measure_held_back(contest, plan, keys));
}

}  // namespace sorrel::bench
