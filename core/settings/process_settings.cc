#include "core/settings/process_settings.h"

#include "core/base/number.h"

#include <algorithm>

namespace sorrel::setting_rows {
namespace {

constexpr std::string_view kTitleVariables[] = {"title",    "listen-addr", "server-mode", "port",
                                                "tls-port", "unixsocket",  "config-file"};

}  // namespace

SettingRefusal assign_hz(SettingArguments arguments, bool /*again*/, SettingValues& values) {
  constexpr int64_t kAcceptedMax = std::numeric_limits<int32_t>::max();
  const std::optional<int64_t> hz = parse_integer(arguments.front());
  if (!hz) return "argument couldn't be parsed into an integer";
  if (*hz < 0 || *hz > kAcceptedMax) {
    return "argument must be between 0 and " + std::to_string(kAcceptedMax) + " inclusive";
  }
  values.hz = std::clamp(*hz, kHzMin, kHzMax);
  return std::nullopt;
}

std::string format_hz(const SettingValues& values) {
  return std::to_string(values.hz);
}

SettingRefusal assign_oom_values(SettingArguments arguments, bool /*again*/,
                                 SettingValues& values) {
  if (arguments.size() != values.oom_score_adj_values.size()) return "wrong number of arguments";
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::optional<int64_t> value = parse_integer(arguments[i]);
    if (!value || *value < -kOomScoreAdjMax || *value > kOomScoreAdjMax) {
      return "Invalid oom-score-adj-values, elements must be between -2000 and 2000.";
    }
    values.oom_score_adj_values[i] = *value;
  }
  return std::nullopt;
}

std::string format_oom_values(const SettingValues& values) {
  std::string out;
  for (int64_t value : values.oom_score_adj_values) {
    if (!out.empty()) out += ' ';
    out += std::to_string(value);
  }
  return out;
}

SettingRefusal check_title_template(std::string_view value) {
  constexpr std::string_view kRefusal = "template format is invalid or contains unknown variables";
  if (value.empty()) return std::string(kRefusal);
  for (size_t open = value.find('{'); open != std::string_view::npos;
       open = value.find('{', open + 1)) {
    const size_t close = value.find('}', open);
    if (close == std::string_view::npos) return std::string(kRefusal);
    const std::string_view variable = value.substr(open + 1, close - open - 1);
    if (std::find(std::begin(kTitleVariables), std::end(kTitleVariables), variable) ==
        std::end(kTitleVariables)) {
      return std::string(kRefusal);
    }
  }
  return std::nullopt;
}

SettingRefusal check_shutdown_flags(uint32_t flags) {
  if ((flags & kShutdownSave) && (flags & kShutdownNoSave)) {
    return "shutdown options SAVE and NOSAVE can't be used simultaneously";
  }
  return std::nullopt;
}

}  // namespace sorrel::setting_rows
