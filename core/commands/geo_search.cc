// Commands that find positions: GEOSEARCH and GEOSEARCHSTORE, and the older GEORADIUS family.

#include "core/commands/commands.h"
#include "core/commands/geo_arguments.h"
#include "core/commands/geo_query.h"
#include "core/commands/zset_reply.h"
#include "core/commands/zset_store.h"

#include <algorithm>
#include <string>
#include <vector>

namespace sorrel {
namespace {

using From = GeoForm::From;
using Sort = GeoQuery::Sort;

struct Found {
  std::string member;
  double score;
  double distance;
  GeoPoint point;
};

/// Looked at before it is asked whether there are enough, where any will do.
constexpr uint64_t kStride = 128;

std::vector<Found> find(const Zset& set, const GeoQuery& query) {
  std::vector<Found> found;
  const uint64_t enough = query.any ? query.count : UINT64_MAX;
  const auto look_at = [&](Bytes member, double score) {
    if (found.size() >= enough) return;
    const GeoPoint point = geo_point(score);
    const std::optional<double> distance = query.area.distance_inside(point);
    if (distance) found.push_back({std::string(member), score, *distance, point});
  };
  for (const GeoCell& cell : query.area.cells()) {
    RankRange left = set.ranks({cell.score_min(), cell.score_max(), false, true});
    const uint64_t stride = query.any ? kStride : left.size();
    while (!left.empty() && found.size() < enough) {
      const uint64_t until = std::min(left.first + stride, left.last);
      set.for_each({left.first, until}, false, look_at);
      left.first = until;
    }
  }
  return found;
}

/// The wanted ones, in the wanted order.
void sort_and_cut(std::vector<Found>& found, const GeoQuery& query) {
  // The nearest, unless any will do.
  const bool nearest = query.count != 0 && !query.any;
  if (query.sort == Sort::kDescending) {
    std::stable_sort(found.begin(), found.end(),
                     [](const Found& a, const Found& b) { return a.distance > b.distance; });
  } else if (query.sort == Sort::kAscending || nearest) {
    std::stable_sort(found.begin(), found.end(),
                     [](const Found& a, const Found& b) { return a.distance < b.distance; });
  }
  if (query.count != 0 && query.count < found.size()) found.resize(query.count);
}

void reply_found(Context& context, const std::vector<Found>& found, const GeoQuery& query) {
  const size_t details =
      size_t{query.with_distance} + size_t{query.with_hash} + size_t{query.with_position};
  context.reply.array(found.size());
  for (const Found& one : found) {
    if (details != 0) context.reply.array(1 + details);
    context.reply.bulk(one.member);
    if (query.with_distance) reply_distance(context, one.distance / query.unit);
    if (query.with_hash) context.reply.integer(static_cast<int64_t>(one.score));
    if (query.with_position) reply_position(context, one.point);
  }
}

void store_found(Context& context, const std::vector<Found>& found, const GeoQuery& query,
                 Bytes event) {
  ZsetBuilder result(context.db().values());
  for (const Found& one : found) {
    result.add(one.member, query.store_distance ? one.distance / query.unit : one.score);
  }
  store_zset(context, *query.store, result, event);
}

void search(Context& context, const GeoForm& form) {
  std::optional<Zset> set;
  if (!read_zset(context, context.arg(form.stores ? 2 : 1), set)) return;
  const std::optional<GeoQuery> query = parse_geo_query(context, form, set);
  if (!query) return;
  std::vector<Found> found;
  if (set) found = find(*set, *query);
  sort_and_cut(found, *query);
  if (!query->store) return reply_found(context, found, *query);
  store_found(context, found, *query, form.stores ? "geosearchstore" : "georadiusstore");
}

void geosearch_command(Context& context) {
  search(context, GeoForm{.from = From::kOptions});
}
void geosearchstore_command(Context& context) {
  search(context, GeoForm{.from = From::kOptions, .stores = true});
}
void georadius_command(Context& context) {
  search(context, GeoForm{.from = From::kPosition, .may_store = true});
}
void georadius_ro_command(Context& context) {
  search(context, GeoForm{.from = From::kPosition});
}
void georadiusbymember_command(Context& context) {
  search(context, GeoForm{.from = From::kMember, .may_store = true});
}
void georadiusbymember_ro_command(Context& context) {
  search(context, GeoForm{.from = From::kMember});
}

constexpr Bytes kSearchComplexity =
    "O(N+log(M)) with N the members in the cells around the area and M the members in the area";

constexpr KeySpec store_key(Bytes keyword, int from) {
  KeySpec spec;
  spec.flags = kKeyOW | kKeyUpdate;
  spec.begin = KeySpec::Begin::kKeyword;
  spec.keyword = keyword;
  spec.index = from;
  return spec;
}

constexpr CommandSpec kRows[] = {
    {.name = "geosearch",
     .handler = geosearch_command,
     .arity = -7,
     .flags = kReadonly,
     .categories = kCategoryGeo,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "geo",
     .since = "6.2.0",
     .summary = "Finds the members in a circle, a box or a polygon.",
     .complexity = kSearchComplexity,
     .syntax =
         "key ((FROMMEMBER member | FROMLONLAT longitude latitude) (BYRADIUS radius (M | KM | "
         "FT | MI) | BYBOX width height (M | KM | FT | MI)) | BYPOLYGON num-vertices "
         "longitude latitude [longitude latitude ...]) [ASC | DESC] [COUNT count [ANY]] "
         "[WITHCOORD] [WITHDIST] [WITHHASH]"},
    {.name = "geosearchstore",
     .handler = geosearchstore_command,
     .arity = -8,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryGeo,
     .keys = {key_at(1, kKeyOW | kKeyUpdate), key_at(2, kKeyRO | kKeyAccess)},
     .group = "geo",
     .since = "6.2.0",
     .summary = "Stores the members in a circle, a box or a polygon under another key.",
     .complexity = kSearchComplexity,
     .syntax =
         "destination source ((FROMMEMBER member | FROMLONLAT longitude latitude) (BYRADIUS "
         "radius (M | KM | FT | MI) | BYBOX width height (M | KM | FT | MI)) | BYPOLYGON "
         "num-vertices longitude latitude [longitude latitude ...]) [ASC | DESC] [COUNT count "
         "[ANY]] [STOREDIST]"},
    {.name = "georadius",
     .handler = georadius_command,
     .arity = -6,
     .flags = kWrite | kDenyOom | kMovableKeys,
     .categories = kCategoryGeo,
     .keys = {key_at(1, kKeyRO | kKeyAccess), store_key("STORE", 6), store_key("STOREDIST", 6)},
     .group = "geo",
     .since = "3.2.0",
     .summary = "Finds the members around a position, and may store them.",
     .complexity = kSearchComplexity,
     .syntax = "key longitude latitude radius (M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] "
               "[COUNT count [ANY]] [ASC | DESC] [STORE storekey | STOREDIST storedistkey]",
     .deprecated_since = "6.2.0",
     .replaced_by = "GEOSEARCH and GEOSEARCHSTORE with the BYRADIUS argument"},
    {.name = "georadius_ro",
     .handler = georadius_ro_command,
     .arity = -6,
     .flags = kReadonly,
     .categories = kCategoryGeo,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "geo",
     .since = "3.2.10",
     .summary = "Finds the members around a position.",
     .complexity = kSearchComplexity,
     .syntax = "key longitude latitude radius (M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] "
               "[COUNT count [ANY]] [ASC | DESC]",
     .deprecated_since = "6.2.0",
     .replaced_by = "GEOSEARCH with the BYRADIUS argument"},
    {.name = "georadiusbymember",
     .handler = georadiusbymember_command,
     .arity = -5,
     .flags = kWrite | kDenyOom | kMovableKeys,
     .categories = kCategoryGeo,
     .keys = {key_at(1, kKeyRO | kKeyAccess), store_key("STORE", 5), store_key("STOREDIST", 5)},
     .group = "geo",
     .since = "3.2.0",
     .summary = "Finds the members around another member, and may store them.",
     .complexity = kSearchComplexity,
     .syntax =
         "key member radius (M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count "
         "[ANY]] [ASC | DESC] [STORE storekey | STOREDIST storedistkey]",
     .deprecated_since = "6.2.0",
     .replaced_by = "GEOSEARCH and GEOSEARCHSTORE with the BYRADIUS and FROMMEMBER arguments"},
    {.name = "georadiusbymember_ro",
     .handler = georadiusbymember_ro_command,
     .arity = -5,
     .flags = kReadonly,
     .categories = kCategoryGeo,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "geo",
     .since = "3.2.10",
     .summary = "Finds the members around another member.",
     .complexity = kSearchComplexity,
     .syntax =
         "key member radius (M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count "
         "[ANY]] [ASC | DESC]",
     .deprecated_since = "6.2.0",
     .replaced_by = "GEOSEARCH with the BYRADIUS and FROMMEMBER arguments"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> geo_search_commands() {
  return kRows;
}

}  // namespace sorrel
