// Directives of the process section that need more than bounds: hz, which is clamped rather than
// refused, the three values of oom-score-adj-values, and the checks of titles and shutdown flags.
#pragma once

#include "core/settings/setting_spec.h"

namespace sorrel::setting_rows {

constexpr int64_t kHzMin = 1;
constexpr int64_t kHzMax = 500;
constexpr int64_t kOomScoreAdjMax = 2000;

SettingRefusal assign_hz(SettingArguments arguments, bool again, SettingValues& values);
std::string format_hz(const SettingValues& values);

SettingRefusal assign_oom_values(SettingArguments arguments, bool again, SettingValues& values);
std::string format_oom_values(const SettingValues& values);

SettingRefusal check_title_template(std::string_view value);
SettingRefusal check_shutdown_flags(uint32_t flags);

inline constexpr SpecialSetting kHzSetting = {assign_hz, format_hz};
inline constexpr SpecialSetting kOomValuesSetting = {assign_oom_values, format_oom_values};

}  // namespace sorrel::setting_rows
