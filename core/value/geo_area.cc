#include "core/value/geo_area.h"

#include <algorithm>
#include <cmath>

namespace sorrel {
namespace {

/// Of the earth, as the map has it.
constexpr double kHalfCircumferenceMetres = 20037726.37;

/// How fine a grid may be so that a cell and its neighbours cover a radius.
unsigned steps_for(double radius, double latitude) {
  if (radius == 0) return GeoCell::kStepsMax;
  int steps = 1;
  for (; radius < kHalfCircumferenceMetres; radius *= 2) ++steps;
  steps -= 2;
  // Cells get narrower towards the poles.
  const double from_equator = std::fabs(latitude);
  if (from_equator > 66) --steps;
  if (from_equator > 80) --steps;
  return static_cast<unsigned>(std::clamp(steps, 1, static_cast<int>(GeoCell::kStepsMax)));
}

double radians(double degrees) {
  return degrees * (M_PI / 180.0);
}
double degrees(double radians) {
  return radians / (M_PI / 180.0);
}

/// The middle of the points, as directions from the centre of the earth.
GeoPoint centroid(const std::vector<GeoPoint>& points) {
  double x = 0;
  double y = 0;
  double z = 0;
  for (const GeoPoint& point : points) {
    x += std::cos(radians(point.latitude)) * std::cos(radians(point.longitude));
    y += std::cos(radians(point.latitude)) * std::sin(radians(point.longitude));
    z += std::sin(radians(point.latitude));
  }
  return {degrees(std::atan2(y, x)), degrees(std::atan2(z, std::sqrt(x * x + y * y)))};
}

}  // namespace

GeoArea GeoArea::circle(double radius) {
  GeoArea area;
  area.width_ = area.height_ = radius;
  return area;
}

GeoArea GeoArea::box(double width, double height) {
  GeoArea area;
  area.kind_ = Kind::kBox;
  area.width_ = width;
  area.height_ = height;
  return area;
}

GeoArea GeoArea::polygon(std::vector<GeoPoint> vertices) {
  GeoArea area;
  area.kind_ = Kind::kPolygon;
  area.center_ = centroid(vertices);
  area.vertices_ = std::move(vertices);
  return area;
}

std::optional<double> GeoArea::distance_inside(const GeoPoint& point) const {
  if (kind_ == Kind::kPolygon && !polygon_contains(point)) return std::nullopt;
  if (kind_ == Kind::kBox) {
    if (geo_latitude_distance(point.latitude, center_.latitude) > height_ / 2) return std::nullopt;
    // Along the point's own parallel.
    const GeoPoint below_center{center_.longitude, point.latitude};
    if (geo_distance(point, below_center) > width_ / 2) return std::nullopt;
  }
  const double distance = geo_distance(center_, point);
  if (kind_ == Kind::kCircle && distance > width_) return std::nullopt;
  return distance;
}

/// Whether a ray from the point to the east crosses an odd number of edges (W. R. Franklin's
/// PNPOLY).
bool GeoArea::polygon_contains(const GeoPoint& point) const {
  bool inside = false;
  const GeoPoint* before = &vertices_.back();
  for (const GeoPoint& vertex : vertices_) {
    if ((vertex.latitude > point.latitude) != (before->latitude > point.latitude)) {
      const double crossing = (before->longitude - vertex.longitude) *
                                  (point.latitude - vertex.latitude) /
                                  (before->latitude - vertex.latitude) +
                              vertex.longitude;
      if (point.longitude < crossing) inside = !inside;
    }
    before = &vertex;
  }
  return inside;
}

GeoArea::Bounds GeoArea::bounds() const {
  if (kind_ != Kind::kPolygon) return bounds_around_center();
  const GeoPoint& first = vertices_.front();
  Bounds bounds{first.longitude, first.latitude, first.longitude, first.latitude};
  for (const GeoPoint& vertex : vertices_) {
    bounds.west = std::min(bounds.west, vertex.longitude);
    bounds.east = std::max(bounds.east, vertex.longitude);
    bounds.south = std::min(bounds.south, vertex.latitude);
    bounds.north = std::max(bounds.north, vertex.latitude);
  }
  return bounds;
}

GeoArea::Bounds GeoArea::bounds_around_center() const {
  const double half = kind_ == Kind::kBox ? 2 : 1;
  const double latitude_delta = geo_degrees_of(height_ / half);
  // A degree of longitude is the shorter the nearer to a pole: there the delta is widest. (In the
  // south Redis takes the delta of the lower edge, in the north that of the upper one.)
  const double edge =
      center_.latitude < 0 ? center_.latitude - latitude_delta : center_.latitude + latitude_delta;
  const double longitude_delta = geo_degrees_of(width_ / half / std::cos(radians(edge)));
  return {center_.longitude - longitude_delta, center_.latitude - latitude_delta,
          center_.longitude + longitude_delta, center_.latitude + latitude_delta};
}

/// Where the cells lie around: a polygon's own centre may be far from the middle of a wide one.
GeoPoint GeoArea::middle_of(const Bounds& bounds) const {
  if (kind_ != Kind::kPolygon) return center_;
  return {(bounds.west + bounds.east) / 2, (bounds.south + bounds.north) / 2};
}

/// The radius of a circle around the middle that has all of the area in it.
double GeoArea::reach(const Bounds& bounds) const {
  if (kind_ == Kind::kCircle) return width_;
  if (kind_ == Kind::kBox)
    return std::sqrt((width_ / 2) * (width_ / 2) + (height_ / 2) * (height_ / 2));
  double farthest = 0;
  for (const double longitude : {bounds.west, bounds.east}) {
    for (const double latitude : {bounds.south, bounds.north}) {
      farthest = std::max(farthest, geo_distance(middle_of(bounds), {longitude, latitude}));
    }
  }
  return farthest;
}

std::vector<GeoCell> GeoArea::cells() const {
  const Bounds wanted = bounds();
  const GeoPoint around = middle_of(wanted);
  unsigned steps = steps_for(reach(wanted), around.latitude);
  GeoCell middle(around, steps);
  const auto too_small = [&] {
    return middle.moved(0, 1).north() < wanted.north ||
           middle.moved(0, -1).south() > wanted.south || middle.moved(1, 0).east() < wanted.east ||
           middle.moved(-1, 0).west() > wanted.west;
  };
  // Once is enough for a circle or a box; a polygon may be far wider than it is high.
  for (bool again = true; again && steps > 1 && too_small(); again = kind_ == Kind::kPolygon) {
    middle = GeoCell(around, --steps);
  }

  // Neighbours on a side that the area doesn't reach are left out; on a coarse grid all stay.
  const bool coarse = steps < 2;
  const bool west = coarse || middle.west() >= wanted.west;
  const bool east = coarse || middle.east() <= wanted.east;
  const bool south = coarse || middle.south() >= wanted.south;
  const bool north = coarse || middle.north() <= wanted.north;

  std::vector<GeoCell> cells{middle};
  const auto add = [&](bool reached, int to_east, int to_north) {
    if (!reached) return;
    const GeoCell cell = middle.moved(to_east, to_north);
    // On a coarse grid the way around the world leads to the same cell again.
    if (cells.size() == 1 || !(cells.back() == cell)) cells.push_back(cell);
  };
  add(north, 0, 1);
  add(south, 0, -1);
  add(east, 1, 0);
  add(west, -1, 0);
  add(north && east, 1, 1);
  add(north && west, -1, 1);
  add(south && east, 1, -1);
  add(south && west, -1, -1);
  return cells;
}

}  // namespace sorrel
