// streams: the server's CPU per command at the end of streams and over their ranges: many of a
// thousand entries, and one of a hundred thousand.
//
// An entry is three fields of a sensor's reading. Streams are kept as long as they are by MAXLEN ~,
// as producers do.
#include "tools/bench/collection_loads.h"

namespace sorrel::bench {
namespace {

constexpr uint64_t kSmallEntries = 1000;
constexpr Target kHalf{Target::Of::kRatio, 0.5, 0.35};

/// The entry's number is its ID, so that ranges are known.
std::vector<std::string> entry_words(const std::string& key, const std::string& id,
                                     uint64_t number) {
  return {"XADD",
          key,
          id,
          "sensor",
          "s" + std::to_string(number % 100),
          "temp",
          "21." + std::to_string(number % 10),
          "seq",
          std::to_string(number)};
}

RequestSet fill(const std::function<std::string(uint64_t)>& key, uint64_t keys, uint64_t entries) {
  RequestSet requests;
  for (uint64_t i = 0; i < keys; i++) {
    for (uint64_t number = 1; number <= entries; number++) {
      append(requests, entry_words(key(i), std::to_string(number), number));
    }
  }
  return requests;
}

std::vector<CollectionLine> lines_on(const std::function<std::string(Random&)>& key,
                                     uint64_t entries) {
  const auto first = [entries](Random& random) {
    return std::to_string(1 + random.below(entries - 100));
  };
  // Ranges come first: XADD puts entries of the present time in the place of those.
  return {
      {"XRANGE of 100",
       [=](RequestSet& out, Random& random) {
         out.add({"XRANGE", key(random), first(random), "+", "COUNT", "100"});
       }},
      {"XREVRANGE of 100",
       [=](RequestSet& out, Random& random) {
         out.add({"XREVRANGE", key(random), "+", first(random), "COUNT", "100"});
       }},
      {"XADD",
       [=](RequestSet& out, Random& random) {
         std::vector<std::string> words = entry_words(key(random), "*", random.below(entries));
         const std::string length = std::to_string(entries);
         words.insert(words.begin() + 2, {"MAXLEN", "~", length});
         append(out, words);
       },
       kHalf},
  };
}

}  // namespace

Status run_streams(const Plan& plan, const Reporter& report) {
  const auto any_small = [](Random& random) {
    return collection_key("stream", random.below(kSmallCollections / 10));
  };
  const CollectionGroup small{"1,000 entries",
                              fill([](uint64_t number) { return collection_key("stream", number); },
                                   kSmallCollections / 10, kSmallEntries),
                              {1, 32},
                              kSmallRequests,
                              lines_on(any_small, kSmallEntries)};
  if (Status status = run_collections(plan, small, report); !status) return status;
  const CollectionGroup big{
      short_count(plan.big_elements) + " entries",
      fill([](uint64_t) { return std::string("stream"); }, 1, plan.big_elements),
      {32},
      kBigRequests,
      lines_on([](Random&) { return std::string("stream"); }, plan.big_elements)};
  return run_collections(plan, big, report);
}

}  // namespace sorrel::bench
