#include "core/settings/output_limit_setting.h"
#include "core/settings/setting_rows.h"

namespace sorrel::setting_rows {
namespace {

constexpr int64_t kOneMegabyte = 1024 * 1024;

constexpr SettingSpec kRows[] = {
    {.name = "maxclients",
     .kind = IntegerSetting{&V::maxclients, 1, kMaxUint32},
     .doc = "Connections served at the same time; one more gets an error and is closed. The limit "
            "of open files is raised to fit at start, or this number is lowered to fit that "
            "limit."},
    {.name = "maxmemory-clients",
     .kind = MemoryShareSetting{&V::maxmemory_clients},
     .doc = "Memory that all clients together may take for queries, replies and bookkeeping, in "
            "bytes or as a percentage of maxmemory. Above it the hungriest clients are closed "
            "first. 0 sets no limit. CLIENT NO-EVICT exempts a connection."},
    {.name = "client-output-buffer-limit",
     .kind = kOutputLimitSetting,
     .doc = "Three numbers for a class of clients (normal, replica, pubsub): a client is closed "
            "when its unread replies exceed the first, or have exceeded the second for as many "
            "seconds as the third says. 0 switches a limit off. Several classes may be given in "
            "one line or in several.",
     .flags = kManyArguments},
    {.name = "client-output-buffer-policy",
     .kind = kOutputPolicySetting,
     .doc = "What happens to a client over its limit: a class and a policy. With drop-oldest a "
            "client of class pubsub isn't closed but loses the oldest messages that it hasn't "
            "read; CLIENT LIST and INFO count them. What isn't a message (replies, invalidations) "
            "is never dropped: who exceeds the limit with that alone is closed.",
     .flags = kManyArguments},
    {.name = "client-query-buffer-limit",
     .kind = MemorySetting{&V::client_query_buffer_limit, kOneMegabyte},
     .doc = "A client whose unfinished command takes more than this is closed."},
    {.name = "proto-max-bulk-len",
     .kind = MemorySetting{&V::proto_max_bulk_len, kOneMegabyte},
     .doc = "Longest single argument of a command, and so the longest string value."},
    {.name = "tracking-table-max-keys",
     .kind = IntegerSetting{&V::tracking_table_max_keys, 0, kMaxInt64},
     .doc = "How many keys are remembered for client-side caching. Beyond it keys drawn at random "
            "are forgotten, which costs clients an early invalidation. 0 sets no limit."},
};

}  // namespace

constinit const SettingSection kClients = {
    "Clients", "What connections may cost, one by one and together.", kRows};

}  // namespace sorrel::setting_rows
