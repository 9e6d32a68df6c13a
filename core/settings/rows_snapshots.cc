#include "core/settings/persistence_settings.h"
#include "core/settings/setting_rows.h"

namespace sorrel::setting_rows {
namespace {

constexpr int64_t kMinInt32 = std::numeric_limits<int32_t>::min();
constexpr int64_t kMaxInt32 = std::numeric_limits<int32_t>::max();
constexpr int64_t kLoadEventsBytesMin = 1024;
constexpr int64_t kRdbVersionMin = 10;
constexpr int64_t kRdbVersionMax = 12;

constexpr EnumSetting::Name kVersionChecks[] = {
    word("strict", RdbVersionCheck::kStrict),
    word("relaxed", RdbVersionCheck::kRelaxed),
};

constexpr SettingSpec kRows[] = {
    {.name = "save",
     .kind = kSaveSetting,
     .doc = "When to save a snapshot by itself: pairs of seconds and changes, each meaning \"after "
            "so many seconds, if at least so many keys changed\". One line may hold several pairs, "
            "and several lines add up. \"\" saves only when asked to.",
     .flags = kManyArguments},
    {.name = "dbfilename",
     .kind = StringSetting{&V::dbfilename, true, check_dbfilename},
     .doc = "Name of the snapshot file inside dir.",
     .flags = kProtected},
    {.name = "stop-writes-on-bgsave-error",
     .kind = YesNoSetting{&V::stop_writes_on_bgsave_error},
     .doc = "Refuse writes after a snapshot has failed, until one succeeds, so that nobody relies "
            "on a disk that doesn't work."},
    {.name = "rdbcompression",
     .kind = YesNoSetting{&V::rdbcompression},
     .doc = "Compress strings in snapshots."},
    {.name = "rdbchecksum",
     .kind = YesNoSetting{&V::rdbchecksum},
     .doc = "End a snapshot with a checksum and verify it when loading.",
     .flags = kImmutable},
    {.name = "rdb-del-sync-files",
     .kind = YesNoSetting{&V::rdb_del_sync_files},
     .doc = "Delete snapshots that were only made to feed replicas, on servers without any "
            "persistence.",
     .flags = kNotServed},
    {.name = "rdb-save-incremental-fsync",
     .kind = YesNoSetting{&V::rdb_save_incremental_fsync},
     .doc = "Write a snapshot to disk in steps of a few megabytes rather than in one go."},
    {.name = "rdb-version",
     .kind = IntegerSetting{&V::rdb_version, kRdbVersionMin, kRdbVersionMax},
     .doc = "Format version of the snapshots that are written: 10 is what Redis 7.0 reads, 11 what "
            "7.2 writes. What can't be told in it (fields of a hash that expire) raises it to 12."},
    {.name = "rdb-version-check",
     .kind = one_of<&V::rdb_version_check>(kVersionChecks),
     .doc = "strict refuses a snapshot of a newer format version; relaxed tries to load it."},
    {.name = "rdb-key-save-delay",
     .kind = IntegerSetting{&V::rdb_key_save_delay, kMinInt32, kMaxInt32},
     .doc = "For test suites: microseconds to wait after every key saved.",
     .flags = kHidden},
    {.name = "key-load-delay",
     .kind = IntegerSetting{&V::key_load_delay, kMinInt32, kMaxInt32},
     .doc = "For test suites: microseconds to wait after every key loaded.",
     .flags = kHidden},
    {.name = "loading-process-events-interval-bytes",
     .kind =
         IntegerSetting{&V::loading_process_events_interval_bytes, kLoadEventsBytesMin, kMaxInt32},
     .doc = "For test suites: bytes loaded between two looks at the clients.",
     .flags = kHidden},
};

}  // namespace

constinit const SettingSection kSnapshots = {"Snapshots", "Saving all data to one file.", kRows};

}  // namespace sorrel::setting_rows
