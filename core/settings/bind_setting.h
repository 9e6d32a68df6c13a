// The `bind` directive: a list of addresses. Whether an address exists is found out when it is
// bound, not here.
#pragma once

#include "core/settings/setting_spec.h"

namespace sorrel::setting_rows {

constexpr size_t kBindAddressesMax = 16;

SettingRefusal assign_bind(SettingArguments arguments, bool again, SettingValues& values);
std::string format_bind(const SettingValues& values);
std::vector<std::string> bind_lines(const SettingValues& values);

inline constexpr SpecialSetting kBindSetting = {assign_bind, format_bind, bind_lines};

}  // namespace sorrel::setting_rows
