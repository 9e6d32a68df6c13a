// hyperloglogs: the server's CPU per command on HyperLogLogs, sparse and dense.
#include "tools/bench/collection_loads.h"

namespace sorrel::bench {
namespace {

constexpr uint64_t kSparseElements = 20;
constexpr uint64_t kDenseSketches = 4;
constexpr uint64_t kFresh = 9'999'999;

void add_element(std::vector<std::string>& words, uint64_t number) {
  words.push_back(member_name(number));
}

std::string sparse_key(Random& random) {
  return collection_key("sparse", random.below(kSmallCollections));
}

std::string dense_key(Random& random) {
  return collection_key("dense", random.below(kDenseSketches));
}

CollectionGroup sparse_sketches() {
  return {"sparse",
          fill_many("PFADD", "sparse", kSparseElements, add_element),
          {1, 32},
          kSmallRequests,
          {{"PFADD",
            [](RequestSet& out, Random& random) {
              out.add({"PFADD", sparse_key(random), member_name(random.below(kSparseElements))});
            }},
           {"PFCOUNT of two", [](RequestSet& out, Random& random) {
              out.add({"PFCOUNT", sparse_key(random), sparse_key(random)});
            }}}};
}

CollectionGroup dense_sketches(const Plan& plan) {
  RequestSet fill;
  for (uint64_t first = 0; first < plan.big_elements; first += 100) {
    std::vector<std::string> words = {"PFADD",
                                      collection_key("dense", first / 100 % kDenseSketches)};
    for (uint64_t i = first; i < first + 100; i++) add_element(words, i);
    append(fill, words);
  }
  return {"dense",
          std::move(fill),
          {1, 32},
          kSmallRequests,
          {{"PFADD",
            [](RequestSet& out, Random& random) {
              out.add({"PFADD", dense_key(random), member_name(random.below(kFresh))});
            }},
           {"PFCOUNT of two",
            [](RequestSet& out, Random& random) {
              out.add({"PFCOUNT", dense_key(random), dense_key(random)});
            },
            kNoSlower, kFewClients}}};
}

}  // namespace

Status run_hyperloglogs(const Plan& plan, const Reporter& report) {
  if (Status status = run_collections(plan, sparse_sketches(), report); !status) return status;
  return run_collections(plan, dense_sketches(plan), report);
}

}  // namespace sorrel::bench
