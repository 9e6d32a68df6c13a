#include "core/settings/line_settings.h"
#include "core/settings/process_settings.h"
#include "core/settings/setting_rows.h"

namespace sorrel::setting_rows {
namespace {

constexpr int64_t kMaxInt32 = std::numeric_limits<int32_t>::max();
constexpr int64_t kIoThreadsMax = 128;

constexpr EnumSetting::Name kSupervisions[] = {
    word("upstart", Supervision::kUpstart),
    word("systemd", Supervision::kSystemd),
    word("auto", Supervision::kAuto),
    word("no", Supervision::kNo),
};
constexpr EnumSetting::Name kOomScoreAdjs[] = {
    word("no", OomScoreAdj::kNo),
    word("yes", OomScoreAdj::kRelative),
    word("relative", OomScoreAdj::kRelative),
    word("absolute", OomScoreAdj::kAbsolute),
};
constexpr EnumSetting::Name kShutdownFlags[] = {
    {"default", kShutdownDefault}, {"save", kShutdownSave},   {"nosave", kShutdownNoSave},
    {"now", kShutdownNow},         {"force", kShutdownForce},
};

constexpr SettingSpec kRows[] = {
    {.name = "include",
     .kind = kIncludeSetting,
     .doc = "Read another file here, or all files that a pattern such as /etc/sorrel.d/*.conf "
            "matches, in the order of their names. A directive further down wins over one in an "
            "included file, so put an include first to override it and last to let it override.",
     .flags = kManyArguments | kStartOnly},
    {.name = "daemonize",
     .kind = YesNoSetting{&V::daemonize},
     .doc = "Leave the terminal and run in the background. A process id file is then written, to "
            "/var/run/redis.pid unless pidfile says otherwise.",
     .flags = kImmutable},
    {.name = "supervised",
     .kind = one_of<&V::supervised>(kSupervisions),
     .doc = "Tell the service manager when the server is ready: systemd (a unit with Type=notify), "
            "upstart, or auto, which looks for the one that started the process.",
     .flags = kImmutable},
    {.name = "pidfile",
     .kind = StringSetting{&V::pidfile},
     .doc = "File that holds the process id while the server runs; empty writes none, unless the "
            "server is daemonized.",
     .flags = kImmutable},
    {.name = "dir",
     .kind = StringSetting{&V::dir, true},
     .doc = "Working directory: where snapshots, the append-only file and anything else with a "
            "relative path goes.",
     .flags = kProtected | kDenyLoading | kDirectory},
    {.name = "databases",
     .kind = IntegerSetting{&V::databases, 1, kMaxInt32},
     .doc = "Number of separate keyspaces, which SELECT chooses by their index from 0.",
     .flags = kImmutable},
    {.name = "always-show-logo",
     .kind = YesNoSetting{&V::always_show_logo},
     .doc = "The server prints no logo.",
     .flags = kImmutable | kNoEffect},
    {.name = "set-proc-title",
     .kind = YesNoSetting{&V::set_proc_title},
     .doc = "Show addresses and mode in the process list, as proc-title-template says.",
     .flags = kImmutable},
    {.name = "proc-title-template",
     .kind = StringSetting{&V::proc_title_template, true, check_title_template},
     .doc =
         "What the process list shows. Variables: {title}, {listen-addr}, {server-mode}, {port}, "
         "{tls-port}, {unixsocket}, {config-file}."},
    {.name = "hz",
     .kind = kHzSetting,
     .doc =
         "Background turns a second (expiry, timeouts, statistics), from 1 to 500; other numbers "
         "are brought into that range. Higher reacts sooner and costs idle CPU time."},
    {.name = "dynamic-hz",
     .kind = YesNoSetting{&V::dynamic_hz},
     .doc = "Raise hz by itself as clients become many. A turn of the timer is short however many "
            "there are, so there is nothing to raise it for.",
     .flags = kNoEffect},
    {.name = "activerehashing",
     .kind = YesNoSetting{&V::activerehashing},
     .doc = "Tables grow and shrink a segment at a time, so there is "
            "nothing left to rehash in the background.",
     .flags = kNoEffect},
    {.name = "io-threads",
     .kind = IntegerSetting{&V::io_threads, 1, kIoThreadsMax},
     .doc = "Threads for reading and writing sockets.",
     .flags = kImmutable | kNotServed},
    {.name = "io-threads-do-reads",
     .kind = YesNoSetting{&V::io_threads_do_reads},
     .doc = "Whether those threads read as well as write.",
     .flags = kImmutable | kNotServed},
    {.name = "shutdown-timeout",
     .kind = IntegerSetting{&V::shutdown_timeout},
     .doc = "Seconds that a shutdown waits for replicas that lag behind; 0 doesn't wait.",
     .flags = kNotServed},
    {.name = "shutdown-on-sigint",
     .kind = any_of<&V::shutdown_on_sigint>(kShutdownFlags, check_shutdown_flags),
     .doc = "What SIGINT does: default (save if save points are set), or any of save, nosave, now "
            "(don't wait for replicas) and force (go even if saving fails).",
     .flags = kManyArguments},
    {.name = "shutdown-on-sigterm",
     .kind = any_of<&V::shutdown_on_sigterm>(kShutdownFlags, check_shutdown_flags),
     .doc = "The same for SIGTERM.",
     .flags = kManyArguments},
    {.name = "crash-log-enabled",
     .kind = YesNoSetting{&V::crash_log_enabled},
     .doc = "Write what is known about a crash to the log. Only the standalone server does it: an "
            "embedded instance leaves its host's signals alone."},
    {.name = "crash-memcheck-enabled",
     .kind = YesNoSetting{&V::crash_memcheck_enabled},
     .doc = "Accepted for compatibility; memory isn't tested after a crash.",
     .flags = kNotServed},
    {.name = "disable-thp",
     .kind = YesNoSetting{&V::disable_thp},
     .doc = "Switch transparent huge pages off for this process. Only the standalone server does "
            "it: an embedded instance leaves its host's memory policy alone.",
     .flags = kImmutable},
    {.name = "oom-score-adj",
     .kind = one_of<&V::oom_score_adj>(kOomScoreAdjs),
     .doc = "Adjust which process the kernel kills first when memory runs out: no leaves it alone, "
            "relative adds oom-score-adj-values to the score at start, absolute sets them."},
    {.name = "oom-score-adj-values",
     .kind = kOomValuesSetting,
     .doc = "The scores, from -2000 to 2000, of a primary, a replica, and a background child.",
     .flags = kManyArguments},
    {.name = "server_cpulist",
     .kind = StringSetting{&V::server_cpulist},
     .doc = "CPUs for the main thread, such as 0-7:2 or 1,3.",
     .flags = kImmutable | kNotServed,
     .aliases = {"server-cpulist"}},
    {.name = "bio_cpulist",
     .kind = StringSetting{&V::bio_cpulist},
     .doc = "CPUs for background threads.",
     .flags = kImmutable | kNotServed,
     .aliases = {"bio-cpulist"}},
    {.name = "aof_rewrite_cpulist",
     .kind = StringSetting{&V::aof_rewrite_cpulist},
     .doc = "CPUs for rewriting the append-only file.",
     .flags = kImmutable | kNotServed,
     .aliases = {"aof-rewrite-cpulist"}},
    {.name = "bgsave_cpulist",
     .kind = StringSetting{&V::bgsave_cpulist},
     .doc = "CPUs for saving a snapshot.",
     .flags = kImmutable | kNotServed,
     .aliases = {"bgsave-cpulist"}},
    {.name = "locale-collate",
     .kind = StringSetting{&V::locale_collate, true},
     .doc = "Locale whose order SORT ALPHA uses; empty takes it from the environment.",
     .flags = kNotServed},
    {.name = "ignore-warnings",
     .kind = StringSetting{&V::ignore_warnings, true},
     .doc = "Warnings that shall not keep the server from starting, separated by blanks. The only "
            "one known is ARM64-COW-BUG, which doesn't concern a server that never forks.",
     .flags = kNoEffect},
    {.name = "availability-zone",
     .kind = StringSetting{&V::availability_zone},
     .doc = "Where this server stands, as a cloud provider names it, for clients that prefer a "
            "near one (INFO server, HELLO).",
     .flags = kNotServed},
    {.name = "extended-redis-compatibility",
     .kind = YesNoSetting{&V::extended_redis_compatibility},
     .doc = "This server always names itself as Redis clients "
            "expect.",
     .flags = kNoEffect},
    {.name = "use-exit-on-panic",
     .kind = YesNoSetting{&V::use_exit_on_panic},
     .doc = "For test suites: end with exit() instead of abort() after an internal error.",
     .flags = kHidden | kNotServed},
    {.name = "watchdog-period",
     .kind = IntegerSetting{&V::watchdog_period},
     .doc = "Milliseconds after which a command that still runs is reported to the log; 0 is off.",
     .flags = kHidden | kNotServed},
};

}  // namespace

constinit const SettingSection kProcess = {
    "Process", "How the server runs as a process of its machine.", kRows};

}  // namespace sorrel::setting_rows
