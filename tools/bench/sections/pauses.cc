// pauses: how long the loop looks after nobody else while millions of keys come and go.
//
// Each scenario brings the server to its number of keys, lets a probe watch the idle server for a
// moment (the machine's own noise), and then watches while another client does the scenario. The
// figure is the longest answer to PING in the server's own CPU time; the longest by the wall clock
// and the idle one stand beside it. The lowest of the rounds counts: the machine only adds.
#include "tools/bench/contest.h"
#include "tools/bench/probe.h"
#include "tools/bench/sections/section.h"
#include "tools/bench/string_requests.h"

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace sorrel::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr double kMillisecond = 1e6;
constexpr Target kShort{Target::Of::kSorrel, 2 * kMillisecond, 1 * kMillisecond};
constexpr auto kIdleWatch = milliseconds(300);
constexpr auto kWatchAfterwards = milliseconds(500);  // freeing that goes on after the reply
constexpr auto kExpiryPatience = std::chrono::seconds(30);
constexpr int kExpiryAttemptsMax = 5;
constexpr LoadShape kBigPipelines{1, 1000};

/// A scenario's requests are made before its rounds: building them would starve the probe.
struct Scenario {
  std::string name;
  uint64_t keys_before = 0;
  /// Runs before the watch begins.
  std::function<Status(ServerProcess&)> prepare;
  /// Runs under watch.
  std::function<Status(ServerProcess&)> act;
};

Status nothing(ServerProcess& /*server*/) {
  return Status::ok();
}

Status bring_to(ServerProcess& server, uint64_t keys, const RequestSet& fill) {
  const Result<int64_t> have = server.control().call_for_integer({"DBSIZE"});
  if (!have) return have.status();
  if (static_cast<uint64_t>(have.value()) == keys) return Status::ok();
  const Result<std::string> emptied = server.control().call({"FLUSHALL"});
  if (!emptied) return emptied.status();
  if (keys == 0) return Status::ok();
  Result<LoadClient> client = LoadClient::connect_to(server.port(), {4, 64}, fill);
  if (!client) return client.status();
  return client.value().run_count(keys);
}

Status send_all(ServerProcess& server, LoadShape shape, const RequestSet& requests) {
  Result<LoadClient> client = LoadClient::connect_to(server.port(), shape, requests);
  if (!client) return client.status();
  return client.value().run_count(requests.size());
}

/// Sets all keys to expire at `deadline`; false when it had come before the last one was set.
Result<bool> set_to_expire(ServerProcess& server, uint64_t keys,
                           system_clock::time_point deadline) {
  const auto since_epoch = deadline.time_since_epoch();
  const std::string at =
      std::to_string(std::chrono::duration_cast<milliseconds>(since_epoch).count());
  const std::string value = plain_value(kValueBytes);
  RequestSet requests;
  for (uint64_t i = 0; i < keys; i++) requests.add({"SET", plain_key(i), value, "PXAT", at});
  if (Status status = send_all(server, {4, 64}, requests); !status) return status;
  return system_clock::now() < deadline;
}

/// Chooses a second that is far enough ahead for this machine, and has all keys expire in it.
Result<system_clock::time_point> expire_together(ServerProcess& server, uint64_t keys) {
  auto lead = milliseconds(1000 + keys / 250);
  for (int attempt = 0; attempt < kExpiryAttemptsMax; attempt++, lead *= 2) {
    const auto deadline = system_clock::now() + lead;
    const Result<bool> in_time = set_to_expire(server, keys, deadline);
    if (!in_time) return in_time.status();
    if (in_time.value()) return deadline;
  }
  return Status::failure("the machine is too slow: the keys expired while they were being set");
}

Status wait_until_empty(ServerProcess& server) {
  const auto end = steady_clock::now() + kExpiryPatience;
  while (steady_clock::now() < end) {
    const Result<int64_t> left = server.control().call_for_integer({"DBSIZE"});
    if (!left) return left.status();
    if (left.value() == 0) return Status::ok();
    std::this_thread::sleep_for(milliseconds(20));
  }
  return Status::failure("expired keys are still counted by DBSIZE after 30 s");
}

Result<ProbeResult> watch(ServerProcess& server, const Plan& plan,
                          const std::function<Status()>& act) {
  Result<std::unique_ptr<Probe>> probe = Probe::start(server, plan.client_cpu);
  if (!probe) return probe.status();
  if (Status status = act(); !status) return status;
  return probe.value()->stop();
}

Result<Sample> play(const Scenario& scenario, ServerProcess& server, const RequestSet& fill,
                    const Plan& plan) {
  if (Status status = bring_to(server, scenario.keys_before, fill); !status) return status;
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

std::string millions(uint64_t count) {
  if (count >= 1'000'000) return std::to_string(count / 1'000'000) + "M";
  return std::to_string(count / 1000) + "k";
}

/// `deadline` is where the expiry scenario keeps the second it has chosen, between prepare and act.
std::vector<Scenario> scenarios(const Plan& plan, const RequestSet& fill, const RequestSet& del,
                                const RequestSet& unlink, system_clock::time_point& deadline) {
  const uint64_t keys = plan.pause_keys;
  const uint64_t expiring = plan.expiring_keys;
  const std::string size = millions(keys);
  return {
      {"insert of " + size + " keys, pipelines of 32", 0, nothing,
       [&](ServerProcess& server) {
         return send_all(server, {1, 32}, fill);
       }},
      {"FLUSHALL of " + size + " keys", keys, nothing,
       [](ServerProcess& server) { return server.control().call({"FLUSHALL"}).status(); }},
      {"DEL of " + size + " keys, pipelines of 1000", keys, nothing,
       [&](ServerProcess& server) { return send_all(server, kBigPipelines, del); }},
      {"UNLINK of " + size + " keys, pipelines of 1000", keys, nothing,
       [&](ServerProcess& server) { return send_all(server, kBigPipelines, unlink); }},
      {millions(expiring) + " keys expire in the same second", 0,
       [&deadline, expiring](ServerProcess& server) {
         Result<system_clock::time_point> chosen = expire_together(server, expiring);
         if (chosen) deadline = chosen.value();
         return chosen.status();
       },
       [&deadline](ServerProcess& server) {
         std::this_thread::sleep_until(deadline - milliseconds(100));
         return wait_until_empty(server);
       }},
  };
}

}  // namespace

Status run_pauses(const Plan& plan, const Reporter& report) {
  Result<Contest> started = Contest::start(plan);
  if (!started) return started.status();
  Contest& contest = started.value();
  const RequestSet fill = fill_requests(plan.pause_keys);
  const RequestSet del = each_key_requests("DEL", plan.pause_keys);
  const RequestSet unlink = each_key_requests("UNLINK", plan.pause_keys);
  system_clock::time_point deadline;
  for (const Scenario& scenario : scenarios(plan, fill, del, unlink, deadline)) {
    Measure measure;
    measure.name = scenario.name;
    measure.unit = Unit::kNanoseconds;
    measure.target = kShort;
    measure.stands = Measure::Stands::kLowest;
    const Status status = play_rounds(plan.pause_rounds, measure, [&](Side side) {
      return play(scenario, contest.server(side), fill, plan);
    });
    if (!status) return status;
    report(std::move(measure));
  }
  return Status::ok();
}

}  // namespace sorrel::bench
