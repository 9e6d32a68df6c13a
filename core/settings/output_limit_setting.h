// The `client-output-buffer-limit` directive: class, hard limit, soft limit, soft seconds, any
// number of times. Classes that aren't named keep their limits.
#pragma once

#include "core/settings/setting_spec.h"

namespace sorrel::setting_rows {

SettingRefusal assign_output_limits(SettingArguments arguments, bool again, SettingValues& values);
std::string format_output_limits(const SettingValues& values);
std::vector<std::string> output_limit_lines(const SettingValues& values);

// `client-output-buffer-policy`: class and policy, for the only class that has a choice.
SettingRefusal assign_output_policy(SettingArguments arguments, bool again, SettingValues& values);
std::string format_output_policy(const SettingValues& values);

inline constexpr SpecialSetting kOutputPolicySetting = {assign_output_policy, format_output_policy};
inline constexpr SpecialSetting kOutputLimitSetting = {assign_output_limits, format_output_limits,
                                                       output_limit_lines};

}  // namespace sorrel::setting_rows
