// lists: the server's CPU per command at the ends, in the middle and over a range of lists of a
// hundred elements and of one of a hundred thousand.
#include "tools/bench/collection_loads.h"

namespace sorrel::bench {
namespace {

constexpr uint64_t kSmallElements = 100;

void add_element(std::vector<std::string>& words, uint64_t number) {
  words.push_back(member_name(number));
}

std::vector<CollectionLine> lines_on(const std::function<std::string(Random&)>& key,
                                     uint64_t elements) {
  const auto any_start = [elements](Random& random) {
    return elements == kSmallElements ? 0 : random.below(elements - kSmallElements);
  };
  return {
      {"LPUSH and RPOP in turns",
       [=](RequestSet& out, Random& random) {
         const std::string name = key(random);
         out.add({"LPUSH", name, member_name(random.below(elements))});
         out.add({"RPOP", name});
       }},
      {"LRANGE of 100",
       [=](RequestSet& out, Random& random) {
         const uint64_t start = any_start(random);
         out.add({"LRANGE", key(random), std::to_string(start), std::to_string(start + 99)});
       }},
      {"LINDEX in the middle",
       [=](RequestSet& out, Random& random) {
         out.add({"LINDEX", key(random), std::to_string(elements / 2)});
       }},
  };
}

CollectionGroup small_lists() {
  const auto key = [](Random& random) {
    return collection_key("list", random.below(kSmallCollections));
  };
  return {"100 elements",
          fill_many("RPUSH", "list", kSmallElements, add_element),
          {1, 32},
          kSmallRequests,
          lines_on(key, kSmallElements)};
}

CollectionGroup big_list(const Plan& plan) {
  const auto key = [](Random& /*random*/) { return std::string("list"); };
  return {short_count(plan.big_elements) + " elements",
          fill_one("RPUSH", "list", plan.big_elements, add_element),
          {32},
          kBigRequests,
          lines_on(key, plan.big_elements)};
}

}  // namespace

Status run_lists(const Plan& plan, const Reporter& report) {
  if (Status status = run_collections(plan, small_lists(), report); !status) return status;
  return run_collections(plan, big_list(plan), report);
}

}  // namespace sorrel::bench
