#include "core/settings/persistence_settings.h"
#include "core/settings/setting_rows.h"

namespace sorrel::setting_rows {
namespace {

constexpr EnumSetting::Name kFsyncs[] = {
    word("everysec", AppendFsync::kEverySecond),
    word("always", AppendFsync::kAlways),
    word("no", AppendFsync::kNo),
};

constexpr SettingSpec kRows[] = {
    {.name = "appendonly",
     .kind = YesNoSetting{&V::appendonly},
     .doc = "Write every change to the append-only file, and load that file at start.",
     .flags = kDenyLoading},
    {.name = "appendfilename",
     .kind = StringSetting{&V::appendfilename, true, check_appendfilename},
     .doc = "What the names of its files start with.",
     .flags = kImmutable},
    {.name = "appenddirname",
     .kind = StringSetting{&V::appenddirname, true, check_appenddirname},
     .doc = "Directory of its files, inside dir.",
     .flags = kImmutable},
    {.name = "appendfsync",
     .kind = one_of<&V::appendfsync>(kFsyncs),
     .doc = "When changes are forced to disk: always (before the reply: nothing acknowledged is "
            "lost), everysec (at most about a second is lost), no (when the system sees fit)."},
    {.name = "no-appendfsync-on-rewrite",
     .kind = YesNoSetting{&V::no_appendfsync_on_rewrite},
     .doc = "Don't force changes to disk while a snapshot or a rewrite keeps the disk busy."},
    {.name = "auto-aof-rewrite-percentage",
     .kind = IntegerSetting{&V::auto_aof_rewrite_percentage},
     .doc = "Rewrite the file when it has grown by this percentage since the last time; 0 never "
            "does."},
    {.name = "auto-aof-rewrite-min-size",
     .kind = MemorySetting{&V::auto_aof_rewrite_min_size},
     .doc = "But not while it is smaller than this."},
    {.name = "aof-load-truncated",
     .kind = YesNoSetting{&V::aof_load_truncated},
     .doc = "Load a file that ends in the middle of a command, as a crash may leave it, without "
            "that command. With no the server refuses to start."},
    {.name = "aof-use-rdb-preamble",
     .kind = YesNoSetting{&V::aof_use_rdb_preamble},
     .doc =
         "Write the base file of a rewrite as a snapshot, which is smaller and loads faster, and "
         "not as commands."},
    {.name = "aof-timestamp-enabled",
     .kind = YesNoSetting{&V::aof_timestamp_enabled},
     .doc = "Note the time in the file, so that it can be cut at a moment. Old readers don't "
            "know such notes."},
    {.name = "aof-rewrite-incremental-fsync",
     .kind = YesNoSetting{&V::aof_rewrite_incremental_fsync},
     .doc = "Write a rewritten file to disk in steps of a few megabytes rather than in one go."},
    {.name = "aof-disable-auto-gc",
     .kind = YesNoSetting{&V::aof_disable_auto_gc},
     .doc = "For test suites: keep the files that a rewrite has replaced."},
};

}  // namespace

constinit const SettingSection kAppendOnly = {"Append-only file",
                                              "Writing every change as it is made.", kRows};

}  // namespace sorrel::setting_rows
