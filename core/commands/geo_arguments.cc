#include "core/commands/geo_arguments.h"

#include "core/base/number.h"

#include <charconv>
#include <string>

namespace sorrel {
namespace {

std::string fixed(double value, int digits) {
  char text[400];  // 309 digits, sign, point and what follows it
  const auto end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits).ptr;
  return {text, end};
}

void reply_coordinate(Context& context, double value) {
  const std::string text = format_human_long_real(value);
  if (!context.reply.resp3()) return context.reply.bulk(text);
  context.reply.raw("," + text + "\r\n");
}

}  // namespace

std::optional<GeoPoint> parse_position(Context& context, Bytes longitude, Bytes latitude) {
  const std::optional<double> x = parse_real(longitude);
  const std::optional<double> y = parse_real(latitude);
  if (!x || !y) {
    context.error(errors::kNotAFloat);
    return std::nullopt;
  }
  const GeoPoint point{*x, *y};
  if (point.valid()) return point;
  context.error("ERR invalid longitude,latitude pair " + fixed(*x, 6) + "," + fixed(*y, 6));
  return std::nullopt;
}

std::optional<double> parse_unit(Context& context, Bytes text) {
  struct Unit {
    Bytes name;
    double metres;
  };
  constexpr Unit kUnits[] = {{"m", 1}, {"km", 1000}, {"ft", 0.3048}, {"mi", 1609.34}};
  for (const Unit& unit : kUnits) {
    if (equals_ignore_case(text, unit.name)) return unit.metres;
  }
  context.error("ERR unsupported unit provided. please use M, KM, FT, MI");
  return std::nullopt;
}

void reply_distance(Context& context, double distance) {
  context.reply.bulk(fixed(distance, 4));
}

void reply_position(Context& context, const GeoPoint& point) {
  context.reply.array(2);
  reply_coordinate(context, point.longitude);
  reply_coordinate(context, point.latitude);
}

}  // namespace sorrel
