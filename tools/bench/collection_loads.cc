#include "tools/bench/collection_loads.h"

namespace sorrel::bench {
namespace {

constexpr uint64_t kSeed = 3;
constexpr uint64_t kElementsOfARequest = 100;

RequestSet requests_of(const CollectionLine& line, uint64_t count) {
  Random random(kSeed);
  RequestSet requests;
  while (requests.size() < count) line.make(requests, random);
  return requests;
}

}  // namespace

Status run_collections(const Plan& plan, const CollectionGroup& group, const Reporter& report) {
  Result<Contest> contest = Contest::start(plan);
  if (!contest) return contest.status();
  if (Status status = contest.value().load_both(group.fill); !status) return status.with("prefill");
  for (const CollectionLine& line : group.lines) {
    for (const uint32_t pipeline : group.pipelines) {
      const CommandLoad load{
          line.name + ", " + group.name + ", pipeline " + std::to_string(pipeline),
          {line.clients, pipeline},
          line.target,
          [&] { return requests_of(line, group.requests); }};
      if (!plan.wants_line(load.name)) continue;
      Result<Measure> measure = measure_command(contest.value(), load, plan);
      if (!measure) return measure.status();
      report(std::move(measure.value()));
    }
  }
  return Status::ok();
}

std::string member_name(uint64_t number) {
  return numbered_key("member:", number, 14);
}

std::string collection_key(std::string_view name, uint64_t number) {
  return std::string(name) + ":" + std::to_string(number);
}

void append(RequestSet& to, const std::vector<std::string>& words) {
  to.add(std::vector<std::string_view>(words.begin(), words.end()));
}

RequestSet fill_one(std::string_view command, std::string_view key, uint64_t count,
                    const std::function<void(std::vector<std::string>&, uint64_t)>& add) {
  RequestSet requests;
  for (uint64_t first = 0; first < count; first += kElementsOfARequest) {
    std::vector<std::string> words = {std::string(command), std::string(key)};
    for (uint64_t i = first; i < std::min(first + kElementsOfARequest, count); i++) add(words, i);
    append(requests, words);
  }
  return requests;
}

RequestSet fill_many(std::string_view command, std::string_view name, uint64_t count,
                     const std::function<void(std::vector<std::string>&, uint64_t)>& add) {
  RequestSet requests;
  for (uint64_t key = 0; key < kSmallCollections; key++) {
    std::vector<std::string> words = {std::string(command), collection_key(name, key)};
    for (uint64_t i = 0; i < count; i++) add(words, i);
    append(requests, words);
  }
  return requests;
}

}  // namespace sorrel::bench
