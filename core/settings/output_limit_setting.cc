#include "core/settings/output_limit_setting.h"

#include "core/base/bytes.h"
#include "core/base/number.h"
#include "core/settings/setting_rows.h"
#include "core/settings/setting_units.h"

namespace sorrel::setting_rows {
namespace {

constexpr size_t kWordsPerClass = 4;

constexpr std::string_view kDisconnect = "disconnect";
constexpr std::string_view kDropOldest = "drop-oldest";

struct LimitClass {
  /// `slave` is what CONFIG GET and CONFIG REWRITE have always said.
  std::string_view name;
  std::string_view other_name;
  OutputBufferLimit SettingValues::*limit;
};
constexpr LimitClass kClasses[] = {
    {"normal", "normal", &V::output_limit_normal},
    {"slave", "replica", &V::output_limit_replica},
    {"pubsub", "pubsub", &V::output_limit_pubsub},
};

const LimitClass* find_class(std::string_view name) {
  for (const LimitClass& entry : kClasses) {
    if (equals_ignore_case(entry.name, name) || equals_ignore_case(entry.other_name, name)) {
      return &entry;
    }
  }
  return nullptr;
}

std::optional<OutputBufferLimit> parse_limit(SettingArguments words) {
  const std::optional<int64_t> hard = int64_memory_from_text(words[0]);
  const std::optional<int64_t> soft = int64_memory_from_text(words[1]);
  const std::optional<int64_t> seconds = parse_integer(words[2]);
  if (!hard || !soft || !seconds || *seconds < 0) return std::nullopt;
  return OutputBufferLimit{*hard, *soft, *seconds};
}

}  // namespace

SettingRefusal assign_output_limits(SettingArguments arguments, bool /*again*/,
                                    SettingValues& values) {
  const bool none = arguments.empty() || (arguments.size() == 1 && arguments.front().empty());
  if (none) return std::nullopt;
  if (arguments.size() % kWordsPerClass != 0) {
    return "Wrong number of arguments in buffer limit configuration.";
  }
  for (size_t i = 0; i < arguments.size(); i += kWordsPerClass) {
    const LimitClass* entry = find_class(arguments[i]);
    if (!entry) return "Invalid client class specified in buffer limit configuration.";
    const auto limit = parse_limit(arguments.subspan(i + 1, kWordsPerClass - 1));
    if (!limit) {
      return "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
    }
    values.*entry->limit = *limit;
  }
  return std::nullopt;
}

SettingRefusal assign_output_policy(SettingArguments arguments, bool /*again*/,
                                    SettingValues& values) {
  if (arguments.size() != 2) return "Wrong number of arguments in buffer policy configuration.";
  if (!equals_ignore_case(arguments[0], "pubsub")) {
    return "Invalid client class specified in buffer policy configuration.";
  }
  const bool drops = equals_ignore_case(arguments[1], kDropOldest);
  if (!drops && !equals_ignore_case(arguments[1], kDisconnect)) {
    return "Invalid policy specified in buffer policy configuration.";
  }
  values.pubsub_drops_oldest = drops;
  return std::nullopt;
}

std::string format_output_policy(const SettingValues& values) {
  return "pubsub " + std::string(values.pubsub_drops_oldest ? kDropOldest : kDisconnect);
}

std::string format_output_limits(const SettingValues& values) {
  std::string out;
  for (const LimitClass& entry : kClasses) {
    const OutputBufferLimit& limit = values.*entry.limit;
    if (!out.empty()) out += ' ';
    out += std::string(entry.name) + ' ' + std::to_string(limit.hard_bytes) + ' ' +
           std::to_string(limit.soft_bytes) + ' ' + std::to_string(limit.soft_seconds);
  }
  return out;
}

std::vector<std::string> output_limit_lines(const SettingValues& values) {
  std::vector<std::string> lines;
  for (const LimitClass& entry : kClasses) {
    const OutputBufferLimit& limit = values.*entry.limit;
    lines.push_back(std::string(entry.other_name) + ' ' + memory_in_units(limit.hard_bytes) + ' ' +
                    memory_in_units(limit.soft_bytes) + ' ' + std::to_string(limit.soft_seconds));
  }
  return lines;
}

}  // namespace sorrel::setting_rows
