#include "core/value/hyperloglog_estimate.h"

#include <cmath>
#include <limits>

namespace sorrel {
namespace {

constexpr double kAlphaInfinity = 0.721347520444481703680;  // 1 / (2 ln 2)

// Both series end where they no longer change what a double holds.
double sigma(double x) {
  if (x == 1.0) return std::numeric_limits<double>::infinity();
  double weight = 1.0;
  double sum = x;
  double before;
  do {
    x *= x;
    before = sum;
    sum += x * weight;
    weight += weight;
  } while (sum != before);
  return sum;
}

double tau(double x) {
  if (x == 0.0 || x == 1.0) return 0.0;
  double weight = 1.0;
  double sum = 1.0 - x;
  double before;
  do {
    x = std::sqrt(x);
    before = sum;
    weight *= 0.5;
    sum -= (1.0 - x) * (1.0 - x) * weight;
  } while (sum != before);
  return sum / 3.0;
}

}  // namespace

uint64_t estimate_cardinality(const RankCounts& counts, uint32_t registers, unsigned rank_max) {
  const double m = registers;
  double z = m * tau((m - counts[rank_max]) / m);
  for (unsigned rank = rank_max - 1; rank >= 1; --rank) {
    z += counts[rank];
    z *= 0.5;
  }
  z += m * sigma(counts[0] / m);
  return static_cast<uint64_t>(std::llround(kAlphaInfinity * m * m / z));
}

}  // namespace sorrel
