// snapshot-latency: what clients wait while the server saves under load, and the picture of it.
//
// Ten clients GET and SET, 80 to 20, on all keys, at full speed; a probe asks PING beside them, for
// a while without a save and then during one. The figure is the 99.9th percentile of its answers
// during the save, as a share of that without: a server that saves for nothing has 100 %. The saver
// shares the server's core with it, as the child of a fork does.
#include "tools/bench/contest.h"
#include "tools/bench/latency_picture.h"
#include "tools/bench/probe.h"
#include "tools/bench/report.h"
#include "tools/bench/sections/section.h"
#include "tools/bench/string_requests.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace sorrel::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr Target kHardlyLonger{Target::Of::kSorrel, 1.2, 1.05};
constexpr LoadShape kLoad{10, 1};
constexpr auto kQuiet = milliseconds(3000);
constexpr auto kQuietWhenQuick = milliseconds(300);
constexpr auto kBetweenLooks = milliseconds(100);
constexpr auto kAfterwards = milliseconds(1000);
constexpr auto kSavePatience = std::chrono::minutes(5);

Result<Contest> start(const Plan& plan) {
  return Contest::start(plan, [](Side side, ServerLaunch& launch) {
    const std::string file = side == Side::kSorrel ? "sorrel.rdb" : "redis.rdb";
    const std::vector<std::string> more = {"--dbfilename", file, "--rdbcompression", "no"};
    launch.arguments.insert(launch.arguments.end(), more.begin(), more.end());
  });
}

Status load_until_saved(ServerProcess& server, LoadClient& client) {
  const auto end = steady_clock::now() + kSavePatience;
  while (steady_clock::now() < end) {
    if (Status ran = client.run_for(kBetweenLooks); !ran) return ran;
    const Result<double> running = server.info_number("rdb_bgsave_in_progress");
    if (!running) return running.status();
    if (running.value() == 0) return Status::ok();
  }
  return Status::failure("a background save hasn't ended in five minutes");
}

Result<SaveTimeline> watch_save(ServerProcess& server, const Plan& plan, const RequestSet& load) {
  Result<LoadClient> client = LoadClient::connect_to(server.port(), kLoad, load);
  if (!client) return client.status();
  Result<std::unique_ptr<Probe>> probe = Probe::start(server, plan.client_cpu);
  if (!probe) return probe.status();
  SaveTimeline timeline;
  Status status = client.value().run_for(plan.quick ? kQuietWhenQuick : kQuiet);
  timeline.begun_s = probe.value()->elapsed_s();
  if (status) status = server.control().call({"BGSAVE"}).status();
  if (status) status = load_until_saved(server, client.value());
  timeline.ended_s = probe.value()->elapsed_s();
  if (status) status = client.value().run_for(kAfterwards);
  if (status) status = client.value().drain();
  if (!status) return status;
  Result<ProbeResult> seen = probe.value()->stop();
  if (!seen) return seen.status();
  timeline.answers = std::move(seen.value().in_order);
  return timeline;
}

Sample sample_of(const SaveTimeline& timeline) {
  std::vector<ProbeAnswer> without;
  std::vector<ProbeAnswer> during;
  double longest_ns = 0;
  for (const ProbeAnswer& answer : timeline.answers) {
    // One that the fork held up was sent before it.
    const double heard_s = answer.sent_s + answer.wait_ns / 1e9;
    if (heard_s < timeline.begun_s) without.push_back(answer);
    if (heard_s < timeline.begun_s || answer.sent_s > timeline.ended_s) continue;
    during.push_back(answer);
    longest_ns = std::max<double>(longest_ns, answer.wait_ns);
  }
  const double before_ns = p999_of(without);
  const double during_ns = p999_of(during);
  return Sample{before_ns == 0 ? 0 : during_ns / before_ns,
                {{"p99.9 during the save", Unit::kNanoseconds, during_ns},
                 {"p99.9 without", Unit::kNanoseconds, before_ns},
                 {"longest during the save", Unit::kNanoseconds, longest_ns}}};
}

}  // namespace

Status run_snapshot_latency(const Plan& plan, const Reporter& report) {
  Result<Contest> started = start(plan);
  if (!started) return started.status();
  Contest& contest = started.value();
  const uint64_t keys = plan.pause_keys;
  if (Status held = contest.load_both(fill_requests(keys)); !held) return held;
  const RequestSet load = mixed_requests(keys, 160'000);
  Measure measure;
  measure.name = "p99.9 during BGSAVE of " + short_count(keys) + " keys / without";
  measure.unit = Unit::kFraction;
  measure.target = kHardlyLonger;
  measure.stands = Measure::Stands::kLowest;
  SaveTimeline last[2];
  Status status = play_rounds(plan.pause_rounds, measure, [&](Side side) -> Result<Sample> {
    Result<SaveTimeline> timeline = watch_save(contest.server(side), plan, load);
    if (!timeline) return timeline.status();
    SaveTimeline& kept = last[side == Side::kSorrel ? 0 : 1];
    kept = std::move(timeline.value());
    return sample_of(kept);
  });
  if (!status) return status;
  report(std::move(measure));
  const std::string subtitle = "BGSAVE of " + short_count(keys) +
                               " keys under 80/20 GET/SET from 10 clients; server, saver or child "
                               "on one core; PING every 0.2 ms";
  return write_file(plan.output_directory + "/result-snapshot-latency.svg",
                    draw_latency(last[0], last[1], subtitle));
}

}  // namespace sorrel::bench
