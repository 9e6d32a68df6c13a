// ACL, as far as it can be answered with one user: the default one, who may do everything.
// https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/

#include "core/base/number.h"
#include "core/base/sha256.h"
#include "core/base/text.h"
#include "core/command/categories.h"
#include "core/command/help.h"
#include "core/commands/commands.h"
#include "core/engine.h"

#include <string>
#include <vector>

namespace sorrel {
namespace {

constexpr Bytes kDefaultUser = "default";
constexpr int64_t kSecretBits = 256;
constexpr int64_t kSecretBitsMax = 4096;

constexpr Bytes kNoFile =
    "ERR This Redis instance is not configured to use an ACL file. You may want to specify users "
    "via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis "
    "configuration file set) in order to store users in the Redis configuration.";

// ---- Who there is.

std::vector<Bytes> flags_of_default(const std::string& password) {
  if (password.empty()) return {"on", "nopass", "sanitize-payload"};
  return {"on", "sanitize-payload"};
}

void whoami_command(Context& context) {
  context.reply.bulk(context.session.user);
}

void users_command(Context& context) {
  context.reply.array(1);
  context.reply.bulk(kDefaultUser);
}

void list_command(Context& context) {
  const std::string& password = context.engine.values().requirepass;
  std::string line = "user default";
  for (const Bytes flag : flags_of_default(password)) line += " " + std::string(flag);
  if (!password.empty()) line += " #" + sha256_hex(password);
  context.reply.array(1);
  context.reply.bulk(line + " ~* &* +@all");
}

void getuser_command(Context& context) {
  if (context.arg(2) != kDefaultUser) return context.reply.null();
  const std::string& password = context.engine.values().requirepass;
  const std::vector<Bytes> flags = flags_of_default(password);
  ReplyWriter& reply = context.reply;
  reply.map(6);
  reply.bulk("flags");
  reply.set(flags.size());
  for (const Bytes flag : flags) reply.bulk(flag);
  reply.bulk("passwords");
  reply.array(password.empty() ? 0 : 1);
  if (!password.empty()) reply.bulk(sha256_hex(password));
  reply.bulk("commands");
  reply.bulk("+@all");
  reply.bulk("keys");
  reply.bulk("~*");
  reply.bulk("channels");
  reply.bulk("&*");
  reply.bulk("selectors");
  reply.array(0);
}

void deluser_command(Context& context) {
  for (const Bytes name : context.args.subspan(2)) {
    if (name == kDefaultUser) return context.error("ERR The 'default' user cannot be removed");
  }
  context.reply.integer(0);
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
  if (context.arg(2) != kDefaultUser) {
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
    row("acl|save", no_file_command, 2, kAsk | kAdmin, "6.0.0", "Writes the users' file.",
        kUsersComplexity),
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
