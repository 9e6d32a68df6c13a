// Commands on the connection itself: who speaks, in which protocol, to which database.

#include "core/base/number.h"
#include "core/client_info.h"
#include "core/command/arguments.h"
#include "core/command/database_number.h"
#include "core/commands/commands.h"
#include "core/engine.h"
#include "core/version.h"

namespace sorrel {
namespace {

constexpr Bytes kBadName =
    "ERR Client names cannot contain spaces, newlines or special characters.";
constexpr Bytes kNoPassword =
    "ERR AUTH <password> called without any password configured for the default user. Are you sure "
    "your configuration is correct?";
constexpr Bytes kHelloUnauthenticated =
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
    "<proto> "
    "AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol "
    "version at the same time";

bool may_enter(Context& context, Bytes user, Bytes password) {
  return user == DefaultUser::kName && context.engine.default_user().admits(password);
}

void log_refusal(Context& context, Bytes user) {
  Engine& engine = context.engine;
  AclLog::Entry entry;
  entry.user = std::string(user.substr(0, AclLog::kNameBytesMax));
  entry.object = std::string(context.arg(0));
  if (context.session.in_multi()) entry.context = "multi";
  entry.client = client_line(context.session, engine.now_ms());
  engine.acl_log().add(std::move(entry), engine.now_ms(),
                       static_cast<size_t>(engine.values().acllog_max_len));
}

// Lets the session in as `user`, or answers WRONGPASS.
bool authenticate(Context& context, Bytes user, Bytes password) {
  if (!may_enter(context, user, password)) {
    log_refusal(context, user);
    context.error(errors::kWrongPassword);
    return false;
  }
  context.session.authenticated = true;
  context.session.user = std::string(user);
  return true;
}

void auth_command(Context& context) {
  if (context.argc() > 3) return context.error(errors::kSyntax);
  for (size_t i = 1; i < context.argc(); ++i) context.redact(i);
  const bool named = context.argc() == 3;
  if (!named && !context.engine.default_user().needs_password()) return context.error(kNoPassword);
  const Bytes user = named ? context.arg(1) : Bytes("default");
  if (authenticate(context, user, context.args.back())) context.reply.ok();
}

struct HelloOptions {
  std::optional<Protocol> protocol;
  std::optional<std::pair<Bytes, Bytes>> credentials;
  std::optional<Bytes> name;
};

bool parse_hello_protocol(Context& context, Bytes text, HelloOptions& options) {
  const std::optional<int64_t> version = parse_integer(text);
  if (!version) {
    context.error("ERR Protocol version is not an integer or out of range");
  } else if (*version < 2 || *version > 3) {
    context.error("NOPROTO unsupported protocol version");
  } else {
    options.protocol = *version == 3 ? Protocol::kResp3 : Protocol::kResp2;
  }
  return options.protocol.has_value();
}

bool parse_hello(Context& context, HelloOptions& options) {
  if (context.argc() == 1) return true;
  if (!parse_hello_protocol(context, context.arg(1), options)) return false;
  Arguments arguments(context, 2);
  while (!arguments.done()) {
    Bytes value;
    if (arguments.left() >= 3 && arguments.take("AUTH")) {
      const Bytes user = arguments.next();
      // Once the password is taken, it is the one before what is left, and the name before that.
      options.credentials = {user, arguments.next()};
      const size_t password = context.argc() - arguments.left() - 1;
      context.redact(password - 1);
      context.redact(password);
    } else if (arguments.take("SETNAME", value)) {
      if (!is_client_word(value)) return context.error(kBadName), false;
      options.name = value;
    } else {
      context.error("ERR Syntax error in HELLO option '" + errors::shown(arguments.peek()) + "'");
      return false;
    }
  }
  return true;
}

void hello_command(Context& context) {
  HelloOptions options;
  if (!parse_hello(context, options)) return;
  Session& session = context.session;
  if (options.credentials &&
      !authenticate(context, options.credentials->first, options.credentials->second)) {
    return;
  }
  if (!session.authenticated) return context.error(kHelloUnauthenticated);
  if (options.name) session.name = std::string(*options.name);
  if (options.protocol) context.speak(*options.protocol);

  ReplyWriter& reply = context.reply;
  reply.map(7);
  reply.bulk("server");
  reply.bulk("redis");
  reply.bulk("version");
  reply.bulk(kRedisVersion);
  reply.bulk("proto");
  reply.integer(session.protocol == Protocol::kResp3 ? 3 : 2);
  reply.bulk("id");
  reply.integer(static_cast<int64_t>(session.id));
  reply.bulk("mode");
  reply.bulk("standalone");
  reply.bulk("role");
  reply.bulk("master");
  reply.bulk("modules");
  reply.array(0);
}

void ping_command(Context& context) {
  if (context.argc() > 2) {
    return context.error("ERR wrong number of arguments for 'ping' command");
  }
  // Among messages a RESP2 client must be able to tell it from them.
  const Session& session = context.session;
  if (session.has(Session::kSubscribed) && session.protocol == Protocol::kResp2) {
    context.reply.array(2);
    context.reply.bulk("pong");
    return context.reply.bulk(context.argc() == 1 ? Bytes() : context.arg(1));
  }
  if (context.argc() == 1) return context.reply.simple("PONG");
  context.reply.bulk(context.arg(1));
}

void echo_command(Context& context) {
  context.reply.bulk(context.arg(1));
}

void quit_command(Context& context) {
  context.reply.ok();
  context.session.set(Session::kCloseAfterReply);
}

// The session becomes as if it had just connected.
void reset_command(Context& context) {
  Session& session = context.session;
  context.engine.monitors().remove(session);
  context.engine.pubsub().unsubscribe_all(session);
  context.engine.tracking().stop(session);
  context.engine.take_transaction(session);
  session.field_sets.reset();
  session.unset(Session::kReplyOff | Session::kReplySkip | Session::kReplySkipNext |
                Session::kNoEvict | Session::kNoTouch | Session::kImportSource);
  session.name.clear();
  context.engine.give_opening_terms(session);
  context.speak(session.protocol);
  context.reply.simple("RESET");
}

void select_command(Context& context) {
  const std::optional<int> number = parse_database_number(context, context.arg(1));
  if (!number) return;
  context.session.db = *number;
  context.reply.ok();
}

constexpr uint32_t kAlways = kNoscript | kLoading | kStale | kFast;

constexpr CommandSpec kRows[] = {
    {.name = "auth",
     .handler = auth_command,
     .arity = -2,
     .flags = kAlways | kNoAuth | kAllowBusy,
     .categories = kCategoryConnection,
     .group = "connection",
     .since = "1.0.0",
     .summary = "Proves who the client is.",
     .complexity = "O(N) for N passwords of the user",
     .syntax = "[username] password"},
    {.name = "echo",
     .handler = echo_command,
     .arity = 2,
     .flags = kLoading | kStale | kFast,
     .categories = kCategoryConnection,
     .group = "connection",
     .since = "1.0.0",
     .summary = "Answers with its argument.",
     .complexity = "O(1)",
     .syntax = "message"},
    {.name = "hello",
     .handler = hello_command,
     .arity = -1,
     .flags = kAlways | kNoAuth | kAllowBusy,
     .categories = kCategoryConnection,
     .group = "connection",
     .since = "6.0.0",
     .summary = "Chooses the protocol, and tells about the server.",
     .complexity = "O(1)",
     .syntax = "[protover [AUTH username password] [SETNAME clientname]]"},
    {.name = "ping",
     .handler = ping_command,
     .arity = -1,
     .flags = kFast | kWhileSubscribed,
     .categories = kCategoryConnection,
     .group = "connection",
     .since = "1.0.0",
     .summary = "Answers PONG, or its argument.",
     .complexity = "O(1)",
     .syntax = "[message]",
     .tips = "request_policy:all_shards response_policy:all_succeeded"},
    {.name = "quit",
     .handler = quit_command,
     .arity = -1,
     .flags = kNeverQueued | kWhileSubscribed | kAlways | kNoAuth | kAllowBusy,
     .categories = kCategoryConnection,
     .group = "connection",
     .since = "1.0.0",
     .summary = "Closes the connection once all replies are delivered.",
     .complexity = "O(1)",
     .deprecated_since = "7.2.0",
     .replaced_by = "just closing the connection"},
    {.name = "reset",
     .handler = reset_command,
     .arity = 1,
     .flags = kNeverQueued | kWhileSubscribed | kAlways | kNoAuth | kAllowBusy,
     .categories = kCategoryConnection,
     .group = "connection",
     .since = "6.2.0",
     .summary = "Makes the connection as if it were new.",
     .complexity = "O(1)"},
    {.name = "select",
     .handler = select_command,
     .arity = 2,
     .flags = kLoading | kStale | kFast,
     .categories = kCategoryConnection,
     .group = "connection",
     .since = "1.0.0",
     .summary = "Chooses the database that the following commands use.",
     .complexity = "O(1)",
     .syntax = "index"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> connection_commands() {
  return kRows;
}

}  // namespace sorrel
