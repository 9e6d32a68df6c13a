#include "core/settings/observation_settings.h"

#include "core/base/number.h"
#include "core/base/quoted_words.h"
#include "core/settings/keyspace_events.h"

#include <charconv>

namespace sorrel::setting_rows {
namespace {

constexpr int kPercentileDigits = 6;

/// Up to six digits after the point, without trailing zeros.
std::string format_double(double value) {
  char digits[64];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value,
                                          std::chars_format::fixed, kPercentileDigits);
  std::string out(digits, error == std::errc() ? end : digits);
  out.erase(out.find_last_not_of('0') + 1);
  if (out.ends_with('.')) out.pop_back();
  return out;
}

}  // namespace

SettingRefusal assign_percentiles(SettingArguments arguments, bool /*again*/,
                                  SettingValues& values) {
  std::vector<double> percentiles;
  const bool none = arguments.size() == 1 && arguments.front().empty();
  for (const std::string& argument : none ? SettingArguments() : arguments) {
    const std::optional<double> value = parse_real(argument);
    if (!value) return "Invalid latency-tracking-info-percentiles parameters";
    if (*value < 0 || *value > 100) {
      return "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]";
    }
    percentiles.push_back(*value);
  }
  values.latency_tracking_info_percentiles = std::move(percentiles);
  return std::nullopt;
}

std::string format_percentiles(const SettingValues& values) {
  std::string out;
  for (double percentile : values.latency_tracking_info_percentiles) {
    if (!out.empty()) out += ' ';
    out += format_double(percentile);
  }
  return out;
}

std::vector<std::string> percentile_lines(const SettingValues& values) {
  const std::string line = format_percentiles(values);
  return {line.empty() ? "\"\"" : line};
}

SettingRefusal assign_keyspace_events(SettingArguments arguments, bool /*again*/,
                                      SettingValues& values) {
  const std::optional<uint32_t> events = parse_keyspace_events(arguments.front());
  if (!events) return "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
  values.notify_keyspace_events = *events;
  return std::nullopt;
}

std::string format_keyspace_events_setting(const SettingValues& values) {
  return format_keyspace_events(values.notify_keyspace_events);
}

std::vector<std::string> keyspace_event_lines(const SettingValues& values) {
  return {quote_word(format_keyspace_events(values.notify_keyspace_events))};
}

}  // namespace sorrel::setting_rows
