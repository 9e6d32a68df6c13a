#include "core/settings/setting_rows.h"

namespace sorrel::setting_rows {
namespace {

constexpr EnumSetting::Name kLevels[] = {
    word("debug", LogLevel::kDebug),     word("verbose", LogLevel::kVerbose),
    word("notice", LogLevel::kNotice),   word("warning", LogLevel::kWarning),
    word("nothing", LogLevel::kNothing),
};
constexpr EnumSetting::Name kFormats[] = {
    word("legacy", LogFormat::kLegacy),
    word("logfmt", LogFormat::kLogfmt),
};
constexpr EnumSetting::Name kTimestamps[] = {
    word("legacy", LogTimestampFormat::kLegacy),
    word("iso8601", LogTimestampFormat::kIso8601),
    word("milliseconds", LogTimestampFormat::kMilliseconds),
};
constexpr EnumSetting::Name kFacilities[] = {
    word("user", SyslogFacility::kUser),     word("local0", SyslogFacility::kLocal0),
    word("local1", SyslogFacility::kLocal1), word("local2", SyslogFacility::kLocal2),
    word("local3", SyslogFacility::kLocal3), word("local4", SyslogFacility::kLocal4),
    word("local5", SyslogFacility::kLocal5), word("local6", SyslogFacility::kLocal6),
    word("local7", SyslogFacility::kLocal7),
};

constexpr SettingSpec kRows[] = {
    {.name = "loglevel",
     .kind = one_of<&V::loglevel>(kLevels),
     .doc = "How much is logged: debug, verbose, notice, warning or nothing."},
    {.name = "logfile",
     .kind = StringSetting{&V::logfile, true},
     .doc = "File that the log is appended to. Empty logs to standard output, or nowhere when "
            "daemonized.",
     .flags = kImmutable},
    {.name = "log-format",
     .kind = one_of<&V::log_format>(kFormats),
     .doc = "Shape of a line: legacy, as Redis has it, or logfmt, key=value pairs."},
    {.name = "log-timestamp-format",
     .kind = one_of<&V::log_timestamp_format>(kTimestamps),
     .doc = "Shape of a line's time: legacy, iso8601, or milliseconds since 1970."},
    {.name = "hide-user-data-from-log",
     .kind = YesNoSetting{&V::hide_user_data_from_log},
     .doc = "Keep keys and values out of the log."},
    {.name = "syslog-enabled",
     .kind = YesNoSetting{&V::syslog_enabled},
     .doc = "Send the log to the system's logger too.",
     .flags = kImmutable},
    {.name = "syslog-ident",
     .kind = StringSetting{&V::syslog_ident, true},
     .doc = "Name under which the system's logger shows this server.",
     .flags = kImmutable},
    {.name = "syslog-facility",
     .kind = one_of<&V::syslog_facility>(kFacilities),
     .doc = "Facility of those messages: user, or local0 to local7.",
     .flags = kImmutable},
};

}  // namespace

constinit const SettingSection kLogging = {"Log", "What the server tells its operator.", kRows};

}  // namespace sorrel::setting_rows
