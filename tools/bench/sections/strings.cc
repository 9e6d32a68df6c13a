// strings: the server's CPU per command on plain keys.
//
// Hot is a thousand keys, all of them in the processor's caches; cold is two million, drawn at
// random, where each command waits for memory. The bounds are those of DESIGN.md, section 11, in
// exactly its conditions; the lines without bounds are there to show what else moves.
#include "core/base/random.h"
#include "tools/bench/cpu_per_command.h"
#include "tools/bench/sections/section.h"
#include "tools/bench/string_requests.h"

#include <string>
#include <vector>

namespace sorrel::bench {
namespace {

constexpr uint64_t kHotRequests = 16'384;  // under a megabyte: the client stays in its own cache
constexpr uint64_t kSeed = 2;
constexpr Target kSingle{Target::Of::kRatio, 0.88, 0.80};
constexpr Target kSingleManyClients{Target::Of::kRatio, 0.80, 0.70};
constexpr Target kPipelineHot{Target::Of::kRatio, 0.42, 0.33};
constexpr Target kPipelineCold{Target::Of::kRatio, 0.32, 0.22};

/// `make` appends one request (or several) for the drawn key.
template <typename Make>
std::function<RequestSet()> drawn(uint64_t count, uint64_t keys, Make make) {
  return [=] {
    Random random(kSeed);
    RequestSet requests;
    for (uint64_t i = 0; i < count; i++) make(requests, random.below(keys));
    return requests;
  };
}

std::vector<CommandLoad> hot_loads(const Plan& plan) {
  const uint64_t keys = plan.hot_keys;
  const auto get = [=] { return get_requests(kHotRequests, keys); };
  const auto set = [=] { return set_requests(kHotRequests, keys); };
  return {
      {"GET, 50 clients, no pipeline, hot", {50, 1}, kSingle, get},
      {"SET, 50 clients, no pipeline, hot", {50, 1}, kSingle, set},
      {"GET, 500 clients, no pipeline, hot", {500, 1}, kSingleManyClients, get},
      {"SET, 500 clients, no pipeline, hot", {500, 1}, kSingleManyClients, set},
      {"GET, 50 clients, pipeline 32, hot", {50, 32}, kPipelineHot, get},
      {"SET, 50 clients, pipeline 32, hot", {50, 32}, kPipelineHot, set},
      {"GET, 500 clients, pipeline 32, hot", {500, 32}, kNoTarget, get},
      {"SET, 500 clients, pipeline 32, hot", {500, 32}, kNoTarget, set},
  };
}

std::vector<CommandLoad> further_loads(const Plan& plan) {
  const LoadShape shape{50, 32};
  const std::string value = plain_value(kValueBytes);
  const auto load = [&](const char* name, auto make) {
    return CommandLoad{std::string(name) + ", 50 clients, pipeline 32, hot", shape, kNoTarget,
                       drawn(kHotRequests, plan.hot_keys, make)};
  };
  return {
      load("INCR",
           [](RequestSet& out, uint64_t n) {
             out.add({"INCR", numbered_key("ctr:", n, 16)});
           }),
      load("SET EX",
           [=](RequestSet& out, uint64_t n) {
             out.add({"SET", plain_key(n), value, "EX", "3600"});
           }),
      load("MGET of 10",
           [keys = plan.hot_keys](RequestSet& out, uint64_t n) {
             std::vector<std::string> names;
             for (uint64_t i = 0; i < 10; i++) names.push_back(plain_key((n + i * 7) % keys));
             std::vector<std::string_view> words = {"MGET"};
             words.insert(words.end(), names.begin(), names.end());
             out.add(words);
           }),
      load("EXISTS",
           [](RequestSet& out, uint64_t n) {
             out.add({"EXISTS", plain_key(n)});
           }),
      load("SET and DEL in turns",
           [=](RequestSet& out, uint64_t n) {
             const std::string key = numbered_key("del:", n, 16);
             out.add({"SET", key, value});
             out.add({"DEL", key});
           }),
  };
}

std::vector<CommandLoad> cold_loads(const Plan& plan) {
  const uint64_t keys = plan.cold_keys;
  const LoadShape shape{50, 32};
  return {
      {"GET, 50 clients, pipeline 32, cold", shape, kPipelineCold,
       [=] { return get_requests(keys, keys); }},
      {"SET, 50 clients, pipeline 32, cold", shape, kPipelineCold,
       [=] { return set_requests(keys, keys); }},
      {"GET of a missing key, pipeline 32, cold", shape, kNoTarget,
       drawn(keys, keys,
             [](RequestSet& out, uint64_t n) {
               out.add({"GET", numbered_key("no:", n, 16)});
             })},
      {"GET, 50 clients, no pipeline, cold",
       {50, 1},
       kNoTarget,
       [=] { return get_requests(keys, keys); }},
      {"SET, 50 clients, no pipeline, cold",
       {50, 1},
       kNoTarget,
       [=] { return set_requests(keys, keys); }},
  };
}

/// One pair of servers, `keys` keys in each, and all lines measured on it.
Status run_loads(const Plan& plan, uint64_t keys, const std::vector<CommandLoad>& loads,
                 const Reporter& report) {
  Result<Contest> contest = Contest::start(plan);
  if (!contest) return contest.status();
  if (Status status = contest.value().load_both(fill_requests(keys)); !status) {
    return status.with("prefill");
  }
  for (const CommandLoad& load : loads) {
    if (!plan.wants_line(load.name)) continue;
    Result<Measure> measure = measure_command(contest.value(), load, plan);
    if (!measure) return measure.status();
    report(std::move(measure.value()));
  }
  return Status::ok();
}

}  // namespace

Status run_strings(const Plan& plan, const Reporter& report) {
  std::vector<CommandLoad> hot = hot_loads(plan);
  for (CommandLoad& load : further_loads(plan)) hot.push_back(std::move(load));
  if (Status status = run_loads(plan, plan.hot_keys, hot, report); !status) return status;
  return run_loads(plan, plan.cold_keys, cold_loads(plan), report);
}

}  // namespace sorrel::bench
