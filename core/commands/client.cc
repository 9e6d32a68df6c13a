// CLIENT: sessions seen from inside: their names, their modes, and each other.

#include "core/base/number.h"
#include "core/client_info.h"
#include "core/command/arguments.h"
#include "core/command/help.h"
#include "core/commands/commands.h"
#include "core/engine.h"

namespace sorrel {
namespace {

std::string unknown_type(Bytes word) {
  return "ERR Unknown client type '" + errors::shown(word) + "'";
}

std::optional<uint64_t> parse_id(Bytes text) {
  const std::optional<int64_t> id = parse_integer(text);
  if (!id || *id < 1) return std::nullopt;
  return static_cast<uint64_t>(*id);
}

void id_command(Context& context) {
  context.reply.integer(static_cast<int64_t>(context.session.id));
}

void info_command(Context& context) {
  context.reply.verbatim(client_line(context.session, context.now_ms()) + "\n", "txt");
}

void list_all(Context& context, std::optional<ClientType> type) {
  std::string lines;
  for (const Session& session : context.engine.sessions()) {
    if (session.has(Session::kInternal) || (type && client_type(session) != *type)) continue;
    lines += client_line(session, context.now_ms());
    lines += '\n';
  }
  context.reply.verbatim(lines, "txt");
}

void list_ids(Context& context) {
  std::string lines;
  for (const Bytes text : context.args.subspan(3)) {
    const std::optional<int64_t> id = parse_integer(text);
    if (!id) return context.error("ERR Invalid client ID");
    // No client has an id below 1, and none is what they list.
    if (const Session* session = context.engine.session(static_cast<uint64_t>(*id))) {
      lines += client_line(*session, context.now_ms());
      lines += '\n';
    }
  }
  context.reply.verbatim(lines, "txt");
}

void list_command(Context& context) {
  if (context.argc() == 2) return list_all(context, std::nullopt);
  if (context.argc() > 3 && context.arg_is(2, "ID")) return list_ids(context);
  if (context.argc() != 4 || !context.arg_is(2, "TYPE")) return context.error(errors::kSyntax);
  const std::optional<ClientType> type = parse_client_type(context.arg(3));
  if (!type) return context.error(unknown_type(context.arg(3)));
  list_all(context, type);
}

// ---- KILL

struct KillFilter {
  std::optional<uint64_t> id;
  std::optional<ClientType> type;
  std::optional<Bytes> address;
  std::optional<Bytes> local_address;
  std::optional<Bytes> user;
  std::optional<int64_t> min_age_s;
  bool skip_me = true;

