#include "core/settings/replication_settings.h"

#include "core/base/bytes.h"
#include "core/base/number.h"
#include "core/base/quoted_words.h"
#include "core/settings/setting_rows.h"

namespace sorrel::setting_rows {
namespace {

bool is_alphanumeric(char c) {
  const char lower = to_lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9');
}

}  // namespace

SettingRefusal assign_replicaof(SettingArguments arguments, bool /*again*/, SettingValues& values) {
  if (arguments.size() != 2) return "wrong number of arguments";
  if (equals_ignore_case(arguments[0], "no") && equals_ignore_case(arguments[1], "one")) {
    values.replicaof_host.clear();
    values.replicaof_port = 0;
    return std::nullopt;
  }
  const std::optional<int64_t> port = parse_integer(arguments[1]);
  if (!port || *port < 0 || *port > kPortMax) return "Invalid master port";
  values.replicaof_host = arguments[0];
  values.replicaof_port = *port;
  return std::nullopt;
}

std::string format_replicaof(const SettingValues& values) {
  if (values.replicaof_host.empty()) return "";
  return values.replicaof_host + ' ' + std::to_string(values.replicaof_port);
}

std::vector<std::string> replicaof_lines(const SettingValues& values) {
  if (values.replicaof_host.empty()) return {};
  const std::string words[] = {values.replicaof_host, std::to_string(values.replicaof_port)};
  return {join_quoted_words(words)};
}

SettingRefusal check_announced_hostname(std::string_view value) {
  if (value.size() > kHostnameLengthMax) {
    return "Hostnames must be less than 256 characters";
  }
  for (char c : value) {
    if (!is_alphanumeric(c) && c != '-' && c != '.') {
      return "Hostnames may only contain alphanumeric characters, hyphens or dots";
    }
  }
  return std::nullopt;
}

SettingRefusal check_announced_nodename(std::string_view value) {
  if (value.size() > kNodenameLengthMax) {
    return "The human nodename is too long";
  }
  for (char c : value) {
    if (!is_alphanumeric(c) && c != '-' && c != '.' && c != '_') {
      return "Announced human node name contained invalid character";
    }
  }
  return std::nullopt;
}

SettingRefusal check_cluster_config_file(std::string_view value) {
  if (value.empty()) return "cluster-config-file can't be empty";
  return std::nullopt;
}

}  // namespace sorrel::setting_rows
