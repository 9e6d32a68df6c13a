// sets: the server's CPU per command on sets of ten members and on one of a hundred thousand.
#include "tools/bench/collection_loads.h"

namespace sorrel::bench {
namespace {

constexpr uint64_t kSmallMembers = 10;
constexpr uint64_t kFewMembers = 1000;
/// Members that aren't there yet, since it is big enough.
constexpr uint64_t kFresh = 9'000'000, kFreshFirst = 1'000'000;

void add_member(std::vector<std::string>& words, uint64_t number) {
  words.push_back(member_name(number));
}

std::vector<CollectionLine> lines_on(const std::function<std::string(Random&)>& key,
                                     uint64_t members) {
  const auto member = [members](Random& random) { return member_name(random.below(members)); };
  return {
      {"SADD of a member",
       [=](RequestSet& out, Random& random) {
         out.add({"SADD", key(random), member(random)});
       }},
      {"SISMEMBER",
       [=](RequestSet& out, Random& random) {
         out.add({"SISMEMBER", key(random), member_name(random.below(members * 2))});
       }},
  };
}

CollectionLine pop_line(const std::function<std::string(Random&)>& key) {
  return {"SADD and SPOP in turns", [key](RequestSet& out, Random& random) {
            const std::string name = key(random);
            out.add({"SADD", name, member_name(kFreshFirst + random.below(kFresh))});
            out.add({"SPOP", name});
          }};
}

std::string small_key(Random& random) {
  return collection_key("set", random.below(kSmallCollections));
}

CollectionGroup small_sets() {
  std::vector<CollectionLine> lines = lines_on(small_key, kSmallMembers);
  lines.push_back({"SINTER of two", [](RequestSet& out, Random& random) {
                     out.add({"SINTER", small_key(random), small_key(random)});
                   }});
  lines.push_back(pop_line(small_key));
  return {"10 members",
          fill_many("SADD", "set", kSmallMembers, add_member),
          {1, 32},
          kSmallRequests,
          std::move(lines)};
}

CollectionGroup big_set(const Plan& plan) {
  const auto key = [](Random& /*random*/) { return std::string("set"); };
  CollectionGroup group{short_count(plan.big_elements) + " members",
                        fill_one("SADD", "set", plan.big_elements, add_member),
                        {32},
                        kBigRequests,
                        lines_on(key, plan.big_elements)};
  std::vector<std::string> few = {"SADD", "few"};
  for (uint64_t i = 0; i < kFewMembers; i++) add_member(few, i * 7);
  append(group.fill, few);
  group.lines.push_back({"SINTER with 1,000",
                         [](RequestSet& out, Random& /*random*/) {
                           out.add({"SINTER", "set", "few"});
                         },
                         kNoSlower, kFewClients});
  group.lines.push_back(pop_line(key));
  return group;
}

}  // namespace

Status run_sets(const Plan& plan, const Reporter& report) {
  if (Status status = run_collections(plan, small_sets(), report); !status) return status;
  return run_collections(plan, big_set(plan), report);
}

}  // namespace sorrel::bench
