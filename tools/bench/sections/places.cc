// places: the server's CPU per command on geo sets of fifty places and on one of a hundred
// thousand.
#include "tools/bench/collection_loads.h"

#include <cstdio>

namespace sorrel::bench {
namespace {

constexpr uint64_t kSmallPlaces = 50;

/// A point of a square of one degree.
std::pair<std::string, std::string> place_of(uint64_t number) {
  char longitude[32], latitude[32];
  snprintf(longitude, sizeof longitude, "13.%06u", static_cast<unsigned>(number * 7919 % 999'983));
  snprintf(latitude, sizeof latitude, "52.%06u", static_cast<unsigned>(number * 104'729 % 999'979));
  return {longitude, latitude};
}

void add_place(std::vector<std::string>& words, uint64_t number) {
  const auto [longitude, latitude] = place_of(number);
  words.insert(words.end(), {longitude, latitude, member_name(number)});
}

std::vector<CollectionLine> place_lines(const std::function<std::string(Random&)>& key,
                                        uint64_t places, const char* radius_km) {
  return {
      {"GEOADD",
       [=](RequestSet& out, Random& random) {
         const auto [longitude, latitude] = place_of(random.below(places));
         out.add({"GEOADD", key(random), longitude, latitude, member_name(random.below(places))});
       }},
      {std::string("GEOSEARCH within ") + radius_km + " km",
       [=](RequestSet& out, Random& random) {
         const auto [longitude, latitude] = place_of(random.below(places));
         out.add({"GEOSEARCH", key(random), "FROMLONLAT", longitude, latitude, "BYRADIUS",
                  radius_km, "km"});
       }},
  };
}

CollectionGroup small_places() {
  const auto key = [](Random& random) {
    return collection_key("places", random.below(kSmallCollections));
  };
  return {"50 places",
          fill_many("GEOADD", "places", kSmallPlaces, add_place),
          {1, 32},
          kSmallRequests,
          place_lines(key, kSmallPlaces, "20")};
}

CollectionGroup big_places(const Plan& plan) {
  const auto key = [](Random& /*random*/) { return std::string("places"); };
  return {short_count(plan.big_elements) + " places",
          fill_one("GEOADD", "places", plan.big_elements, add_place),
          {32},
          kBigRequests,
          place_lines(key, plan.big_elements, "1")};
}

}  // namespace

Status run_places(const Plan& plan, const Reporter& report) {
  if (Status status = run_collections(plan, small_places(), report); !status) return status;
  return run_collections(plan, big_places(plan), report);
}

}  // namespace sorrel::bench
