#include "core/settings/replication_settings.h"
#include "core/settings/setting_rows.h"

namespace sorrel::setting_rows {
namespace {

constexpr int64_t kBacklogFloor = 16 * 1024;

constexpr EnumSetting::Name kDisklessLoads[] = {
    word("disabled", DisklessLoad::kDisabled),
    word("on-empty-db", DisklessLoad::kOnEmptyDb),
    word("swapdb", DisklessLoad::kSwapDb),
};
constexpr EnumSetting::Name kPropagationErrors[] = {
    word("ignore", PropagationErrorBehavior::kIgnore),
    word("panic", PropagationErrorBehavior::kPanic),
    word("panic-on-replicas", PropagationErrorBehavior::kPanicOnReplicas),
};

constexpr SettingSpec kRows[] = {
    {.name = "replicaof",
     .kind = kReplicaofSetting,
     .doc = "Address and port of the primary that this server copies; \"no one\" makes it a "
            "primary. REPLICAOF changes it while the server runs.",
     .flags = kImmutable | kManyArguments | kNotServed,
     .aliases = {"slaveof"}},
    {.name = "masterauth",
     .kind = StringSetting{&V::masterauth},
     .doc = "Password that the primary asks for.",
     .flags = kSensitive | kNotServed,
     .aliases = {"primaryauth"}},
    {.name = "masteruser",
     .kind = StringSetting{&V::masteruser},
     .doc = "User to log in to the primary as; empty is its default user.",
     .flags = kSensitive | kNotServed,
     .aliases = {"primaryuser"}},
    {.name = "replica-serve-stale-data",
     .kind = YesNoSetting{&V::replica_serve_stale_data},
     .doc = "Answer from the data at hand while the primary can't be reached; with no, commands "
            "that need data get a MASTERDOWN error meanwhile.",
     .flags = kNotServed,
     .aliases = {"slave-serve-stale-data"}},
    {.name = "replica-read-only",
     .kind = YesNoSetting{&V::replica_read_only},
     .doc = "Refuse writes from the clients of a replica.",
     .flags = kNotServed,
     .aliases = {"slave-read-only"}},
    {.name = "replica-lazy-flush",
     .kind = YesNoSetting{&V::replica_lazy_flush},
     .doc = "Free the old data in the background when a full copy replaces it.",
     .flags = kNotServed,
     .aliases = {"slave-lazy-flush"}},
    {.name = "replica-ignore-disk-write-errors",
     .kind = YesNoSetting{&V::replica_ignore_disk_write_errors},
     .doc = "Let a replica go on when it can't write to its own disk.",
     .flags = kNotServed},
    {.name = "replica-announced",
     .kind = YesNoSetting{&V::replica_announced},
     .doc = "Whether Sentinel shows this replica to clients.",
     .flags = kNotServed},
    {.name = "replica-announce-ip",
     .kind = StringSetting{&V::replica_announce_ip},
     .doc = "Address to name as one's own where the real one can't be reached (containers, NAT); "
            "empty names the real one.",
     .flags = kNotServed,
     .aliases = {"slave-announce-ip"}},
    {.name = "replica-announce-port",
     .kind = IntegerSetting{&V::replica_announce_port, 0, kPortMax},
     .doc = "Port to name likewise; 0 names the real one.",
     .flags = kNotServed,
     .aliases = {"slave-announce-port"}},
    {.name = "replica-priority",
     .kind = IntegerSetting{&V::replica_priority},
     .doc = "Which replica Sentinel prefers for a new primary: the lowest number, but never 0.",
     .flags = kNotServed,
     .aliases = {"slave-priority"}},
    {.name = "repl-diskless-sync",
     .kind = YesNoSetting{&V::repl_diskless_sync},
     .doc = "Send a full copy straight to the replicas' sockets instead of by way of a file.",
     .flags = kNotServed},
    {.name = "repl-diskless-sync-delay",
     .kind = IntegerSetting{&V::repl_diskless_sync_delay},
     .doc = "Seconds to wait for more replicas before such a copy starts, since it serves all that "
            "are there at its start.",
     .flags = kNotServed},
    {.name = "repl-diskless-sync-max-replicas",
     .kind = IntegerSetting{&V::repl_diskless_sync_max_replicas},
     .doc = "Start before the delay is over when so many wait; 0 waits.",
     .flags = kNotServed},
    {.name = "repl-diskless-load",
     .kind = one_of<&V::repl_diskless_load>(kDisklessLoads),
     .doc = "Load a full copy straight from the socket: disabled (by way of a file), on-empty-db "
            "(when there is nothing to lose), swapdb (keeping the old data until it succeeded).",
     .flags = kDenyLoading | kNotServed},
    {.name = "repl-ping-replica-period",
     .kind = IntegerSetting{&V::repl_ping_replica_period, 1},
     .doc = "Seconds between the primary's signs of life.",
     .flags = kNotServed,
     .aliases = {"repl-ping-slave-period"}},
    {.name = "repl-timeout",
     .kind = IntegerSetting{&V::repl_timeout, 1},
     .doc = "Seconds of silence after which the other side counts as gone. Keep it well above "
            "repl-ping-replica-period.",
     .flags = kNotServed},
    {.name = "repl-disable-tcp-nodelay",
     .kind = YesNoSetting{&V::repl_disable_tcp_nodelay},
     .doc = "Let the kernel gather small packets to replicas: fewer packets, up to 40 ms later.",
     .flags = kNotServed},
    {.name = "repl-backlog-size",
     .kind = MemorySetting{.member = &V::repl_backlog_size, .min = 1, .floor = kBacklogFloor},
     .doc = "How much of the journal is kept, so that a replica that was cut off for a while needs "
            "no full copy.",
     .flags = kNotServed},
    {.name = "repl-backlog-ttl",
     .kind = IntegerSetting{&V::repl_backlog_ttl, 0, kMaxInt64},
     .doc = "Seconds without a replica after which that memory is given up; 0 never does.",
     .flags = kNotServed},
    {.name = "min-replicas-to-write",
     .kind = IntegerSetting{&V::min_replicas_to_write},
     .doc = "Refuse writes while fewer replicas than this keep up; 0 asks for none.",
     .flags = kNotServed,
     .aliases = {"min-slaves-to-write"}},
    {.name = "min-replicas-max-lag",
     .kind = IntegerSetting{&V::min_replicas_max_lag},
     .doc = "Seconds a replica may lag and still count as keeping up.",
     .flags = kNotServed,
     .aliases = {"min-slaves-max-lag"}},
    {.name = "propagation-error-behavior",
     .kind = one_of<&V::propagation_error_behavior>(kPropagationErrors),
     .doc = "What to do when a command from the primary or the append-only file fails: ignore, "
            "panic, or panic-on-replicas.",
     .flags = kNotServed},
    {.name = "dual-channel-replication-enabled",
     .kind = YesNoSetting{&V::dual_channel_replication_enabled},
     .doc = "Send a full copy and the changes made meanwhile over two connections.",
     .flags = kNotServed},
    {.name = "repl-mptcp",
     .kind = YesNoSetting{&V::repl_mptcp},
     .doc = "Connect to the primary with Multipath TCP.",
     .flags = kImmutable | kNotServed},
    {.name = "import-mode",
     .kind = YesNoSetting{&V::import_mode},
     .doc = "While a tool copies data in from another server: nothing is evicted, and what has "
            "expired isn't deleted on its own. Connections that say CLIENT IMPORT-SOURCE ON see "
            "such keys and decide about them; others don't see them."},
};

}  // namespace

constinit const SettingSection kReplication = {"Replication",
                                               "Copies of the data on other servers.", kRows};

}  // namespace sorrel::setting_rows
