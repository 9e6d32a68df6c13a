// collection-pauses: how long the loop looks after nobody else when a collection of millions goes,
// or is made of others.
//
// What is deleted can be freed in slices, so it has the bound of every pause. A result that is
// stored is there when the command has answered: its time is the work itself, and is held against
// the other server's.
#include "tools/bench/collection_loads.h"
#include "tools/bench/pause_watch.h"

namespace sorrel::bench {
namespace {

void add_scored(std::vector<std::string>& words, uint64_t number) {
  words.push_back(std::to_string(number * 7919 % 1'000'003));
  words.push_back(member_name(number));
}

void add_pair(std::vector<std::string>& words, uint64_t number) {
  words.push_back(member_name(number));
  words.push_back("value");
}

Status empty(ServerProcess& server) {
  return server.control().call({"FLUSHALL"}).status();
}

/// `fill` is loaded into an empty server; then `words` are called.
Scenario scenario(const std::string& name, const RequestSet& fill,
                  const std::vector<std::string_view>& words, Target target) {
  return {name,
          [&fill](ServerProcess& server) {
            if (Status status = empty(server); !status) return status;
            return load_all(server, fill);
          },
          [words](ServerProcess& server) { return server.control().call(words).status(); }, target};
}

RequestSet two_sets(uint64_t members) {
  const auto half = [](uint64_t first) {
    return [first](std::vector<std::string>& words, uint64_t number) {
      words.push_back(member_name(first + number));
    };
  };
  RequestSet requests = fill_one("SADD", "a", members / 2, half(0));
  requests.add(fill_one("SADD", "b", members / 2, half(members / 2)));
  return requests;
}

}  // namespace

Status run_collection_pauses(const Plan& plan, const Reporter& report) {
  Result<Contest> contest = Contest::start(plan);
  if (!contest) return contest.status();
  const auto measured = [&](const Scenario& what) {
    Result<Measure> measure = measure_pause(contest.value(), what, plan);
    if (measure) report(std::move(measure.value()));
    return measure.status();
  };
  const std::string heavy = short_count(plan.heavy_elements);
  const std::string stored = short_count(plan.stored_elements);
  const RequestSet zset = fill_one("ZADD", "zset", plan.heavy_elements, add_scored);
  Status status =
      measured(scenario("DEL of a sorted set of " + heavy, zset, {"DEL", "zset"}, kShortPause));
  if (!status) return status;
  const RequestSet hash = fill_one("HSET", "hash", plan.stored_elements, add_pair);
  status = measured(scenario("DEL of a hash of " + stored, hash, {"DEL", "hash"}, kShortPause));
  if (!status) return status;
  const RequestSet sets = two_sets(plan.stored_elements);
  return measured(
      scenario("SUNIONSTORE of " + stored, sets, {"SUNIONSTORE", "c", "a", "b"}, kNoSlower));
}

}  // namespace sorrel::bench
