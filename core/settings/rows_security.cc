#include "core/settings/line_settings.h"
#include "core/settings/setting_rows.h"

namespace sorrel::setting_rows {
namespace {

constexpr size_t kAnyCount = std::numeric_limits<size_t>::max();

constexpr EnumSetting::Name kPermissions[] = {
    word("no", Permission::kNo),
    word("yes", Permission::kYes),
    word("local", Permission::kLocal),
};
constexpr EnumSetting::Name kPubsubDefaults[] = {
    word("allchannels", AclPubsubDefault::kAllChannels),
    word("resetchannels", AclPubsubDefault::kResetChannels),
};
constexpr EnumSetting::Name kSanitize[] = {
    word("no", SanitizeDumpPayload::kNo),
    word("yes", SanitizeDumpPayload::kYes),
    word("clients", SanitizeDumpPayload::kClients),
};

constexpr SettingSpec kRows[] = {
    {.name = "requirepass",
     .kind = StringSetting{&V::requirepass},
     .doc = "Password of the default user; empty for none. The server is fast enough to try "
            "many passwords a second, so take a long random one.",
     .flags = kSensitive},
    {.name = "user",
     .kind = lines_of<&V::user, 1, kAnyCount>(),
     .doc = "A user and the rules of its rights, as ACL SETUSER takes them; one line a user. May "
            "not be combined with aclfile.",
     .flags = kManyArguments | kStartOnly | kSensitive | kNotServed},
    {.name = "aclfile",
     .kind = StringSetting{&V::aclfile, true},
     .doc = "File that holds the users, for ACL LOAD and ACL SAVE; empty for none.",
     .flags = kImmutable | kNotServed},
    {.name = "acllog-max-len",
     .kind = IntegerSetting{&V::acllog_max_len, 0, kMaxInt64},
     .doc = "How many refused attempts ACL LOG keeps."},
    {.name = "acl-pubsub-default",
     .kind = one_of<&V::acl_pubsub_default>(kPubsubDefaults),
     .doc = "Whether a new user may use all channels (allchannels) or none (resetchannels).",
     .flags = kNotServed},
    {.name = "rename-command",
     .kind = lines_of<&V::rename_command, 2, 2>(),
     .doc = "Give a command another name, or none with \"\", which takes it away; one line a "
            "command. Rights of users are the better tool.",
     .flags = kManyArguments | kStartOnly},
    {.name = "enable-protected-configs",
     .kind = one_of<&V::enable_protected_configs>(kPermissions),
     .doc = "Who may change the settings that name files (dir, dbfilename) while the server runs: "
            "no, yes, or local, which is connections from this machine.",
     .flags = kImmutable},
    {.name = "enable-debug-command",
     .kind = one_of<&V::enable_debug_command>(kPermissions),
     .doc = "Who may use DEBUG, in the same words.",
     .flags = kImmutable},
    {.name = "enable-module-command",
     .kind = one_of<&V::enable_module_command>(kPermissions),
     .doc = "Who may use MODULE, in the same words.",
     .flags = kImmutable | kNotServed},
    {.name = "sanitize-dump-payload",
     .kind = one_of<&V::sanitize_dump_payload>(kSanitize),
     .doc = "Accepted for compatibility: what RESTORE and replication bring is always checked.",
     .flags = kNotServed},
};

}  // namespace

constinit const SettingSection kSecurity = {"Security", "Who may do what.", kRows};

}  // namespace sorrel::setting_rows
