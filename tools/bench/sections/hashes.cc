// hashes: the server's CPU per command on hashes of ten fields and on one of a hundred thousand.
#include "tools/bench/collection_loads.h"

namespace sorrel::bench {
namespace {

constexpr uint64_t kSmallFields = 10;

/// Eight digits, so that every field can be counted up.
void add_field(std::vector<std::string>& words, uint64_t number) {
  words.push_back(member_name(number));
  words.push_back(std::to_string(10'000'000 + number));
}

std::string small_key(Random& random) {
  return collection_key("hash", random.below(kSmallCollections));
}

/// What is asked of the small ones and of the big one alike.
std::vector<CollectionLine> lines_on(const std::function<std::string(Random&)>& key,
                                     uint64_t fields) {
  const auto field = [fields](Random& random) { return member_name(random.below(fields)); };
  return {
      {"HSET",
       [=](RequestSet& out, Random& random) {
         out.add({"HSET", key(random), field(random), std::to_string(random.below(90'000'000))});
       }},
      {"HGET",
       [=](RequestSet& out, Random& random) {
         out.add({"HGET", key(random), field(random)});
       }},
      {"HINCRBY",
       [=](RequestSet& out, Random& random) {
         out.add({"HINCRBY", key(random), field(random), "1"});
       }},
  };
}

CollectionGroup small_hashes() {
  std::vector<CollectionLine> lines = lines_on(small_key, kSmallFields);
  lines.push_back({"HGETALL", [](RequestSet& out, Random& random) {
                     out.add({"HGETALL", small_key(random)});
                   }});
  return {"10 fields",
          fill_many("HSET", "hash", kSmallFields, add_field),
          {1, 32},
          kSmallRequests,
          std::move(lines)};
}

CollectionGroup big_hash(const Plan& plan) {
  const auto key = [](Random& /*random*/) { return std::string("hash"); };
  return {short_count(plan.big_elements) + " fields",
          fill_one("HSET", "hash", plan.big_elements, add_field),
          {32},
          kBigRequests,
          lines_on(key, plan.big_elements)};
}

}  // namespace

Status run_hashes(const Plan& plan, const Reporter& report) {
  if (Status status = run_collections(plan, small_hashes(), report); !status) return status;
  return run_collections(plan, big_hash(plan), report);
}

}  // namespace sorrel::bench