  bool matches(const Context& context, const Session& session, int64_t now_ms) const {
    if (session.has(Session::kInternal)) return false;
    if (skip_me && &session == &context.session) return false;
    if (id && session.id != *id) return false;
    if (type && client_type(session) != *type) return false;
    if (user && session.user != *user) return false;
    if (min_age_s && (now_ms - session.created_ms) / 1000 < *min_age_s) return false;
    if (!address && !local_address) return true;
    if (session.transport == nullptr) return false;
    const Transport::Info info = session.transport->info(session);
    if (address && info.address != *address) return false;
    return !local_address || info.local_address == *local_address;
  }
};

bool parse_skip_me(Context& context, Bytes value, KillFilter& filter) {
  if (equals_ignore_case(value, "yes")) {
    filter.skip_me = true;
  } else if (equals_ignore_case(value, "no")) {
    filter.skip_me = false;
  } else {
    return context.error(errors::kSyntax), false;
  }
  return true;
}

bool parse_kill_option(Context& context, Arguments& arguments, KillFilter& filter) {
  Bytes value;
  if (arguments.take("ID", value)) {
    filter.id = parse_id(value);
    if (!filter.id) return context.error("ERR client-id should be greater than 0"), false;
  } else if (arguments.take("TYPE", value)) {
    filter.type = parse_client_type(value);
    if (!filter.type) return context.error(unknown_type(value)), false;
  } else if (arguments.take("ADDR", value)) {
    filter.address = value;
  } else if (arguments.take("LADDR", value)) {
    filter.local_address = value;
  } else if (arguments.take("USER", value)) {
    if (value != "default") {
      return context.error("ERR No such user '" + errors::shown(value) + "'"), false;
    }
    filter.user = value;
  } else if (arguments.take("MAXAGE", value)) {
    filter.min_age_s = parse_integer(value);
    if (!filter.min_age_s)
      return context.error("ERR maxage is not an integer or out of range"), false;
    if (*filter.min_age_s < 1) return context.error("ERR maxage should be greater than 0"), false;
  } else if (arguments.take("SKIPME", value)) {
    return parse_skip_me(context, value, filter);
  } else {
    return context.error(errors::kSyntax), false;
  }
  return true;
}

int64_t kill(Context& context, const KillFilter& filter) {
  int64_t killed = 0;
  for (Session& session : context.engine.sessions()) {
    if (!filter.matches(context, session, context.now_ms())) continue;
    ++killed;
    if (&session == &context.session) {
      session.set(Session::kCloseAfterReply);  // it is owed this command's reply
    } else {
      context.engine.cut_off(session);
    }
  }
  return killed;
}

void kill_command(Context& context) {
  KillFilter filter;
  if (context.argc() == 3) {
    filter.address = context.arg(2);
    filter.skip_me = false;
    if (kill(context, filter) == 0) return context.error("ERR No such client");
    return context.reply.ok();
  }
  Arguments arguments(context, 2);
  while (!arguments.done()) {
    if (!parse_kill_option(context, arguments, filter)) return;
  }
  context.reply.integer(kill(context, filter));
}

// ---- Names.

void getname_command(Context& context) {
  if (context.session.name.empty()) return context.reply.null();
  context.reply.bulk(context.session.name);
}

void setname_command(Context& context) {
  if (!is_client_word(context.arg(2))) {
    return context.error("ERR Client names cannot contain spaces, newlines or special characters.");
  }
  context.session.name = std::string(context.arg(2));
  context.reply.ok();
}

void setinfo_command(Context& context) {
  std::string Session::*field = nullptr;
  if (context.arg_is(2, "lib-name")) field = &Session::library_name;
  if (context.arg_is(2, "lib-ver")) field = &Session::library_version;
  if (field == nullptr) {
    return context.error("ERR Unrecognized option '" + errors::shown(context.arg(2)) + "'");
  }
  if (!is_client_word(context.arg(3))) {
    return context.error("ERR " + errors::shown(context.arg(2)) +
                         " cannot contain spaces, newlines or special characters.");
  }
  context.session.*field = std::string(context.arg(3));
  context.reply.ok();
}

// ---- Modes.

void set_flag(Context& context, uint32_t flag) {
  if (context.arg_is(2, "ON")) {
    context.session.set(flag);
  } else if (context.arg_is(2, "OFF")) {
    context.session.unset(flag);
  } else {
    return context.error(errors::kSyntax);
  }
  context.reply.ok();
}

void no_evict_command(Context& context) {
  set_flag(context, Session::kNoEvict);
}
void no_touch_command(Context& context) {
  set_flag(context, Session::kNoTouch);
}

void reply_command(Context& context) {
  Session& session = context.session;
  if (context.arg_is(2, "ON")) {
    session.unset(Session::kReplyOff | Session::kReplySkip | Session::kReplySkipNext);
    context.speak(session.protocol);
    context.reply.ok();
  } else if (context.arg_is(2, "OFF")) {
    session.set(Session::kReplyOff);
  } else if (context.arg_is(2, "SKIP")) {
    if (!session.has(Session::kReplyOff)) session.set(Session::kReplySkipNext);
  } else {
    context.error(errors::kSyntax);
  }
}

void capa_command(Context& context) {
  // A capability that we don't know is no error: clients announce what they can do, not what they
  // want.
  context.reply.ok();
}

/// A server that is filled by another one lets that one's connections write what has expired.
void import_source_command(Context& context) {
  if (!context.engine.values().import_mode) {
    return context.error("ERR Server is not in import mode");
  }
  set_flag(context, Session::kImportSource);
}

// ---- Pausing and blocking.

void pause_command(Context& context) {
  Pause::Kind kind = Pause::Kind::kAll;
  if (context.argc() > 4) return context.wrong_subcommand();
  if (context.argc() == 4) {
    if (context.arg_is(3, "WRITE")) {
      kind = Pause::Kind::kWrite;
    } else if (!context.arg_is(3, "ALL")) {
      return context.error("ERR CLIENT PAUSE mode must be WRITE or ALL");
    }
  }
  const std::optional<int64_t> ms = parse_integer(context.arg(2));
  if (!ms || *ms > INT64_MAX - context.now_ms()) {
    return context.error("ERR timeout is not an integer or out of range");
  }
  if (*ms < 0) return context.error("ERR timeout is negative");
  context.engine.pause(kind, context.now_ms() + *ms);
  context.reply.ok();
}

void unpause_command(Context& context) {
  context.engine.unpause();
  context.reply.ok();
}

void unblock_command(Context& context) {
  if (context.argc() > 4) return context.wrong_subcommand();
  if (context.argc() == 4 && !context.arg_is(3, "TIMEOUT") && !context.arg_is(3, "ERROR")) {
    return context.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  }
  const std::optional<int64_t> id = parse_integer(context.arg(2));
  if (!id) return context.error(errors::kNotAnInteger);
  Session* const session = context.engine.session(static_cast<uint64_t>(*id));
  if (session == nullptr || !session->has(Session::kBlocked)) return context.reply.integer(0);
  if (context.argc() == 4 && context.arg_is(3, "ERROR")) {
    context.engine.end_wait(*session, "UNBLOCKED client unblocked via CLIENT UNBLOCK");
  } else {
    context.engine.blocking().give_up(*session);
  }
  context.reply.integer(1);
}

constexpr uint32_t kSelf = kNoscript | kLoading | kStale;

// What it tells is another thing each time.
constexpr Bytes kChangesByItself = "nondeterministic_output";

constexpr CommandSpec client_row(Bytes name, Handler handler, int arity, uint32_t flags,
                                 Bytes since, Bytes summary, Bytes syntax = {},
                                 Bytes complexity = "O(1)", Bytes tips = {}) {
  return {.name = name,
          .handler = handler,
          .arity = arity,
          .flags = flags,
          .categories = kCategoryConnection,
          .keys = {},
          .group = "connection",
          .since = since,
          .summary = summary,
          .complexity = complexity,
          .syntax = syntax,
          .tips = tips};
}

constexpr CommandSpec kRows[] = {
    {.name = "client",
     .arity = -2,
     .group = "connection",
     .since = "2.4.0",
     .summary = "Sees and governs client connections.",
     .complexity = "Depends on subcommand."},
    // Valkey 8.0: valkey.io/commands/client-capa
    client_row("client|capa", capa_command, -3, kSelf, "8.0.0", "Announces what the client can do.",
               "capability [capability ...]"),
    client_row("client|getname", getname_command, 2, kSelf, "2.6.9",
               "Gives the name of this connection."),
    client_row("client|help", help_command, 2, kLoading | kStale, "5.0.0",
               "Lists the subcommands."),
    client_row("client|id", id_command, 2, kSelf, "5.0.0", "Gives the id of this connection."),
    client_row("client|info", info_command, 2, kSelf, "6.2.0",
               "Describes this connection as CLIENT LIST does.", {}, "O(1)", kChangesByItself),
    client_row("client|kill", kill_command, -3, kSelf | kAdmin, "2.4.0", "Closes connections.",
               "ip:port | [[ID client-id | TYPE (NORMAL | MASTER | SLAVE | REPLICA | PUBSUB) | "
               "USER username | ADDR ip:port | LADDR ip:port | SKIPME (YES | NO) | "
               "MAXAGE seconds] ...]",
               "O(N) for N connections"),
    client_row("client|list", list_command, -2, kSelf | kAdmin, "2.4.0", "Lists the connections.",
               "[TYPE (NORMAL | MASTER | REPLICA | PUBSUB)] [ID client-id [client-id ...]]",
               "O(N) for N connections", kChangesByItself),
    client_row("client|no-evict", no_evict_command, 3, kSelf | kAdmin, "7.0.0",
               "Exempts this connection from client eviction.", "ON|OFF"),
    client_row("client|import-source", import_source_command, 3, kSelf, "8.1.0",
               "Marks this connection as the one that a server being filled is filled from.",
               "ON|OFF"),
    client_row("client|no-touch", no_touch_command, 3, kSelf, "7.2.0",
               "Lets this connection's reads leave the keys' access clocks alone.", "ON|OFF"),
    client_row("client|pause", pause_command, -3, kSelf | kAdmin, "3.0.0",
               "Puts off commands for a time.", "timeout [WRITE | ALL]"),
    client_row("client|reply", reply_command, 3, kSelf, "3.2.0",
               "Chooses whether this connection gets replies.", "ON|OFF|SKIP"),
    client_row("client|setinfo", setinfo_command, 4, kSelf, "7.2.0",
               "Tells the client library's name or version.", "LIB-NAME libname | LIB-VER libver"),
    client_row("client|setname", setname_command, 3, kSelf, "2.6.9", "Names this connection.",
               "connection-name"),
    client_row("client|unblock", unblock_command, -3, kSelf | kAdmin, "5.0.0",
               "Ends another connection's waiting.", "client-id [TIMEOUT | ERROR]"),
    client_row("client|unpause", unpause_command, 2, kSelf | kAdmin, "6.2.0",
               "Ends a pause before its time.", "", "O(N) for N paused connections"),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> client_commands() {
  return kRows;
}

}  // namespace sorrel
