// Commands on the expiries of a hash's fields.

#include "core/commands/commands.h"
#include "core/commands/element_expiry.h"
#include "core/commands/hash_access.h"

namespace sorrel {
namespace {

constexpr Bytes kPerField = "O(N) for N fields";

constexpr CommandSpec expire_row(Bytes name, Handler handler, Bytes summary, Bytes syntax) {
  return hash_row(name, handler, -6, kWrite | kFast, kKeyRW | kKeyUpdate, "7.4.0", summary,
                  kPerField, syntax);
}
constexpr CommandSpec ttl_row(Bytes name, Handler handler, Bytes summary, Bytes tips) {
  return hash_row(name, handler, -5, kReadonly | kFast, kKeyRO | kKeyAccess, "7.4.0", summary,
                  kPerField, "key FIELDS numfields field [field ...]", tips);
}

constexpr CommandSpec kRows[] = {
    expire_row("hexpire", expire_handler<kHashFields, kEx>,
               "Lets fields expire after so many seconds.",
               "key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]"),
    expire_row("hpexpire", expire_handler<kHashFields, kPx>,
               "Lets fields expire after so many milliseconds.",
               "key milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]"),
    expire_row("hexpireat", expire_handler<kHashFields, kExat>,
               "Lets fields expire at a Unix time in seconds.",
               "key unix-time-seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]"),
    expire_row("hpexpireat", expire_handler<kHashFields, kPxat>,
               "Lets fields expire at a Unix time in milliseconds.",
               "key unix-time-milliseconds [NX | XX | GT | LT] FIELDS numfields field "
               "[field ...]"),
    ttl_row("httl", time_handler<kHashFields, kEx>, "Tells in how many seconds fields expire.",
            "nondeterministic_output"),
    ttl_row("hpttl", time_handler<kHashFields, kPx>,
            "Tells in how many milliseconds fields expire.", "nondeterministic_output"),
    ttl_row("hexpiretime", time_handler<kHashFields, kExat>,
            "Tells at which Unix time in seconds fields expire.", ""),
    ttl_row("hpexpiretime", time_handler<kHashFields, kPxat>,
            "Tells at which Unix time in milliseconds fields expire.", ""),
    hash_row("hpersist", persist_handler<kHashFields>, -5, kWrite | kFast, kKeyRW | kKeyUpdate,
             "7.4.0", "Takes the expiry of fields away.", kPerField,
             "key FIELDS numfields field [field ...]"),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> hash_expire_commands() {
  return kRows;
}

}  // namespace sorrel
