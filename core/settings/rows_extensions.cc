#include "core/settings/line_settings.h"
#include "core/settings/setting_rows.h"

namespace sorrel::setting_rows {
namespace {

constexpr size_t kAnyCount = std::numeric_limits<size_t>::max();

constexpr SettingSpec kRows[] = {
    {.name = "busy-reply-threshold",
     .kind = IntegerSetting{&V::busy_reply_threshold, 0, kMaxInt64},
     .doc = "Milliseconds after which a script that still runs may be killed, and other clients "
            "get a BUSY error instead of waiting; 0 waits for ever.",
     .flags = kNotServed,
     .aliases = {"lua-time-limit"}},
    {.name = "loadmodule",
     .kind = lines_of<&V::loadmodule, 1, kAnyCount>(),
     .doc = "A module to load at start, and its arguments; one line a module.",
     .flags = kManyArguments | kStartOnly | kNotServed},
};

}  // namespace

constinit const SettingSection kExtensions = {"Scripts and modules",
                                              "Code that runs inside the server.", kRows};

}  // namespace sorrel::setting_rows
