// Positions, lengths and distances, as the geo commands read and print them. A function that
// returns false, or nothing, has answered the error.
#pragma once

#include "core/command/context.h"
#include "core/value/geohash.h"

#include <optional>

namespace sorrel {

std::optional<GeoPoint> parse_position(Context& context, Bytes longitude, Bytes latitude);
/// Metres in one m, km, ft or mi.
std::optional<double> parse_unit(Context& context, Bytes text);

/// Four digits after the point; a bulk string in either protocol.
void reply_distance(Context& context, double distance);
/// Longitude and latitude, 17 digits after the point.
void reply_position(Context& context, const GeoPoint& point);

}  // namespace sorrel
