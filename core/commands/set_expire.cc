// Commands on the expiries of a set's members. What other commands do to one: SADD of a member that
// is there leaves it, what SMOVE or a store makes has none, RENAME and COPY take it along.

#include "core/commands/commands.h"
#include "core/commands/element_expiry.h"

namespace sorrel {
namespace {

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
    expire_row("sexpire", expire_handler<kSetMembers, kEx>,
               "Lets members expire after so many seconds.",
               "key seconds [NX | XX | GT | LT] MEMBERS nummembers member [member ...]"),
    expire_row("spexpire", expire_handler<kSetMembers, kPx>,
               "Lets members expire after so many milliseconds.",
               "key milliseconds [NX | XX | GT | LT] MEMBERS nummembers member [member ...]"),
    expire_row("sexpireat", expire_handler<kSetMembers, kExat>,
               "Lets members expire at a Unix time in seconds.",
               "key unix-time-seconds [NX | XX | GT | LT] MEMBERS nummembers member [member ...]"),
    expire_row("spexpireat", expire_handler<kSetMembers, kPxat>,
               "Lets members expire at a Unix time in milliseconds.",
               "key unix-time-milliseconds [NX | XX | GT | LT] MEMBERS nummembers member "
               "[member ...]"),
    ttl_row("sttl", time_handler<kSetMembers, kEx>, "Tells in how many seconds members expire.",
            "nondeterministic_output"),
    ttl_row("spttl", time_handler<kSetMembers, kPx>,
            "Tells in how many milliseconds members expire.", "nondeterministic_output"),
    ttl_row("sexpiretime", time_handler<kSetMembers, kExat>,
            "Tells at which Unix time in seconds members expire.", ""),
    ttl_row("spexpiretime", time_handler<kSetMembers, kPxat>,
            "Tells at which Unix time in milliseconds members expire.", ""),
    member_row("spersist", persist_handler<kSetMembers>, -5, kWrite, kKeyRW | kKeyUpdate,
               "Takes the expiry of members away.", kMembersSyntax),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> set_expire_commands() {
  return kRows;
}

}  // namespace sorrel
