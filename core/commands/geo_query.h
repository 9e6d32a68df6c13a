// GeoQuery: what GEOSEARCH, GEOSEARCHSTORE and the GEORADIUS family ask for, read from their
// arguments.
#pragma once

#include "core/command/context.h"
#include "core/value/geo_area.h"
#include "core/value/zset.h"

#include <cstdint>
#include <optional>

namespace sorrel {

/// What tells the commands apart.
struct GeoForm {
  enum class From : uint8_t { kOptions, kPosition, kMember };
  From from;
  bool may_store = false;  // STORE and STOREDIST are options
  bool stores = false;     // GEOSEARCHSTORE
};

struct GeoQuery {
  enum class Sort : uint8_t { kNone, kAscending, kDescending };

  GeoArea area;
  double unit = 1;  // of the answered distances, in metres
  bool with_distance = false;
  bool with_hash = false;
  bool with_position = false;
  Sort sort = Sort::kNone;
  uint64_t count = 0;  // 0: all
  bool any = false;    // the first that are found will do
  std::optional<Bytes> store;
  bool store_distance = false;
};

/// `set` is what is searched; without one the arguments are read all the same. Nothing when an
/// error was answered.
std::optional<GeoQuery> parse_geo_query(Context& context, const GeoForm& form,
                                        const std::optional<Zset>& set);

}  // namespace sorrel
