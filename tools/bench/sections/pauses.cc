// pauses: how long the loop looks after nobody else while millions of keys come and go.
#include "tools/bench/pause_watch.h"
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

constexpr auto kExpiryPatience = std::chrono::seconds(30);
constexpr int kExpiryAttemptsMax = 5;
constexpr LoadShape kBigPipelines{1, 1000};

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

/// `deadline` is where the expiry scenario keeps the second it has chosen, between prepare and act.
std::vector<Scenario> scenarios(const Plan& plan, const RequestSet& fill, const RequestSet& del,
                                const RequestSet& unlink, system_clock::time_point& deadline) {
  const uint64_t keys = plan.pause_keys;
  const uint64_t expiring = plan.expiring_keys;
  const std::string size = short_count(keys);
  const auto full = [&, keys](ServerProcess& server) { return bring_to(server, keys, fill); };
  const auto empty = [&](ServerProcess& server) { return bring_to(server, 0, fill); };
  const auto flush = [](ServerProcess& server) {
    return server.control().call({"FLUSHALL"}).status();
  };
  const auto expiring_soon = [&deadline, empty, expiring](ServerProcess& server) {
    if (Status status = empty(server); !status) return status;
    Result<system_clock::time_point> chosen = expire_together(server, expiring);
    if (chosen) deadline = chosen.value();
    return chosen.status();
  };
  const auto wait_for_expiry = [&deadline](ServerProcess& server) {
    std::this_thread::sleep_until(deadline - milliseconds(100));
    return wait_until_empty(server);
  };
  const auto sent = [](LoadShape shape, const RequestSet& requests) {
    return [shape, &requests](ServerProcess& server) { return send_all(server, shape, requests); };
  };
  return {
      {"insert of " + size + " keys, pipelines of 32", empty, sent({1, 32}, fill), kShortPause},
      {"FLUSHALL of " + size + " keys", full, flush, kShortPause},
      {"DEL of " + size + " keys, pipelines of 1000", full, sent(kBigPipelines, del), kShortPause},
      {"UNLINK of " + size + " keys, pipelines of 1000", full, sent(kBigPipelines, unlink),
       kShortPause},
      {short_count(expiring) + " keys expire in the same second", expiring_soon, wait_for_expiry,
       kShortPause},
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
    Result<Measure> measure = measure_pause(contest, scenario, plan);
    if (!measure) return measure.status();
    report(std::move(measure.value()));
  }
  return Status::ok();
}

}  // namespace sorrel::bench
