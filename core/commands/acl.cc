// ACL, as far as it can be answered with one user: the default one, who may do everything.
// https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/

#include "core/base/number.h"
#include "core/base/text.h"
#include "core/command/categories.h"
#include "core/command/help.h"
#include "core/commands/commands.h"
#include "core/engine.h"

#include <algorithm>
#include <string>
#include <vector>

namespace sorrel {
namespace {

constexpr int64_t kLogShownDefault = 10;
constexpr int64_t kSecretBits = 256;
constexpr int64_t kSecretBitsMax = 4096;

constexpr Bytes kNoFile =
    "ERR This Redis instance is not configured to use an ACL file. You may want to specify users "
    "via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis "
    "configuration file set) in order to store users in the Redis configuration.";

// ---- Who there is.

void whoami_command(Context& context) {
  context.reply.bulk(context.session.user);
}

void users_command(Context& context) {
  context.reply.array(1);
  context.reply.bulk(DefaultUser::kName);
}

void list_command(Context& context) {
  const DefaultUser& user = context.engine.default_user();
  std::string line = "user default";
  for (const Bytes flag : user.flags()) line += " " + std::string(flag);
  for (const std::string& digest : user.passwords()) line += " #" + digest;
  context.reply.array(1);
  context.reply.bulk(line + " ~* &* +@all");
}

void getuser_command(Context& context) {
  if (context.arg(2) != DefaultUser::kName) return context.reply.null();
  const DefaultUser& user = context.engine.default_user();
  const std::vector<Bytes> flags = user.flags();
  ReplyWriter& reply = context.reply;
  reply.map(6);
  reply.bulk("flags");
  reply.set(flags.size());
  for (const Bytes flag : flags) reply.bulk(flag);
  reply.bulk("passwords");
  reply.array(user.passwords().size());
  for (const std::string& digest : user.passwords()) reply.bulk(digest);
  reply.bulk("commands");
  reply.bulk("+@all");
  reply.bulk("keys");
  reply.bulk("~*");
  reply.bulk("channels");
  reply.bulk("&*");
  reply.bulk("selectors");
  reply.array(0);
}

// The rights of the default user can't be narrowed yet, and there is nobody else.
void setuser_command(Context& context) {
  for (size_t i = 3; i < context.argc(); ++i) context.redact(i);
  if (context.arg(2) != DefaultUser::kName) {
    return context.error("ERR Only the 'default' user is served so far");
  }
  const auto failure = context.engine.default_user().change(context.args.subspan(3));
  if (failure) return context.error(*failure);
  context.reply.ok();
}

void deluser_command(Context& context) {
  for (const Bytes name : context.args.subspan(2)) {
    if (name == DefaultUser::kName)
      return context.error("ERR The 'default' user cannot be removed");
  }
  context.reply.integer(0);
}

// ---- Who was refused.

void reply_refusal(ReplyWriter& reply, const AclLog::Entry& entry, int64_t now_ms) {
  reply.map(10);
  reply.bulk("count");
  reply.integer(static_cast<int64_t>(entry.count));
  reply.bulk("reason");
  reply.bulk("auth");
  reply.bulk("context");
  reply.bulk(entry.context);
  reply.bulk("object");
  reply.bulk(entry.object);
  reply.bulk("username");
  reply.bulk(entry.user);
  reply.bulk("age-seconds");
  reply.real(static_cast<double>(now_ms - entry.last_ms) / 1000);
  reply.bulk("client-info");
  reply.bulk(entry.client);
  reply.bulk("entry-id");
  reply.integer(static_cast<int64_t>(entry.id));
  reply.bulk("timestamp-created");
  reply.integer(entry.first_ms);
  reply.bulk("timestamp-last-updated");
  reply.integer(entry.last_ms);
}

void log_command(Context& context) {
  if (context.argc() > 3) return context.wrong_subcommand();
  AclLog& log = context.engine.acl_log();
  if (context.argc() == 3 && context.arg_is(2, "RESET")) {
    log.clear();
    return context.reply.ok();
  }
  std::optional<int64_t> shown = kLogShownDefault;
  if (context.argc() == 3) shown = parse_integer(context.arg(2));
  if (!shown) return context.error(errors::kNotAnInteger);
  const size_t most = static_cast<size_t>(std::max<int64_t>(*shown, 0));
  const size_t count = std::min(log.entries().size(), most);
  context.reply.array(count);
  for (size_t i = 0; i < count; ++i) {
    reply_refusal(context.reply, log.entries()[i], context.now_ms());
  }
}

// ---- What there is to allow.

void cat_command(Context& context) {
  if (context.argc() > 3) return context.wrong_subcommand();
  if (context.argc() == 2) {
    context.reply.array(category_names().size());
    for (const BitName& category : category_names()) context.reply.bulk(category.name);
    return;
  }
  const std::optional<uint32_t> wanted = category_named(context.arg(2));
  if (!wanted) {
    return context.error("ERR Unknown category '" + errors::shown(context.arg(2)) + "'");
  }
  const auto mark = context.reply.begin_array();
  size_t count = 0;
  for (const auto& command : context.engine.commands().all()) {
    if (command->name.empty() || (categories_of(*command->spec) & *wanted) == 0) continue;
    context.reply.bulk(command->parent == nullptr ? Bytes(command->name) : command->spec->name);
    ++count;
  }
  context.reply.end_array(mark, count);
}

void dryrun_command(Context& context) {
  if (context.arg(2) != DefaultUser::kName) {
    return context.error("ERR User '" + errors::shown(context.arg(2)) + "' not found");
  }
  const std::span<const Bytes> call = context.args.subspan(3);
  const Command* const command = context.engine.commands().find(call);
  if (command == nullptr) {
    return context.error("ERR Command '" + errors::shown(call[0]) + "' not found");
  }
  if (call.size() < command->arguments_min || call.size() > command->arguments_max) {
    return context.error("ERR wrong number of arguments for '" + std::string(command->spec->name) +
                         "' command");
  }
  context.reply.ok();
}

void genpass_command(Context& context) {
  if (context.argc() > 3) return context.wrong_subcommand();
  std::optional<int64_t> bits = kSecretBits;
  if (context.argc() == 3) bits = parse_integer(context.arg(2));
  if (!bits) return context.error(errors::kNotAnInteger);
  if (*bits <= 0 || *bits > kSecretBitsMax) {
    return context.error(
        "ERR ACL GENPASS argument must be the number of bits for the output password, a positive "
        "number up to " +
        std::to_string(kSecretBitsMax));
  }
  const size_t digits = (static_cast<size_t>(*bits) + 3) / 4;
  std::string secret((digits + 1) / 2, '\0');
  context.engine.host().secret_bytes(secret.data(), secret.size());
  context.reply.bulk(Bytes(hex(secret)).substr(0, digits));
}

void no_file_command(Context& context) {
  context.error(kNoFile);
}

constexpr uint32_t kAsk = kNoscript | kLoading | kStale;
constexpr Bytes kUsersComplexity = "O(N) for N users";

constexpr CommandSpec row(Bytes name, Handler handler, int arity, uint32_t flags, Bytes since,
                          Bytes summary, Bytes complexity = "O(1)", Bytes syntax = {}) {
  return {.name = name,
          .handler = handler,
          .arity = arity,
          .flags = flags,
          .categories = 0,
          .keys = {},
          .group = "server",
          .since = since,
          .summary = summary,
          .complexity = complexity,
          .syntax = syntax};
}

constexpr CommandSpec kRows[] = {
    row("acl", nullptr, -2, 0, "6.0.0", "Users and what they may do.", "Depends on subcommand."),
    row("acl|cat", cat_command, -2, kAsk, "6.0.0",
        "Lists the categories of commands, or the commands of one.", "O(N) for N commands",
        "[category]"),
    row("acl|deluser", deluser_command, -3, kAsk | kAdmin, "6.0.0", "Takes users away.",
        kUsersComplexity, "username [username ...]"),
    row("acl|dryrun", dryrun_command, -4, kAsk | kAdmin, "7.0.0",
        "Tells whether a user may make a call, without making it.", "O(1)",
        "username command [arg [arg ...]]"),
    row("acl|genpass", genpass_command, -2, kAsk, "6.0.0", "Makes a password up.", "O(1)",
        "[bits]"),
    row("acl|getuser", getuser_command, 3, kAsk | kAdmin, "6.0.0", "Tells what a user may do.",
        "O(N) for N rules of the user", "username"),
    row("acl|help", help_command, 2, kLoading | kStale, "6.0.0", "Lists the subcommands."),
    row("acl|list", list_command, 2, kAsk | kAdmin, "6.0.0",
        "Lists the users as a configuration has them.", kUsersComplexity),
    row("acl|load", no_file_command, 2, kAsk | kAdmin, "6.0.0", "Reads the users' file again.",
        kUsersComplexity),
    row("acl|log", log_command, -2, kAsk | kAdmin, "6.0.0",
        "Lists who was refused lately, or forgets it.", "O(N) for N entries", "[count|RESET]"),
    row("acl|save", no_file_command, 2, kAsk | kAdmin, "6.0.0", "Writes the users' file.",
        kUsersComplexity),
    row("acl|setuser", setuser_command, -3, kAsk | kAdmin, "6.0.0",
        "Changes a user: so far the default one, and whether and with which passwords it is let "
        "in.",
        "O(N) for N rules", "username [rule [rule ...]]"),
    row("acl|users", users_command, 2, kAsk | kAdmin, "6.0.0", "Lists the users' names.",
        kUsersComplexity),
    row("acl|whoami", whoami_command, 2, kAsk, "6.0.0", "Tells which user the connection is."),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> acl_commands() {
  return kRows;
}

}  // namespace sorrel
