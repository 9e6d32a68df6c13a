// Commands on the expiries of a hash's fields.

#include "core/commands/commands.h"
#include "core/commands/element_expiry.h"
#include "core/commands/hash_access.h"

namespace sorrel {
namespace {

void hexpire_command(Context& context) {
  expire_elements(context, kHashFields, kEx);
}
void hpexpire_command(Context& context) {
  expire_elements(context, kHashFields, kPx);
}
void hexpireat_command(Context& context) {
  expire_elements(context, kHashFields, kExat);
}
void hpexpireat_command(Context& context) {
  expire_elements(context, kHashFields, kPxat);
}
void hpersist_command(Context& context) {
  persist_elements(context, kHashFields);
}
void httl_command(Context& context) {
  reply_element_times(context, kHashFields, kEx);
}
void hpttl_command(Context& context) {
  reply_element_times(context, kHashFields, kPx);
}
void hexpiretime_command(Context& context) {
  reply_element_times(context, kHashFields, kExat);
}
void hpexpiretime_command(Context& context) {
  reply_element_times(context, kHashFields, kPxat);
}

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
    expire_row("hexpire", hexpire_command, "Lets fields expire after so many seconds.",
               "key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]"),
    expire_row("hpexpire", hpexpire_command, "Lets fields expire after so many milliseconds.",
               "key milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]"),
    expire_row("hexpireat", hexpireat_command, "Lets fields expire at a Unix time in seconds.",
               "key unix-time-seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]"),
    expire_row("hpexpireat", hpexpireat_command,
               "Lets fields expire at a Unix time in milliseconds.",
               "key unix-time-milliseconds [NX | XX | GT | LT] FIELDS numfields field "
               "[field ...]"),
    ttl_row("httl", httl_command, "Tells in how many seconds fields expire.",
            "nondeterministic_output"),
    ttl_row("hpttl", hpttl_command, "Tells in how many milliseconds fields expire.",
            "nondeterministic_output"),
    ttl_row("hexpiretime", hexpiretime_command,
            "Tells at which Unix time in seconds fields expire.", ""),
    ttl_row("hpexpiretime", hpexpiretime_command,
            "Tells at which Unix time in milliseconds fields expire.", ""),
    hash_row("hpersist", hpersist_command, -5, kWrite | kFast, kKeyRW | kKeyUpdate, "7.4.0",
             "Takes the expiry of fields away.", kPerField,
             "key FIELDS numfields field [field ...]"),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> hash_expire_commands() {
  return kRows;
}

}  // namespace sorrel
