// GeoArea: what a search for positions searches: a circle, a box, or a polygon.
//
// An area says of a point whether it lies inside and how far from the centre, and names the at most
// nine cells of the geohash grid that cover it: the one of the centre and those around it, in the
// order in which Redis goes through them, because an answer that isn't sorted has that order.
// Points outside the area are among those of the cells, points in it are not missed.
//
// All lengths are metres. A polygon's edges are straight on the map of longitude and latitude, as
// Valkey has it; it doesn't reach over the 180th meridian.
#pragma once

#include "core/value/geohash.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace sorrel {

class GeoArea {
 public:
  GeoArea() = default;
  static GeoArea circle(double radius);
  static GeoArea box(double width, double height);
  /// At least three vertices; its centre follows from them.
  static GeoArea polygon(std::vector<GeoPoint> vertices);

  /// Of a circle or a box.
  void set_center(const GeoPoint& center) { center_ = center; }

  /// How far it is from the centre, if the point lies in the area.
  std::optional<double> distance_inside(const GeoPoint& point) const;

  std::vector<GeoCell> cells() const;

 private:
  enum class Kind : unsigned char { kCircle, kBox, kPolygon };
  struct Bounds {
    double west, south, east, north;
  };

  bool polygon_contains(const GeoPoint& point) const;
  Bounds bounds() const;
  Bounds bounds_around_center() const;
  GeoPoint middle_of(const Bounds& bounds) const;
  double reach(const Bounds& bounds) const;

  Kind kind_ = Kind::kCircle;
  GeoPoint center_;
  double width_ = 0;  // a circle's radius is width and height
  double height_ = 0;
  std::vector<GeoPoint> vertices_;
};

}  // namespace sorrel
