#include "core/value/geohash.h"

#include <algorithm>
#include <cmath>

namespace sorrel {
namespace {

constexpr double kEarthRadiusMetres = 6372797.560856;
constexpr double kRadiansPerDegree = M_PI / 180.0;

double radians(double degrees) {
  return degrees * kRadiansPerDegree;
}

/// The bits of `value` at the even places.
uint64_t spread(uint32_t value) {
  uint64_t bits = value;
  bits = (bits | bits << 16) & 0x0000ffff0000ffff;
  bits = (bits | bits << 8) & 0x00ff00ff00ff00ff;
  bits = (bits | bits << 4) & 0x0f0f0f0f0f0f0f0f;
  bits = (bits | bits << 2) & 0x3333333333333333;
  return (bits | bits << 1) & 0x5555555555555555;
}

/// The bits at the even places.
uint32_t gather(uint64_t bits) {
  bits &= 0x5555555555555555;
  bits = (bits | bits >> 1) & 0x3333333333333333;
  bits = (bits | bits >> 2) & 0x0f0f0f0f0f0f0f0f;
  bits = (bits | bits >> 4) & 0x00ff00ff00ff00ff;
  bits = (bits | bits >> 8) & 0x0000ffff0000ffff;
  return static_cast<uint32_t>(bits | bits >> 16);
}

uint32_t row_of(uint64_t bits) {
  return gather(bits);
}
uint32_t column_of(uint64_t bits) {
  return gather(bits >> 1);
}
uint64_t interleaved(uint32_t column, uint32_t row) {
  return spread(row) | spread(column) << 1;
}

uint64_t encode(const GeoPoint& point, double latitude_max, unsigned steps) {
  const auto cells = static_cast<double>(uint64_t{1} << steps);
  const double column = (point.longitude + GeoPoint::kLongitudeMax) / (2 * GeoPoint::kLongitudeMax);
  const double row = (point.latitude + latitude_max) / (latitude_max + latitude_max);
  return interleaved(static_cast<uint32_t>(column * cells), static_cast<uint32_t>(row * cells));
}

/// Where column or row `index` begins, between -max and max.
double edge(uint64_t index, unsigned steps, double max) {
  return -max +
         static_cast<double>(index) / static_cast<double>(uint64_t{1} << steps) * (max + max);
}

}  // namespace

double geo_latitude_distance(double a, double b) {
  return kEarthRadiusMetres * std::fabs(radians(b) - radians(a));
}

double geo_distance(const GeoPoint& a, const GeoPoint& b) {
  const double v = std::sin((radians(b.longitude) - radians(a.longitude)) / 2);
  if (v == 0) return geo_latitude_distance(a.latitude, b.latitude);
  const double from = radians(a.latitude);
  const double to = radians(b.latitude);
  const double u = std::sin((to - from) / 2);
  const double h = u * u + std::cos(from) * std::cos(to) * v * v;
  return 2.0 * kEarthRadiusMetres * std::asin(std::sqrt(h));
}

double geo_degrees_of(double metres) {
  return metres / kEarthRadiusMetres / kRadiansPerDegree;
}

GeoCell::GeoCell(const GeoPoint& point, unsigned steps)
    : bits_(encode(point, GeoPoint::kLatitudeMax, steps)), steps_(steps) {}

GeoCell GeoCell::of_score(double score) {
  // Any sorted set may be asked for positions. What no position has is cut to 64 bits.
  if (score >= 0 && score < 0x1p64) return {static_cast<uint64_t>(score), kStepsMax};
  if (score < 0 && score > -0x1p63) {
    return {static_cast<uint64_t>(static_cast<int64_t>(score)), kStepsMax};
  }
  return {uint64_t{1} << 63, kStepsMax};
}

GeoCell GeoCell::moved(int east, int north) const {
  const uint32_t mask = (uint32_t{1} << steps_) - 1;
  const uint32_t column = (column_of(bits_) + static_cast<uint32_t>(east)) & mask;
  const uint32_t row = (row_of(bits_) + static_cast<uint32_t>(north)) & mask;
  return {interleaved(column, row), steps_};
}

double GeoCell::west() const {
  return edge(column_of(bits_), steps_, GeoPoint::kLongitudeMax);
}
double GeoCell::east() const {
  return edge(uint64_t{column_of(bits_)} + 1, steps_, GeoPoint::kLongitudeMax);
}
double GeoCell::south() const {
  return edge(row_of(bits_), steps_, GeoPoint::kLatitudeMax);
}
double GeoCell::north() const {
  return edge(uint64_t{row_of(bits_)} + 1, steps_, GeoPoint::kLatitudeMax);
}

GeoPoint GeoCell::middle() const {
  constexpr double kLongitude = GeoPoint::kLongitudeMax;
  constexpr double kLatitude = GeoPoint::kLatitudeMax;
  return {std::clamp((west() + east()) / 2, -kLongitude, kLongitude),
          std::clamp((south() + north()) / 2, -kLatitude, kLatitude)};
}

std::array<char, kGeohashChars> geohash_text(const GeoPoint& point) {
  static constexpr char kAlphabet[] = "0123456789bcdefghjkmnpqrstuvwxyz";
  constexpr unsigned kBits = 2 * GeoCell::kStepsMax;
  const uint64_t bits = encode(point, 90, GeoCell::kStepsMax);
  std::array<char, kGeohashChars> text;
  for (unsigned i = 0; i + 1 < kGeohashChars; ++i) {
    text[i] = kAlphabet[bits >> (kBits - 5 * (i + 1)) & 31];
  }
  text.back() = '0';
  return text;
}

}  // namespace sorrel
