// XGROUP: the consumer groups of a stream, and the consumers of a group.

#include "core/command/arguments.h"
#include "core/command/help.h"
#include "core/commands/commands.h"
#include "core/commands/stream_group_access.h"

#include <new>
#include <optional>

namespace sorrel {
namespace {

constexpr Bytes kNoKey =
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use "
    "the MKSTREAM option to create an empty stream automatically.";

void answer_group_missing(Context& context) {
  context.error("NOGROUP No such consumer group '" + errors::shown(context.arg(3)) +
                "' for key name '" + errors::shown(context.arg(2)) + "'");
}

/// The key that every subcommand needs; or the error was answered.
bool require_stream(Context& context, const KeyWriter& key) {
  if (!context.require(key, Type::kStream)) return false;
  if (!key.exists()) context.error(kNoKey);
  return key.exists();
}

bool require_group(Context& context, const KeyWriter& key) {
  if (!require_stream(context, key)) return false;
  if (view_group(key, context.arg(3)).group != nullptr) return true;
  answer_group_missing(context);
  return false;
}

// ---- CREATE and SETID.

struct GroupOptions {
  bool make_stream = false;
  int64_t entries_read = StreamGroup::kUnknown;
  GroupRules rules;
  std::optional<Bytes> dead_letter;
};

/// One of the options that say what the group does by itself. False when there is none, or one that
/// `problem` is wrong with.
bool take_rule(Arguments& arguments, Bytes key, GroupOptions& options, Bytes& problem) {
  Bytes text;
  const auto number = [&](int64_t& value) {
    const std::optional<int64_t> given = parse_integer(text);
    if (!given) problem = errors::kNotAnInteger;
    if (given && *given < 0) problem = errors::kPositive;
    value = given.value_or(0);
  };
  if (arguments.take("MAXDELIVERIES", text)) {
    number(options.rules.max_deliveries);
  } else if (arguments.take("CONSUMERIDLE", text)) {
    number(options.rules.consumer_idle_ms);
  } else if (arguments.take("DEADLETTER", text)) {
    options.dead_letter = text;
    if (text == key) problem = "ERR the dead-letter stream can't be the stream itself";
  } else {
    return false;
  }
  return problem.empty();
}

/// False when the error was answered.
bool parse_options(Context& context, bool creates, GroupOptions& options) {
  Arguments arguments(context, 5);
  Bytes text;
  Bytes problem;
  // Redis takes an option twice only where there is room for it.
  const size_t words_max = creates ? 3 : 2;
  size_t words = 0;
  while (!arguments.done()) {
    if (creates && take_rule(arguments, context.arg(2), options, problem)) continue;
    if (!problem.empty()) return context.error(problem), false;
    if (creates && arguments.take("MKSTREAM")) {
      options.make_stream = true;
      ++words;
    } else if (arguments.take("ENTRIESREAD", text)) {
      const std::optional<int64_t> read = parse_integer(text);
      if (!read) return context.error(errors::kNotAnInteger), false;
      // A count that a client began near its end wraps, as Redis's does, and is journaled so.
      if (*read < StreamGroup::kUnknown && !context.session.has(Session::kInternal)) {
        return context.error("ERR value for ENTRIESREAD must be positive or -1"), false;
      }
      options.entries_read = *read;
      words += 2;
    } else {
      return context.wrong_subcommand(), false;
    }
  }
  if (words > words_max) context.wrong_subcommand();
  return words <= words_max;
}

/// The ID that the group is to go on from; or the error was answered.
std::optional<StreamId> parse_position(Context& context, const Stream* stream, bool strict) {
  const Bytes text = context.arg(4);
  if (text == "$") return stream != nullptr ? stream->last_id() : StreamId();
  const std::optional<StreamId> id =
      strict ? parse_stream_id(text, 0) : parse_stream_id_or_end(text, 0);
  if (!id) context.error(errors::kStreamId);
  return id;
}

void set_rules(StreamGroup& group, const GroupOptions& options, Epoch& epoch) {
  if (options.dead_letter) group.set_dead_letter(*options.dead_letter, epoch);
  group.set_rules(options.rules);
}

void insert_group(KeyWriter& key, Bytes name, StreamId position, const GroupOptions& options) {
  Epoch& epoch = key.values().epoch;
  Owned<StreamGroups>& groups = edit_stream(key).groups_reference();
  if (!groups) groups = StreamGroups::make(epoch);
  StreamGroup& group = groups.thaw(epoch).insert(name);
  group.set_position(position, options.entries_read);
  set_rules(group, options, epoch);
}

void erase_group(KeyWriter& key, Bytes name) {
  Epoch& epoch = key.values().epoch;
  epoch.reserve();
  Owned<StreamGroups>& groups = edit_stream(key).groups_reference();
  if (!groups) return;
  StreamGroups& set = groups.thaw(epoch);
  set.erase(name);
  if (set.size() == 0) groups.drop(epoch);
}

void create_group(Context& context, KeyWriter& key, StreamId position,
                  const GroupOptions& options) {
  const bool makes_stream = !key.exists();
  if (makes_stream) {
    Owned<Collection>& stream = key.edit(Type::kStream);
    stream = Stream::make(key.values().epoch);
  }
  try {
    insert_group(key, context.arg(3), position, options);
  } catch (const std::bad_alloc&) {
    if (makes_stream) {
      key.erase();
    } else {
      erase_group(key, context.arg(3));
    }
    throw;
  }
  if (makes_stream) key.count_edit(1);
  key.count_changes(1);
  key.notify(kEventStream, "xgroup-create");
  context.reply.ok();
}

/// "$" is another ID when it is read again.
void journal_position(Context& context, StreamId position) {
  if (context.arg(4) != "$") return;
  const StreamIdText id(position);
  std::vector<Bytes> words(context.args.begin(), context.args.end());
  words[4] = id.view();
  context.journal_as(words);
}

void create_command(Context& context) {
  GroupOptions options;
  if (!parse_options(context, true, options)) return;
  KeyWriter key = context.write(context.arg(2));
  if (!context.require(key, Type::kStream)) return;
  if (!key.exists() && !options.make_stream) return context.error(kNoKey);
  const GroupView view = view_group(key, context.arg(3));
  const std::optional<StreamId> position = parse_position(context, view.stream, true);
  if (!position) return;
  if (view.group != nullptr) {
    return context.error("BUSYGROUP Consumer Group name already exists");
  }
  journal_position(context, *position);
  create_group(context, key, *position, options);
}

void setid_command(Context& context) {
  GroupOptions options;
  if (!parse_options(context, false, options)) return;
  KeyWriter key = context.write(context.arg(2));
  if (!require_group(context, key)) return;
  const Stream* stream = view_group(key, context.arg(3)).stream;
  const std::optional<StreamId> position = parse_position(context, stream, false);
  if (!position) return;
  edit_group(key, context.arg(3)).set_position(*position, options.entries_read);
  key.count_changes(1);
  key.notify(kEventStream, "xgroup-setid");
  journal_position(context, *position);
  context.reply.ok();
}

void setcfg_command(Context& context) {
  KeyWriter key = context.write(context.arg(2));
  if (!require_group(context, key)) return;
  GroupOptions options;
  options.rules = view_group(key, context.arg(3)).group->rules();
  Arguments arguments(context, 4);
  Bytes problem;
  while (!arguments.done() && take_rule(arguments, context.arg(2), options, problem)) {
  }
  if (!arguments.done() && problem.empty()) return context.wrong_subcommand();
  if (!problem.empty()) return context.error(problem);
  set_rules(edit_group(key, context.arg(3)), options, key.values().epoch);
  key.count_changes(1);
  key.notify(kEventStream, "xgroup-setcfg");
  context.reply.ok();
}

// ---- The others.

void destroy_command(Context& context) {
  KeyWriter key = context.write(context.arg(2));
  if (!require_stream(context, key)) return;
  if (view_group(key, context.arg(3)).group == nullptr) return context.reply.integer(0);
  erase_group(key, context.arg(3));
  key.count_changes(1);
  key.notify(kEventStream, "xgroup-destroy");
  // Who waits in it learns that it is gone.
  context.books().ready(key.key(), context.session.db);
  context.reply.integer(1);
}

void createconsumer_command(Context& context) {
  KeyWriter key = context.write(context.arg(2));
  if (!require_group(context, key)) return;
  StreamGroup& group = edit_group(key, context.arg(3));
  const size_t before = group.consumers().size();
  consumer_of(context, key, group, context.arg(4));
  context.reply.integer(group.consumers().size() == before ? 0 : 1);
}

void delconsumer_command(Context& context) {
  KeyWriter key = context.write(context.arg(2));
  if (!require_group(context, key)) return;
  const GroupView view = view_group(key, context.arg(3));
  const StreamConsumer* consumer = view.group->consumers().find(context.arg(4));
  if (consumer == nullptr) return context.reply.integer(0);
  const uint32_t number = consumer->number;
  const size_t pending = edit_group(key, context.arg(3)).erase_consumer(number);
  key.count_changes(1);
  key.notify(kEventStream, "xgroup-delconsumer");
  context.reply.integer(static_cast<int64_t>(pending));
}

constexpr CommandSpec group_row(Bytes name, Handler handler, int arity, uint32_t flags, Bytes since,
                                Bytes summary, Bytes complexity, Bytes syntax) {
  return {.name = name,
          .handler = handler,
          .arity = arity,
          .flags = flags,
          .categories = kCategoryStream,
          .keys = {key_at(2, kKeyRW | kKeyUpdate)},
          .group = "stream",
          .since = since,
          .summary = summary,
          .complexity = complexity,
          .syntax = syntax};
}

constexpr CommandSpec kRows[] = {
    {.name = "xgroup",
     .arity = -2,
     .group = "stream",
     .since = "5.0.0",
     .summary = "The consumer groups of a stream, and their consumers.",
     .complexity = "Depends on subcommand."},
    {.name = "xgroup|create",
     .handler = create_command,
     .arity = -5,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryStream,
     .keys = {key_at(2, kKeyRW | kKeyInsert)},
     .group = "stream",
     .since = "5.0.0",
     .summary = "Makes a consumer group.",
     .complexity = "O(log(N)) with N the number of groups",
     .syntax = "key group (id | $) [MKSTREAM] [ENTRIESREAD entries-read] [MAXDELIVERIES count] "
               "[DEADLETTER dead-letter-key] [CONSUMERIDLE milliseconds]"},
    {.name = "xgroup|createconsumer",
     .handler = createconsumer_command,
     .arity = 5,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryStream,
     .keys = {key_at(2, kKeyRW | kKeyInsert)},
     .group = "stream",
     .since = "6.2.0",
     .summary = "Makes a consumer in a group.",
     .complexity = "O(log(N)) with N the number of consumers",
     .syntax = "key group consumer"},
    {.name = "xgroup|delconsumer",
     .handler = delconsumer_command,
     .arity = 5,
     .flags = kWrite,
     .categories = kCategoryStream,
     .keys = {key_at(2, kKeyRW | kKeyDelete)},
     .group = "stream",
     .since = "5.0.0",
     .summary = "Deletes a consumer, with all that it has pending.",
     .complexity = "O(M*log(N)) with M what it has pending of the N entries pending in the group",
     .syntax = "key group consumer"},
    {.name = "xgroup|destroy",
     .handler = destroy_command,
     .arity = 4,
     .flags = kWrite,
     .categories = kCategoryStream,
     .keys = {key_at(2, kKeyRW | kKeyDelete)},
     .group = "stream",
     .since = "5.0.0",
     .summary = "Deletes a consumer group.",
     .complexity = "O(log(N)) with N the number of groups; what was pending is freed later",
     .syntax = "key group"},
    {.name = "xgroup|help",
     .handler = help_command,
     .arity = 2,
     .flags = kLoading | kStale,
     .categories = kCategoryStream,
     .group = "stream",
     .since = "5.0.0",
     .summary = "Lists the subcommands.",
     .complexity = "O(1)"},
    group_row("xgroup|setcfg", setcfg_command, -6, kWrite | kDenyOom, "7.2.0",
              "Sets what a group does with entries that fail, and with consumers that go away.",
              "O(log(N)) with N the number of groups",
              "key group [MAXDELIVERIES count] [DEADLETTER dead-letter-key] "
              "[CONSUMERIDLE milliseconds]"),
    group_row("xgroup|setid", setid_command, -5, kWrite, "5.0.0",
              "Sets the last entry that a group counts as delivered.",
              "O(log(N)) with N the number of groups",
              "key group (id | $) [ENTRIESREAD entries-read]"),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> stream_group_commands() {
  return kRows;
}

}  // namespace sorrel
