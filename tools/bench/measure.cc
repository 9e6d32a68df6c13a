#include "tools/bench/measure.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace sorrel::bench {
namespace {

std::string printed(const char* format, double value) {
  char text[64];
  const int length = snprintf(text, sizeof text, format, value);
  return std::string(text, std::clamp<size_t>(length, 0, sizeof text - 1));
}

/// Three significant digits, never an exponent.
std::string three_digits(double value) {
  const double size = std::fabs(value);
  return printed(size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f", value);
}

std::string with_thousands(double value) {
  std::string digits = printed("%.0f", value);
  const size_t first = digits[0] == '-' ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string format_nanoseconds(double value) {
  const double size = std::fabs(value);
  if (size < 1e3) return three_digits(value) + " ns";
  if (size < 1e6) return three_digits(value / 1e3) + " µs";
  if (size < 1e9) return three_digits(value / 1e6) + " ms";
  return three_digits(value / 1e9) + " s";
}

std::string format_rate(double value) {
  if (value >= 1e6) return three_digits(value / 1e6) + " M/s";
  if (value >= 1e3) return three_digits(value / 1e3) + " k/s";
  return three_digits(value) + " /s";
}

std::vector<double> values_of(const std::vector<Sample>& samples) {
  std::vector<double> values;
  values.reserve(samples.size());
  for (const Sample& sample : samples) values.push_back(sample.value);
  return values;
}

double quotient(double sorrel, double redis) {
  return redis == 0 ? 0 : sorrel / redis;
}

}  // namespace

std::string_view name_of(Unit unit) {
  switch (unit) {
    case Unit::kNanoseconds:
      return "nanoseconds";
    case Unit::kBytes:
      return "bytes";
    case Unit::kInstructions:
      return "instructions";
    case Unit::kPerSecond:
      return "per second";
    case Unit::kFraction:
      return "fraction";
    case Unit::kCount:
      return "count";
  }
  return "";
}

std::string format_quantity(double value, Unit unit) {
  switch (unit) {
    case Unit::kNanoseconds:
      return format_nanoseconds(value);
    case Unit::kBytes:
      return three_digits(value) + " B";
    case Unit::kInstructions:
    case Unit::kCount:
      return with_thousands(value);
    case Unit::kPerSecond:
      return format_rate(value);
    case Unit::kFraction:
      return printed("%.0f %%", value * 100);
  }
  return "";
}

std::string short_count(uint64_t count) {
  if (count >= 1'000'000) return std::to_string(count / 1'000'000) + "M";
  if (count >= 1000) return std::to_string(count / 1000) + "k";
  return std::to_string(count);
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNone:
      return "";
    case Verdict::kMisses:
      return "misses";
    case Verdict::kMeets:
      return "meets";
    case Verdict::kReaches:
      return "reaches";
  }
  return "";
}

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  const double middle =
      values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {middle, values.front(), values.back()};
}

double Measure::value(Side side) const {
  const Spread spread = spread_of(values_of(rounds(side)));
  return stands == Stands::kLowest ? spread.low : spread.middle;
}

double Measure::detail(Side side, size_t index) const {
  std::vector<double> values;
  for (const Sample& sample : rounds(side)) {
    if (index < sample.details.size()) values.push_back(sample.details[index].value);
  }
  return spread_of(std::move(values)).middle;
}

Spread Measure::ratio() const {
  std::vector<double> ratios;
  for (size_t i = 0; i < std::min(sorrel.size(), redis.size()); i++) {
    ratios.push_back(quotient(sorrel[i].value, redis[i].value));
  }
  Spread spread = spread_of(std::move(ratios));
  if (stands == Stands::kLowest) {
    spread.middle = quotient(value(Side::kSorrel), value(Side::kRedis));
    spread.low = std::min(spread.low, spread.middle);
    spread.high = std::max(spread.high, spread.middle);
  }
  return spread;
}

Verdict Measure::verdict() const {
  if (target.of == Target::Of::kNothing || sorrel.empty()) return Verdict::kNone;
  const double figure = target.of == Target::Of::kRatio ? ratio().middle : value(Side::kSorrel);
  const auto holds = [&](double bound) {
    return higher_is_better ? figure >= bound : figure <= bound;
  };
  if (!holds(target.must)) return Verdict::kMisses;
  return holds(target.reach) ? Verdict::kReaches : Verdict::kMeets;
}

}  // namespace sorrel::bench
