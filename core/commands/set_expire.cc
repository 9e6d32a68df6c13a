// Commands on the expiries of a set's members. What other commands do to one: SADD of a member that
// is there leaves it, what SMOVE or a store makes has none, RENAME and COPY take it along.

#include "core/commands/commands.h"
#include "core/commands/element_expiry.h"

namespace sorrel {
namespace {

void sexpire_command(Context& context) {
  expire_elements(context, kSetMembers, kEx);
}
void spexpire_command(Context& context) {
  expire_elements(context, kSetMembers, kPx);
}
void sexpireat_command(Context& context) {
  expire_elements(context, kSetMembers, kExat);
}
void spexpireat_command(Context& context) {
  expire_elements(context, kSetMembers, kPxat);
}
void spersist_command(Context& context) {
  persist_elements(context, kSetMembers);
}
void sttl_command(Context& context) {
  reply_element_times(context, kSetMembers, kEx);
}
void spttl_command(Context& context) {
  reply_element_times(context, kSetMembers, kPx);
}
void sexpiretime_command(Context& context) {
  reply_element_times(context, kSetMembers, kExat);
}
void spexpiretime_command(Context& context) {
  reply_element_times(context, kSetMembers, kPxat);
}

constexpr CommandSpec member_row(Bytes name, Handler handler, int arity, uint32_t flags,
                                 unsigned key_flags, Bytes summary, Bytes syntax, Bytes tips = {}) {
  return {.name = name,
          .handler = handler,
          .arity = arity,
          .flags = flags | kFast,
          .categories = kCategorySet,
          .keys = {key_at(1, key_flags)},
          .group = "set",
          .since = "8.12.0",
          .summary = summary,
          .complexity = "O(N) for N members",
          .syntax = syntax,
          .tips = tips};
}
constexpr CommandSpec expire_row(Bytes name, Handler handler, Bytes summary, Bytes syntax) {
  return member_row(name, handler, -6, kWrite, kKeyRW | kKeyUpdate, summary, syntax);
}
constexpr Bytes kMembersSyntax = "key MEMBERS nummembers member [member ...]";
constexpr CommandSpec ttl_row(Bytes name, Handler handler, Bytes summary, Bytes tips) {
  return member_row(name, handler, -5, kReadonly, kKeyRO | kKeyAccess, summary, kMembersSyntax,
                    tips);
}

constexpr CommandSpec kRows[] = {
    expire_row("sexpire", sexpire_command, "Lets members expire after so many seconds.",
               "key seconds [NX | XX | GT | LT] MEMBERS nummembers member [member ...]"),
    expire_row("spexpire", spexpire_command, "Lets members expire after so many milliseconds.",
               "key milliseconds [NX | XX | GT | LT] MEMBERS nummembers member [member ...]"),
    expire_row("sexpireat", sexpireat_command, "Lets members expire at a Unix time in seconds.",
               "key unix-time-seconds [NX | XX | GT | LT] MEMBERS nummembers member [member ...]"),
    expire_row("spexpireat", spexpireat_command,
               "Lets members expire at a Unix time in milliseconds.",
               "key unix-time-milliseconds [NX | XX | GT | LT] MEMBERS nummembers member "
               "[member ...]"),
    ttl_row("sttl", sttl_command, "Tells in how many seconds members expire.",
            "nondeterministic_output"),
    ttl_row("spttl", spttl_command, "Tells in how many milliseconds members expire.",
            "nondeterministic_output"),
    ttl_row("sexpiretime", sexpiretime_command,
            "Tells at which Unix time in seconds members expire.", ""),
    ttl_row("spexpiretime", spexpiretime_command,
            "Tells at which Unix time in milliseconds members expire.", ""),
    member_row("spersist", spersist_command, -5, kWrite, kKeyRW | kKeyUpdate,
               "Takes the expiry of members away.", kMembersSyntax),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> set_expire_commands() {
  return kRows;
}

}  // namespace sorrel
