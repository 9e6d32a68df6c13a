// Directives of the observation section whose values have a grammar: the percentiles that INFO
// shows and the letters of notify-keyspace-events.
#pragma once

#include "core/settings/setting_spec.h"

namespace sorrel::setting_rows {

SettingRefusal assign_percentiles(SettingArguments arguments, bool again, SettingValues& values);
std::string format_percentiles(const SettingValues& values);
std::vector<std::string> percentile_lines(const SettingValues& values);

SettingRefusal assign_keyspace_events(SettingArguments arguments, bool again,
                                      SettingValues& values);
std::string format_keyspace_events_setting(const SettingValues& values);
std::vector<std::string> keyspace_event_lines(const SettingValues& values);

inline constexpr SpecialSetting kPercentilesSetting = {assign_percentiles, format_percentiles,
                                                       percentile_lines};
inline constexpr SpecialSetting kKeyspaceEventsSetting = {
    assign_keyspace_events, format_keyspace_events_setting, keyspace_event_lines};

}  // namespace sorrel::setting_rows
