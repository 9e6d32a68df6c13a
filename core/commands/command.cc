// COMMAND: the command table, told to clients. Everything here derives from the rows.

#include "core/base/glob.h"
#include "core/command/categories.h"
#include "core/command/help.h"
#include "core/command/keys.h"
#include "core/command/syntax.h"
#include "core/commands/commands.h"
#include "core/engine.h"

#include <algorithm>

namespace sorrel {
namespace {

// ---- INFO

void reply_bits(ReplyWriter& reply, std::span<const BitName> names, uint32_t bits, Bytes prefix) {
  // Some bits are the engine's own and have no name.
  const auto shown = [bits](const BitName& entry) { return (bits & entry.bit) != 0; };
  reply.set(static_cast<size_t>(std::count_if(names.begin(), names.end(), shown)));
  for (const BitName& entry : names) {
    if (shown(entry)) reply.simple(std::string(prefix) + std::string(entry.name));
  }
}

void reply_words(ReplyWriter& reply, Bytes words) {
  std::vector<Bytes> list;
  while (!words.empty()) {
    const size_t end = std::min(words.find(' '), words.size());
    if (end != 0) list.push_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  reply.set(list.size());
  for (const Bytes word : list) reply.bulk(word);
}

void reply_pair(ReplyWriter& reply, Bytes name, int64_t value) {
  reply.bulk(name);
  reply.integer(value);
}

void reply_begin_search(ReplyWriter& reply, const KeySpec& spec) {
  reply.map(2);
  reply.bulk("type");
  switch (spec.begin) {
    case KeySpec::Begin::kIndex:
      reply.bulk("index");
      reply.bulk("spec");
      reply.map(1);
      return reply_pair(reply, "index", spec.index);
    case KeySpec::Begin::kKeyword:
      reply.bulk("keyword");
      reply.bulk("spec");
      reply.map(2);
      reply.bulk("keyword");
      reply.bulk(spec.keyword);
      return reply_pair(reply, "startfrom", spec.index);
    default:
      reply.bulk("unknown");
      reply.bulk("spec");
      reply.map(0);
  }
}

void reply_find_keys(ReplyWriter& reply, const KeySpec& spec) {
  reply.map(2);
  reply.bulk("type");
  switch (spec.find) {
    case KeySpec::Find::kRange:
      reply.bulk("range");
      reply.bulk("spec");
      reply.map(3);
      reply_pair(reply, "lastkey", spec.last);
      reply_pair(reply, "keystep", spec.step);
      return reply_pair(reply, "limit", spec.limit);
    case KeySpec::Find::kCount:
      reply.bulk("keynum");
      reply.bulk("spec");
      reply.map(3);
      reply_pair(reply, "keynumidx", spec.count_index);
      reply_pair(reply, "firstkey", spec.first);
      return reply_pair(reply, "keystep", spec.step);
    default:
      reply.bulk("unknown");
      reply.bulk("spec");
      reply.map(0);
  }
}

void reply_key_specs(ReplyWriter& reply, const CommandSpec& spec) {
  const size_t count = key_spec_count(spec);
  reply.set(count);
  for (size_t i = 0; i < count; ++i) {
    reply.map(3);
    reply.bulk("flags");
    reply_bits(reply, key_flag_names(), spec.keys[i].flags, "");
    reply.bulk("begin_search");
    reply_begin_search(reply, spec.keys[i]);
    reply.bulk("find_keys");
    reply_find_keys(reply, spec.keys[i]);
  }
}

void reply_info(ReplyWriter& reply, const Command* command) {
  if (command == nullptr) return reply.null();
  const CommandSpec& spec = *command->spec;
  const KeyRange range = legacy_range(spec);
  reply.array(10);
  reply.bulk(command->parent == nullptr ? Bytes(command->name) : spec.name);
  reply.integer(spec.arity);
  reply_bits(reply, command_flag_names(), spec.flags, "");
  reply.integer(range.first);
  reply.integer(range.last);
  reply.integer(range.step);
  reply_bits(reply, category_names(), categories_of(spec), "@");
  reply_words(reply, spec.tips);
  reply_key_specs(reply, spec);
  // An odd one of Redis: none is an empty set, some are an array.
  if (command->subcommands.empty()) return reply.set(0);
  reply.array(command->subcommands.size());
  for (const Command* sub : command->subcommands) reply_info(reply, sub);
}

template <typename Visit>
void for_each_command(Context& context, Visit&& visit) {
  for (const auto& command : context.engine.commands().all()) {
    if (command->parent == nullptr && !command->name.empty()) visit(*command);
  }
}

size_t command_count(Context& context) {
  size_t count = 0;
  for_each_command(context, [&](const Command&) { ++count; });
  return count;
}

void info_command(Context& context) {
  if (context.command.parent == nullptr || context.argc() == 2) {
    context.reply.array(command_count(context));
    return for_each_command(context, [&](const Command& c) { reply_info(context.reply, &c); });
  }
  context.reply.array(context.argc() - 2);
  for (const Bytes name : context.args.subspan(2)) {
    reply_info(context.reply, context.engine.commands().find_full_name(name));
  }
}

void count_command(Context& context) {
  context.reply.integer(static_cast<int64_t>(command_count(context)));
}

// ---- DOCS

void reply_text(ReplyWriter& reply, Bytes name, Bytes text) {
  reply.bulk(name);
  reply.bulk(text);
}

/// Which key specification the next key among the arguments belongs to: each has its own, but for
/// those that are left, which share the last.
struct KeySpecCounter {
  int next = 0;
  int last;
  int take() { return next < last ? next++ : last; }
};

void reply_arguments(ReplyWriter& reply, std::span<const SyntaxNode> nodes, KeySpecCounter& keys);

void reply_argument(ReplyWriter& reply, const SyntaxNode& node, KeySpecCounter& keys) {
  const bool is_key = node.type() == "key";
  const bool flagged = node.optional || node.multiple;
  reply.map(size_t{2} + is_key + !node.token.empty() + flagged + !node.children.empty());
  reply_text(reply, "name", node.name);
  reply_text(reply, "type", node.type());
  if (is_key) reply_pair(reply, "key_spec_index", keys.take());
  if (!node.token.empty()) reply_text(reply, "token", node.token);
  if (flagged) {
    reply.bulk("flags");
    reply.set(size_t{node.optional} + node.multiple);
    if (node.optional) reply.simple("optional");
    if (node.multiple) reply.simple("multiple");
  }
  if (!node.children.empty()) reply_arguments(reply, node.children, keys);
}

void reply_arguments(ReplyWriter& reply, std::span<const SyntaxNode> nodes, KeySpecCounter& keys) {
  reply.bulk("arguments");
  reply.array(nodes.size());
  for (const SyntaxNode& node : nodes) reply_argument(reply, node, keys);
}

void reply_docs(ReplyWriter& reply, const Command& command) {
  const CommandSpec& spec = *command.spec;
  reply.bulk(command.parent == nullptr ? Bytes(command.name) : spec.name);
  const bool deprecated = !spec.deprecated_since.empty();
  const auto mark = reply.begin_map();
  size_t pairs = 4;
  reply_text(reply, "summary", spec.summary);
  reply_text(reply, "since", spec.since);
  reply_text(reply, "group", spec.group);
  reply_text(reply, "complexity", spec.complexity);
  if (deprecated) {
    reply.bulk("doc_flags");
    reply.set(1);
    reply.simple("deprecated");
    reply_text(reply, "deprecated_since", spec.deprecated_since);
    reply_text(reply, "replaced_by", spec.replaced_by);
    pairs += 3;
  }
  if (!spec.syntax.empty()) {
    KeySpecCounter keys{.last = static_cast<int>(key_spec_count(spec)) - 1};
    reply_arguments(reply, parse_syntax(spec.syntax), keys);
    ++pairs;
  }
  if (!command.subcommands.empty()) {
    reply.bulk("subcommands");
    reply.map(command.subcommands.size());
    for (const Command* sub : command.subcommands) reply_docs(reply, *sub);
    ++pairs;
  }
  reply.end_map(mark, pairs);
}

void docs_command(Context& context) {
  if (context.argc() == 2) {
    context.reply.map(command_count(context));
    return for_each_command(context, [&](const Command& c) { reply_docs(context.reply, c); });
  }
  std::vector<const Command*> found;
  for (const Bytes name : context.args.subspan(2)) {
    const Command* command = context.engine.commands().find_full_name(name);
    if (command != nullptr) found.push_back(command);
  }
  context.reply.map(found.size());
  for (const Command* command : found) reply_docs(context.reply, *command);
}

// ---- LIST

// Which names COMMAND LIST shows; nothing when the filter is not one.
using Wanted = std::function<bool(const Command&)>;

std::optional<Wanted> parse_filter(Context& context) {
  if (context.argc() == 2) return [](const Command&) { return true; };
  if (context.argc() != 5 || !context.arg_is(2, "FILTERBY")) return std::nullopt;
  const Bytes value = context.arg(4);
  if (context.arg_is(3, "MODULE")) return [](const Command&) { return false; };
  if (context.arg_is(3, "ACLCAT")) {
    const uint32_t category = category_named(value).value_or(0);
    return [category](const Command& c) { return (categories_of(*c.spec) & category) != 0; };
  }
  if (context.arg_is(3, "PATTERN")) {
    return [value](const Command& c) {
      return glob_match(value, c.parent == nullptr ? Bytes(c.name) : c.spec->name, Case::kIgnored);
    };
  }
  return std::nullopt;
}

void list_command(Context& context) {
  const std::optional<Wanted> wanted = parse_filter(context);
  if (!wanted) return context.error(errors::kSyntax);
  std::vector<Bytes> names;
  for (const auto& command : context.engine.commands().all()) {
    if (!command->name.empty() && (*wanted)(*command)) {
      names.push_back(command->parent == nullptr ? Bytes(command->name) : command->spec->name);
    }
  }
  context.reply.array(names.size());
  for (const Bytes name : names) context.reply.bulk(name);
}

// ---- GETKEYS

// A shard's channels stand where keys stand, so that a cluster knows whom to ask.
bool has_keys(const CommandSpec& spec) {
  const std::span<const KeySpec> keys(spec.keys, key_spec_count(spec));
  return std::any_of(keys.begin(), keys.end(),
                     [](const KeySpec& key) { return (key.flags & kKeyNotKey) == 0; });
}

void getkeys_generic(Context& context, bool with_flags) {
  const std::span<const Bytes> call = context.args.subspan(2);
  const Command* command = context.engine.commands().find(call);
  if (command == nullptr || command->spec->handler == nullptr) {
    return context.error("ERR Invalid command specified");
  }
  const CommandSpec& spec = *command->spec;
  if (!has_keys(spec)) return context.error("ERR The command has no key arguments");
  const int argc = static_cast<int>(call.size());
  if ((spec.arity > 0 && argc != spec.arity) || argc < -spec.arity) {
    return context.error("ERR Invalid number of arguments specified for command");
  }
  const std::optional<std::vector<KeyReference>> keys = keys_of(spec, call);
  if (!keys || keys->empty()) {
    if ((spec.flags & kNoMandatoryKeys) != 0) return context.reply.array(0);
    return context.error("ERR Invalid arguments specified for command");
  }
  context.reply.array(keys->size());
  for (const KeyReference& key : *keys) {
    if (with_flags) context.reply.array(2);
    context.reply.bulk(call[key.index]);
    if (with_flags) reply_bits(context.reply, key_flag_names(), key.flags, "");
  }
}

void getkeys_command(Context& context) {
  getkeys_generic(context, false);
}
void getkeysandflags_command(Context& context) {
  getkeys_generic(context, true);
}

constexpr CommandSpec row(Bytes name, Handler handler, int arity, Bytes since, Bytes summary,
                          Bytes syntax = {}, Bytes tips = {}) {
  return {.name = name,
          .handler = handler,
          .arity = arity,
          .flags = kLoading | kStale,
          .categories = kCategoryConnection,
          .keys = {},
          .group = "server",
          .since = since,
          .summary = summary,
          .complexity = "O(N) for N commands",
          .syntax = syntax,
          .tips = tips};
}

constexpr Bytes kAnyOrder = "nondeterministic_output_order";

constexpr CommandSpec kRows[] = {
    row("command", info_command, -1, "2.8.13", "Describes every command.", "", kAnyOrder),
    row("command|count", count_command, 2, "2.8.13", "Counts the commands."),
    row("command|docs", docs_command, -2, "7.0.0", "Documents commands.",
        "[command-name [command-name ...]]", kAnyOrder),
    row("command|getkeys", getkeys_command, -4, "2.8.13", "Gives the keys of a call.",
        "command [arg [arg ...]]"),
    row("command|getkeysandflags", getkeysandflags_command, -4, "7.0.0",
        "Gives the keys of a call, and what it does with each.", "command [arg [arg ...]]"),
    row("command|help", help_command, 2, "5.0.0", "Lists the subcommands."),
    row("command|info", info_command, -2, "2.8.13", "Describes commands.",
        "[command-name [command-name ...]]", kAnyOrder),
    row("command|list", list_command, -2, "7.0.0", "Lists the names of commands.",
        "[FILTERBY (MODULE module-name | ACLCAT category | PATTERN pattern)]", kAnyOrder),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> command_commands() {
  return kRows;
}

}  // namespace sorrel
