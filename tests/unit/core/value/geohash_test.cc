#include "core/value/geohash.h"

#include "core/base/random.h"
#include "core/value/geo_area.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>

using namespace sorrel;

namespace {

GeoPoint random_point(Random& random) {
  return {random.unit() * 360 - 180, (random.unit() * 2 - 1) * GeoPoint::kLatitudeMax};
}

std::string text_of(const GeoPoint& point) {
  const auto text = geohash_text(point);
  return {text.data(), text.size()};
}

}  // namespace

TEST_CASE("a position's score is Redis's", "[geo]") {
  CHECK(geo_score({13.361389, 38.115556}) == 3479099956230698);
  CHECK(geo_score({15.087269, 37.502669}) == 3479447370796909);
  CHECK(text_of(geo_point(3479099956230698)) == "sqc8b49rny0");
  CHECK(geo_distance(geo_point(3479099956230698), geo_point(3479447370796909)) ==
        Approx(166274.1516).margin(0.0001));
}

TEST_CASE("a score leads back to its cell", "[geo]") {
  Random random(3);
  for (int i = 0; i < 10'000; ++i) {
    const GeoPoint point = random_point(random);
    const double score = geo_score(point);
    const GeoPoint middle = geo_point(score);
    REQUIRE(geo_score(middle) == score);
    REQUIRE(geo_distance(point, middle) < 1);
  }
}

TEST_CASE("any score at all is a position within the limits", "[geo]") {
  for (const double score :
       {-1.0, -1e300, 1e300, 1.5, -0.0, 0x1p64, 0x1p63, double(INFINITY), -double(INFINITY)}) {
    CHECK(geo_point(score).valid());
  }
}

TEST_CASE("the cells of an area have all of its points, and no cell twice", "[geo]") {
  Random random(5);
  for (int i = 0; i < 3'000; ++i) {
    const GeoPoint center = random_point(random);
    const double size = std::pow(10, random.unit() * 6 + 1);
    GeoArea area =
        random.below(2) == 0 ? GeoArea::circle(size) : GeoArea::box(size, size * random.unit() * 2);
    area.set_center(center);
    // Redis's covering is meant for the inhabited latitudes, and doesn't go over the meridian's
    // edge in one piece.
    if (std::fabs(center.latitude) > 60 || size > 500'000) continue;
    const auto cells = area.cells();
    for (size_t a = 0; a < cells.size(); ++a) {
      for (size_t b = a + 1; b < cells.size(); ++b) REQUIRE_FALSE(cells[a] == cells[b]);
    }
    for (int j = 0; j < 20; ++j) {
      const double reach = geo_degrees_of(size) * 2;
      GeoPoint point{center.longitude + (random.unit() * 2 - 1) * reach,
                     center.latitude + (random.unit() * 2 - 1) * reach};
      if (!point.valid() || !area.distance_inside(point)) continue;
      const double score = geo_score(point);
      bool covered = false;
      for (const GeoCell& cell : cells) {
        covered = covered || (score >= cell.score_min() && score < cell.score_max());
      }
      REQUIRE(covered);
    }
  }
}

TEST_CASE("a polygon contains what lies within its edges", "[geo]") {
  // A U: the notch isn't in it.
  const GeoArea area =
      GeoArea::polygon({{0, 0}, {3, 0}, {3, 3}, {2, 3}, {2, 1}, {1, 1}, {1, 3}, {0, 3}});
  CHECK(area.distance_inside({0.5, 2}));
  CHECK(area.distance_inside({2.5, 2}));
  CHECK(area.distance_inside({1.5, 0.5}));
  CHECK_FALSE(area.distance_inside({1.5, 2}));
  CHECK_FALSE(area.distance_inside({4, 1}));
  CHECK_FALSE(area.distance_inside({-1, 1}));
}
