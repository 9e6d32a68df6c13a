// Measure: one thing that was measured on both servers, with every round kept.
//
// A ratio is Sorrel's figure divided by Redis's of the same round, so that what the machine does to
// both at that moment cancels out; the median of the rounds stands for the measure, and the lowest
// and highest are its spread. A pause is different: the machine can only make it longer, so the
// lowest of the rounds stands for it (Stands::kLowest). Lower is better unless said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::bench {

enum class Side : uint8_t { kSorrel, kRedis };
inline constexpr Side kSides[] = {Side::kSorrel, Side::kRedis};
inline constexpr Side other(Side side) {
  return side == Side::kSorrel ? Side::kRedis : Side::kSorrel;
}
inline constexpr std::string_view name_of(Side side) {
  return side == Side::kSorrel ? "Sorrel" : "Redis";
}

enum class Unit : uint8_t { kNanoseconds, kBytes, kInstructions, kPerSecond, kFraction, kCount };
std::string_view name_of(Unit unit);
/// For a person: "7.92 µs", "68.4 B", "4,399", "1.20 M/s", "97 %".
std::string format_quantity(double value, Unit unit);
/// "2M", "100k": for the names of measures.
std::string short_count(uint64_t count);

/// A further figure of the same round, for the table and the JSON; it has no target.
struct Detail {
  std::string name;
  Unit unit = Unit::kCount;
  double value = 0;
};

struct Sample {
  double value = 0;
  std::vector<Detail> details;
};

/// What the design promises: of the ratio, or of Sorrel's own figure.
struct Target {
  enum class Of : uint8_t { kNothing, kRatio, kSorrel };
  Of of = Of::kNothing;
  double must = 0;
  double reach = 0;
};
inline constexpr Target kNoTarget{};

enum class Verdict : uint8_t { kNone, kMisses, kMeets, kReaches };
std::string_view name_of(Verdict verdict);

struct Spread {
  double middle = 0;
  double low = 0;
  double high = 0;
};
/// Median, lowest and highest; all 0 for no values.
Spread spread_of(std::vector<double> values);

struct Measure {
  enum class Stands : uint8_t { kMedian, kLowest };

  std::string name;
  Unit unit = Unit::kNanoseconds;
  Target target;
  Stands stands = Stands::kMedian;
  bool higher_is_better = false;
  std::vector<Sample> sorrel;
  std::vector<Sample> redis;  // as many as `sorrel`: round by round

  const std::vector<Sample>& rounds(Side side) const {
    return side == Side::kSorrel ? sorrel : redis;
  }
  std::vector<Sample>& rounds(Side side) { return side == Side::kSorrel ? sorrel : redis; }
  /// The figure that stands for one side.
  double value(Side side) const;
  /// The median of a detail over the rounds of a side.
  double detail(Side side, size_t index) const;
  /// Sorrel / Redis. For Stands::kLowest the middle is the ratio of the two lowest figures.
  Spread ratio() const;
  Verdict verdict() const;
};

struct SectionResult {
  std::string name;          // the word after --sections
  std::string title;         // above its table
  std::string picture = {};  // the one it is drawn in
  std::vector<Measure> measures;
};

}  // namespace sorrel::bench
