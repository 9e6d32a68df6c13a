// sorted-sets: the server's CPU per command on sorted sets of a hundred members, on one of a
// hundred thousand, and on one of two million, where a skip list waits for memory at each step.
#include "tools/bench/collection_loads.h"

namespace sorrel::bench {
namespace {

constexpr uint64_t kSmallMembers = 100;
constexpr uint64_t kScores = 1'000'000;
constexpr Target kInsertOfMillions{Target::Of::kRatio, 0.4, 0.25};
constexpr Target kRangeOfMillions{Target::Of::kRatio, 0.1, 0.05};

/// A score that says nothing of the member's number, with a fraction.
std::string score_of(uint64_t number) {
  return std::to_string(number * 7919 % kScores) + ".5";
}

std::string any_score(Random& random) {
  return score_of(random.below(kScores));
}

void add_member(std::vector<std::string>& words, uint64_t number) {
  words.push_back(score_of(number));
  words.push_back(member_name(number));
}

using Key = std::function<std::string(Random&)>;

CollectionLine rank_line(const Key& key, uint64_t members) {
  return {"ZRANK", [=](RequestSet& out, Random& random) {
            out.add({"ZRANK", key(random), member_name(random.below(members))});
          }};
}

CollectionLine range_line(const Key& key, uint64_t members, Target target) {
  return {"ZRANGE of 100",
          [=](RequestSet& out, Random& random) {
            const uint64_t start =
                members == kSmallMembers ? 0 : random.below(members - kSmallMembers);
            out.add({"ZRANGE", key(random), std::to_string(start), std::to_string(start + 99)});
          },
          target};
}

CollectionLine move_line(const Key& key, uint64_t members) {
  return {"ZADD to another score", [=](RequestSet& out, Random& random) {
            out.add({"ZADD", key(random), any_score(random), member_name(random.below(members))});
          }};
}

std::vector<CollectionLine> lines_on(const Key& key, uint64_t members) {
  const auto member = [members](Random& random) { return member_name(random.below(members)); };
  return {
      move_line(key, members),
      {"ZINCRBY",
       [=](RequestSet& out, Random& random) {
         out.add({"ZINCRBY", key(random), "1", member(random)});
       }},
      {"ZSCORE",
       [=](RequestSet& out, Random& random) {
         out.add({"ZSCORE", key(random), member(random)});
       }},
      rank_line(key, members),
      range_line(key, members, kNoSlower),
      {"ZRANGEBYSCORE, first 10",
       [=](RequestSet& out, Random& random) {
         out.add({"ZRANGEBYSCORE", key(random), any_score(random), "+inf", "LIMIT", "0", "10"});
       }},
  };
}

std::string one_key(Random& /*random*/) {
  return "zset";
}

CollectionGroup small_sorted_sets() {
  const auto key = [](Random& random) {
    return collection_key("zset", random.below(kSmallCollections));
  };
  return {"100 members",
          fill_many("ZADD", "zset", kSmallMembers, add_member),
          {1, 32},
          kSmallRequests,
          lines_on(key, kSmallMembers)};
}

CollectionGroup big_sorted_set(const Plan& plan) {
  return {short_count(plan.big_elements) + " members",
          fill_one("ZADD", "zset", plan.big_elements, add_member),
          {32},
          kBigRequests,
          lines_on(one_key, plan.big_elements)};
}

/// Members come and go in turns, so that it stays as long.
CollectionGroup giant_sorted_set(const Plan& plan) {
  const uint64_t members = plan.giant_elements;
  const CollectionLine insert{"ZADD and ZREM in turns",
                              [members](RequestSet& out, Random& random) {
                                const std::string fresh =
                                    member_name(members + random.below(members));
                                out.add({"ZADD", "zset", any_score(random), fresh});
                                out.add({"ZREM", "zset", fresh});
                              },
                              kInsertOfMillions};
  return {short_count(members) + " members",
          fill_one("ZADD", "zset", members, add_member),
          {32},
          kBigRequests,
          {insert, move_line(one_key, members), rank_line(one_key, members),
           range_line(one_key, members, kRangeOfMillions)}};
}

}  // namespace

Status run_sorted_sets(const Plan& plan, const Reporter& report) {
  if (Status status = run_collections(plan, small_sorted_sets(), report); !status) return status;
  if (Status status = run_collections(plan, big_sorted_set(plan), report); !status) return status;
  return run_collections(plan, giant_sorted_set(plan), report);
}

}  // namespace sorrel::bench
