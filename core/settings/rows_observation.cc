#include "core/settings/observation_settings.h"
#include "core/settings/setting_rows.h"

namespace sorrel::setting_rows {
namespace {

constexpr SettingSpec kRows[] = {
    {.name = "slowlog-log-slower-than",
     .kind = IntegerSetting{&V::slowlog_log_slower_than, -1, kMaxInt64},
     .doc = "Microseconds of execution from which a command is put into the slow log (SLOWLOG GET, "
            "COMMANDLOG GET slow). 0 logs every command, -1 none. Waiting for the network isn't "
            "counted.",
     .aliases = {"commandlog-execution-slower-than"}},
    {.name = "slowlog-max-len",
     .kind = IntegerSetting{&V::slowlog_max_len, 0, kMaxInt64},
     .doc = "How many commands the slow log keeps; older ones drop out.",
     .aliases = {"commandlog-slow-execution-max-len"}},
    {.name = "commandlog-request-larger-than",
     .kind = IntegerSetting{&V::commandlog_request_larger_than, -1, kMaxInt64},
     .doc = "Bytes of a request from which the command is put into the log of large requests "
            "(COMMANDLOG GET large-request); -1 logs none."},
    {.name = "commandlog-large-request-max-len",
     .kind = IntegerSetting{&V::commandlog_large_request_max_len, 0, kMaxInt64},
     .doc = "How many commands the log of large requests keeps."},
    {.name = "commandlog-reply-larger-than",
     .kind = IntegerSetting{&V::commandlog_reply_larger_than, -1, kMaxInt64},
     .doc = "Bytes of a reply from which the command is put into the log of large replies "
            "(COMMANDLOG GET large-reply); -1 logs none."},
    {.name = "commandlog-large-reply-max-len",
     .kind = IntegerSetting{&V::commandlog_large_reply_max_len, 0, kMaxInt64},
     .doc = "How many commands the log of large replies keeps."},
    {.name = "latency-monitor-threshold",
     .kind = IntegerSetting{&V::latency_monitor_threshold, 0, kMaxInt64},
     .doc = "Milliseconds from which an event that held up the server is recorded for the LATENCY "
            "command; 0 records nothing."},
    {.name = "latency-tracking",
     .kind = YesNoSetting{&V::latency_tracking},
     .doc = "Keep a histogram of execution times for every command, for INFO latencystats and "
            "LATENCY HISTOGRAM."},
    {.name = "latency-tracking-info-percentiles",
     .kind = kPercentilesSetting,
     .doc = "Which percentiles of the histograms INFO latencystats shows; empty for none.",
     .flags = kManyArguments},
    {.name = "notify-keyspace-events",
     .kind = kKeyspaceEventsSetting,
     .doc =
         "Publish what happens to keys. Choose K (channel named after the key) or E (channel "
         "named after the event) or both, and the events: g generic, $ string, l list, s set, "
         "h hash, z sorted set, t stream, x expired, e evicted, d module, A all of these, n new "
         "key, m key that wasn't found, o key that was overwritten, c key that got another type. "
         "Empty publishes nothing and costs nothing."},
};

}  // namespace

constinit const SettingSection kObservation = {
    "Observation", "Slow log, latency, and notifications about keys.", kRows};

}  // namespace sorrel::setting_rows
