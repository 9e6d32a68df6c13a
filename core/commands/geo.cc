// Commands on positions, which are members of sorted sets with a geohash as score. Searching them
// is in geo_search.cc.

#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/commands/geo_arguments.h"
#include "core/commands/zset_add.h"
#include "core/commands/zset_reply.h"

#include <vector>

namespace sorrel {
namespace {

void geoadd_command(Context& context) {
  ZsetAdd add;
  Arguments arguments(context, 2);
  for (;;) {
    if (arguments.take("NX")) {
      add.rule.only_new = true;
    } else if (arguments.take("XX")) {
      add.rule.only_there = true;
    } else if (arguments.take("CH")) {
      add.count_changed = true;
    } else {
      break;
    }
  }
  if (arguments.done() || arguments.left() % 3 != 0 || (add.rule.only_new && add.rule.only_there)) {
    return context.error(errors::kSyntax);
  }
  const size_t first = context.argc() - arguments.left();
  std::vector<double> scores;
  scores.reserve(arguments.left() / 3);
  for (size_t at = first; at < context.argc(); at += 3) {
    const auto point = parse_position(context, context.arg(at), context.arg(at + 1));
    if (!point) return;
    scores.push_back(geo_score(*point));
  }
  add.member_at = first + 2;
  add.stride = 3;
  add.scores = scores;
  add_to_zset(context, add);
}

std::optional<GeoPoint> position_of(const std::optional<Zset>& set, Bytes member) {
  const std::optional<double> score = set ? set->score(member) : std::nullopt;
  return score ? std::optional<GeoPoint>(geo_point(*score)) : std::nullopt;
}

void geopos_command(Context& context) {
  std::optional<Zset> set;
  if (!read_zset(context, context.arg(1), set)) return;
  context.reply.array(context.argc() - 2);
  for (const Bytes member : context.args.subspan(2)) {
    const auto point = position_of(set, member);
    point ? reply_position(context, *point) : context.reply.null_array();
  }
}

void geohash_command(Context& context) {
  std::optional<Zset> set;
  if (!read_zset(context, context.arg(1), set)) return;
  context.reply.array(context.argc() - 2);
  for (const Bytes member : context.args.subspan(2)) {
    const auto point = position_of(set, member);
    if (!point) {
      context.reply.null();
      continue;
    }
    const auto text = geohash_text(*point);
    context.reply.bulk(Bytes(text.data(), text.size()));
  }
}

void geodist_command(Context& context) {
  std::optional<double> unit = 1;
  if (context.argc() == 5) unit = parse_unit(context, context.arg(4));
  if (!unit) return;
  if (context.argc() > 5) return context.error(errors::kSyntax);
  std::optional<Zset> set;
  if (!read_zset(context, context.arg(1), set)) return;
  const auto a = position_of(set, context.arg(2));
  const auto b = position_of(set, context.arg(3));
  if (!a || !b) return context.reply.null();
  reply_distance(context, geo_distance(*a, *b) / *unit);
}

constexpr CommandSpec kRows[] = {
    {.name = "geoadd",
     .handler = geoadd_command,
     .arity = -5,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryGeo,
     .keys = {key_at(1, kKeyRW | kKeyUpdate)},
     .group = "geo",
     .since = "3.2.0",
     .summary = "Adds members with positions to a sorted set, or moves them.",
     .complexity = "O(log(N)) for each member, with N the size of the sorted set",
     .syntax = "key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]"},
    {.name = "geopos",
     .handler = geopos_command,
     .arity = -2,
     .flags = kReadonly,
     .categories = kCategoryGeo,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "geo",
     .since = "3.2.0",
     .summary = "Gives the positions of members.",
     .complexity = "O(1) for each member asked for",
     .syntax = "key [member [member ...]]"},
    {.name = "geohash",
     .handler = geohash_command,
     .arity = -2,
     .flags = kReadonly,
     .categories = kCategoryGeo,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "geo",
     .since = "3.2.0",
     .summary = "Gives the positions of members as geohash strings.",
     .complexity = "O(1) for each member asked for",
     .syntax = "key [member [member ...]]"},
    {.name = "geodist",
     .handler = geodist_command,
     .arity = -4,
     .flags = kReadonly,
     .categories = kCategoryGeo,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "geo",
     .since = "3.2.0",
     .summary = "Gives the distance between two members.",
     .complexity = "O(1)",
     .syntax = "key member1 member2 [M | KM | FT | MI]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> geo_commands() {
  return kRows;
}

}  // namespace sorrel
