#include "tools/bench/measure.h"

#include <catch2/catch.hpp>

using namespace sorrel::bench;

namespace {

Measure measure_of(std::vector<double> sorrel, std::vector<double> redis) {
  Measure measure;
  for (const double value : sorrel) measure.sorrel.push_back({value, {}});
  for (const double value : redis) measure.redis.push_back({value, {}});
  return measure;
}

}  // namespace

TEST_CASE("measure: the ratio is taken round by round, so a slow moment of both cancels out") {
  const Measure measure = measure_of({50, 500, 60}, {100, 1000, 100});
  const Spread ratio = measure.ratio();
  CHECK(ratio.middle == Approx(0.5));
  CHECK(ratio.low == Approx(0.5));
  CHECK(ratio.high == Approx(0.6));
}

TEST_CASE("measure: of a pause the lowest round stands for each side") {
  Measure measure = measure_of({9, 2, 7}, {40, 80, 50});
  measure.stands = Measure::Stands::kLowest;
  CHECK(measure.value(Side::kSorrel) == 2);
  CHECK(measure.value(Side::kRedis) == 40);
  CHECK(measure.ratio().middle == Approx(0.05));
}

TEST_CASE("measure: verdicts hold the bound itself and nothing above it") {
  Measure measure = measure_of({42}, {100});
  CHECK(measure.verdict() == Verdict::kNone);
  measure.target = {Target::Of::kRatio, 0.42, 0.33};
  CHECK(measure.verdict() == Verdict::kMeets);
  measure.target.must = 0.4199;
  CHECK(measure.verdict() == Verdict::kMisses);
  measure.target = {Target::Of::kSorrel, 50, 42};
  CHECK(measure.verdict() == Verdict::kReaches);
}

TEST_CASE("measure: where higher is better the bound is a floor") {
  Measure measure = measure_of({130}, {100});
  measure.higher_is_better = true;
  measure.target = {Target::Of::kRatio, 1.2, 1.35};
  CHECK(measure.verdict() == Verdict::kMeets);
  measure.target.must = 1.31;
  CHECK(measure.verdict() == Verdict::kMisses);
}

TEST_CASE("measure: the middle of an even number of rounds lies between the two") {
  CHECK(spread_of({4, 1, 3, 2}).middle == Approx(2.5));
  CHECK(spread_of({}).middle == 0);
}

TEST_CASE("measure: quantities for people") {
  CHECK(format_quantity(949.6, Unit::kNanoseconds) == "950 ns");
  CHECK(format_quantity(7920, Unit::kNanoseconds) == "7.92 µs");
  CHECK(format_quantity(12.34e6, Unit::kNanoseconds) == "12.3 ms");
  CHECK(format_quantity(68.42, Unit::kBytes) == "68.4 B");
  CHECK(format_quantity(4399, Unit::kInstructions) == "4,399");
  CHECK(format_quantity(1234567, Unit::kCount) == "1,234,567");
  CHECK(format_quantity(2.1e6, Unit::kPerSecond) == "2.10 M/s");
  CHECK(format_quantity(0.97, Unit::kFraction) == "97 %");
}
