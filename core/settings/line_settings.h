// Directives that stand in a file once for every item and are unknown to CONFIG: `user`,
// `rename-command` and `loadmodule`. Each line is kept as its words; whoever owns users, commands
// and modules gives them their meaning at start.
#pragma once

#include "core/settings/setting_spec.h"

namespace sorrel::setting_rows {

using SettingLines = std::vector<SettingValues::Words> SettingValues::*;

SettingRefusal append_line(SettingLines member, size_t words_min, size_t words_max,
                           SettingArguments arguments, SettingValues& values);
std::string format_lines(SettingLines member, const SettingValues& values);

/// `include` is a matter of whoever reads files; it is in the table for its documentation.
SettingRefusal refuse_include(SettingArguments arguments, bool again, SettingValues& values);
std::string format_nothing(const SettingValues& values);
inline constexpr SpecialSetting kIncludeSetting = {refuse_include, format_nothing};

/// A directive whose lines have between `WordsMin` and `WordsMax` words after the name.
template <SettingLines Member, size_t WordsMin, size_t WordsMax>
constexpr SpecialSetting lines_of() {
  return SpecialSetting{[](SettingArguments arguments, bool /*again*/, SettingValues& values) {
                          return append_line(Member, WordsMin, WordsMax, arguments, values);
                        },
                        [](const SettingValues& values) { return format_lines(Member, values); }};
}

}  // namespace sorrel::setting_rows
