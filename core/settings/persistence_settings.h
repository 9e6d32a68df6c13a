// Directives of the snapshot and append-only sections that need more than bounds: `save`, and the
// names that must be names and not paths.
#pragma once

#include "core/settings/setting_spec.h"

namespace sorrel::setting_rows {

/// The first line replaces the default, further lines of the same start add to it.
SettingRefusal assign_save(SettingArguments arguments, bool again, SettingValues& values);
std::string format_save(const SettingValues& values);
std::vector<std::string> save_lines(const SettingValues& values);

SettingRefusal check_dbfilename(std::string_view value);
SettingRefusal check_appendfilename(std::string_view value);
SettingRefusal check_appenddirname(std::string_view value);
SettingRefusal check_backupdirname(std::string_view value);
SettingRefusal check_preload_file(std::string_view value);

inline constexpr SpecialSetting kSaveSetting = {assign_save, format_save, save_lines};

}  // namespace sorrel::setting_rows
