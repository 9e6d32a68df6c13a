#include "core/settings/persistence_settings.h"
#include "core/settings/setting_rows.h"

namespace sorrel::setting_rows {
namespace {

constexpr SettingSpec kRows[] = {
    {.name = "backupdirname",
     .kind = StringSetting{&V::backupdirname, true, check_backupdirname},
     .doc = "Directory of the backup that BACKUP START begins, inside dir. Not appenddirname.",
     .flags = kImmutable},
    {.name = "backup-sealed-ttl",
     .kind = IntegerSetting{&V::backup_sealed_ttl},
     .doc = "Seconds after which a sealed backup is removed; 0: when BACKUP CLEANUP says so."},
    {.name = "preload-file",
     .kind = StringSetting{&V::preload_file, true, check_preload_file},
     .doc = "What to load at start in place of the server's own files: aof:PATH, an append-only "
            "file or the manifest of one (a sealed backup's), or rdb:PATH, a snapshot. A path "
            "that isn't absolute begins in dir.",
     .flags = kImmutable},
};

}  // namespace

constinit const SettingSection kBackup = {
    "Backups", "A copy of the data, made while the server runs (docs/backup.md).", kRows};

}  // namespace sorrel::setting_rows
