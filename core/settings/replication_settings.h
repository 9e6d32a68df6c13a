// Directives of the replication and cluster sections with a grammar of their own: `replicaof`, and
// the names that a cluster node announces.
#pragma once

#include "core/settings/setting_spec.h"

namespace sorrel::setting_rows {

constexpr size_t kHostnameLengthMax = 255;
constexpr size_t kNodenameLengthMax = 255;

SettingRefusal assign_replicaof(SettingArguments arguments, bool again, SettingValues& values);
std::string format_replicaof(const SettingValues& values);
std::vector<std::string> replicaof_lines(const SettingValues& values);

SettingRefusal check_announced_hostname(std::string_view value);
SettingRefusal check_announced_nodename(std::string_view value);
SettingRefusal check_cluster_config_file(std::string_view value);

inline constexpr SpecialSetting kReplicaofSetting = {assign_replicaof, format_replicaof,
                                                     replicaof_lines};

}  // namespace sorrel::setting_rows
