// Geohash: a position on earth as an integer whose leading bits name ever smaller cells, and as the
// score of a sorted set's member.
//
//   bit 51    50    49    48   …    1     0
//     | lon 25 | lat 25 | lon 24 | lat 24 | … | lon 0 | lat 0 |
//
// Longitude and latitude are each scaled to 26 bits and interleaved; latitude ends where the square
// map of web mercator does, at 85.05112878 degrees. The integers are exactly those of Redis, and so
// are distances and what is read back: the middle of the cell. The formulas are those of
// https://redis.io/docs/latest/commands/geoadd/ and geohash.org.
//
// Positions exactly on the upper limits have one bit more than 26, as in Redis.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sorrel {

struct GeoPoint {
  double longitude = 0;
  double latitude = 0;

  static constexpr double kLongitudeMax = 180;
  static constexpr double kLatitudeMax = 85.05112878;

  bool valid() const {
    return longitude >= -kLongitudeMax && longitude <= kLongitudeMax && latitude >= -kLatitudeMax &&
           latitude <= kLatitudeMax;
  }
};

/// On a sphere, in metres (haversine).
double geo_distance(const GeoPoint& a, const GeoPoint& b);
/// Between two parallels, in metres.
double geo_latitude_distance(double a, double b);
/// An arc on the sphere, as degrees.
double geo_degrees_of(double metres);

/// A cell of the grid that has 2^steps columns and rows.
class GeoCell {
 public:
  static constexpr unsigned kStepsMax = 26;

  GeoCell(const GeoPoint& point, unsigned steps);
  /// The smallest cell with this score; any score at all.
  static GeoCell of_score(double score);

  unsigned steps() const { return steps_; }
  /// Scores of the positions in it: from score_min() to before score_max().
  double score_min() const { return aligned(bits_); }
  double score_max() const { return aligned(bits_ + 1); }
  bool operator==(const GeoCell&) const = default;

  /// So many columns to the east and rows to the north; around the world.
  GeoCell moved(int east, int north) const;

  double west() const;
  double east() const;
  double south() const;
  double north() const;
  /// Never outside the limits.
  GeoPoint middle() const;

 private:
  GeoCell(uint64_t bits, unsigned steps) : bits_(bits), steps_(steps) {}
  double aligned(uint64_t bits) const {
    return static_cast<double>(bits << (2 * (kStepsMax - steps_)));
  }

  uint64_t bits_;
  unsigned steps_;
};

/// The score of a valid position.
inline double geo_score(const GeoPoint& point) {
  return GeoCell(point, GeoCell::kStepsMax).score_min();
}
/// The position that a score stands for.
inline GeoPoint geo_point(double score) {
  return GeoCell::of_score(score).middle();
}

/// The 11 characters by which geohash.org knows the position: latitude to 90 degrees, and base 32.
/// The last one is always '0': 52 bits are 10.4 characters.
constexpr size_t kGeohashChars = 11;
std::array<char, kGeohashChars> geohash_text(const GeoPoint& point);

}  // namespace sorrel
