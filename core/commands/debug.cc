// DEBUG: what tests ask of a server. Refused unless enable-debug-command allows it.

#include "core/base/glob.h"
#include "core/base/number.h"
#include "core/base/text.h"
#include "core/command/help.h"
#include "core/command/row.h"
#include "core/commands/commands.h"
#include "core/digest.h"
#include "core/engine.h"
#include "core/keyspace/access_clock.h"
#include "core/value/list_tree.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace sorrel {
namespace {

constexpr double kSleepSecondsMax = 3600;

void sleep_command(Context& context) {
  const double seconds = parse_real(context.arg(2)).value_or(0);
  const double bounded = std::isnan(seconds) ? 0 : std::clamp(seconds, 0.0, kSleepSecondsMax);
  context.engine.host().sleep_us(static_cast<int64_t>(bounded * 1e6));
  context.reply.ok();
}

void set_active_expire_command(Context& context) {
  context.engine.set_active_expiry(context.arg(2) != "0");
  context.reply.ok();
}

void pause_cron_command(Context& context) {
  context.engine.set_background_work(context.arg(2) == "0");
  context.reply.ok();
}

// ---- How values are kept.

// The entry of argument 2, or an answered error.
const Entry* look_at_entry(Context& context) {
  const Entry* entry = context.db().peek(context.arg(2));
  if (entry == nullptr) context.error(errors::kNoSuchKey);
  return entry;
}

size_t serialized_bytes(Context& context, const Entry& entry) {
  if (entry.type() != Type::kString) return entry.footprint(context.engine.heap(), 0);
  StringValue::Scratch scratch;
  return entry.string().bytes(scratch).size() + 1;
}

/// A list in blocks has figures of its own.
std::string block_figures(Context& context, const ListTree& list) {
  size_t blocks = 0;
  size_t bytes = 0;
  for (auto at = list.blocks().begin(); at; at.next()) {
    ++blocks;
    bytes += (*at)->listpack_bytes();
  }
  const SettingValues& values = context.engine.values();
  char text[200];
  std::snprintf(text, sizeof text,
                " ql_nodes:%zu ql_avg_node:%.2f ql_listpack_max:%d ql_compressed:%d "
                "ql_uncompressed_size:%zu",
                blocks, static_cast<double>(list.size()) / static_cast<double>(blocks),
                static_cast<int>(values.list_max_listpack_size),
                static_cast<int>(values.list_compress_depth != 0), bytes);
  return text;
}

void object_command(Context& context) {
  const Entry* entry = look_at_entry(context);
  if (entry == nullptr) return;
  char text[200];
  std::snprintf(
      text, sizeof text,
      "Value at:%p refcount:1 encoding:%.*s serializedlength:%zu lru:%u lru_seconds_idle:%u",
      static_cast<const void*>(entry), static_cast<int>(entry->encoding_name().size()),
      entry->encoding_name().data(), serialized_bytes(context, *entry), entry->access_clock(),
      idle_seconds(context.books(), entry->access_clock()));
  std::string line = text;
  if (entry->encoding_name() == "quicklist") {
    line += block_figures(context, static_cast<const ListTree&>(*entry->collection()));
  }
  context.reply.simple(line);
}

void sdslen_command(Context& context) {
  const Entry* entry = look_at_entry(context);
  if (entry == nullptr) return;
  if (entry->type() != Type::kString) return context.error("ERR Not an sds encoded string.");
  const size_t value_bytes = serialized_bytes(context, *entry) - 1;
  const size_t memory = entry->footprint(context.engine.heap(), 0);
  context.reply.simple("key_sds_len:" + std::to_string(entry->key().size()) +
                       ", key_sds_avail:0, key_zmalloc: " + std::to_string(memory) +
                       ", val_sds_len:" + std::to_string(value_bytes) +
                       ", val_sds_avail:0, val_zmalloc: " + std::to_string(memory));
}

// What Redis prints on its terminal is the reply here: a library has no terminal.
void collection_figures(Context& context, std::initializer_list<Bytes> encodings, Bytes otherwise) {
  const Entry* entry = look_at_entry(context);
  if (entry == nullptr) return;
  const Bytes encoding = entry->encoding_name();
  if (std::find(encodings.begin(), encodings.end(), encoding) == encodings.end()) {
    return context.error(otherwise);
  }
  const std::string text = "encoding: " + std::string(encoding) + "\n elements: " +
                           std::to_string(entry->collection()->size(entry->type())) +
                           "\n bytes: " + std::to_string(serialized_bytes(context, *entry)) + "\n";
  context.reply.verbatim(text, "txt");
}

void listpack_command(Context& context) {
  collection_figures(context, {"listpack", "listpackex"}, "ERR Not a listpack encoded object.");
}

void quicklist_command(Context& context) {
  collection_figures(context, {"quicklist"}, "ERR Not a quicklist encoded object.");
}

void htstats_key_command(Context& context) {
  collection_figures(
      context, {"hashtable", "skiplist"},
      "ERR The value stored at the specified key is not represented using an hash table");
}

// ---- Making keys, and digests of them.

constexpr int64_t kPopulateMax = 1'000'000'000;

void populate_command(Context& context) {
  if (context.argc() > 5) return context.wrong_subcommand();
  const std::optional<int64_t> count = parse_integer(context.arg(2));
  if (!count || *count < 0 || *count > kPopulateMax) return context.error(errors::kPositive);
  const std::string prefix = context.argc() > 3 ? std::string(context.arg(3)) : "key";
  std::optional<int64_t> size = 0;
  if (context.argc() > 4) size = parse_integer(context.arg(4));
  if (!size || *size < 0 || *size > context.engine.values().proto_max_bulk_len) {
    return context.error(errors::kPositive);
  }
  for (int64_t i = 0; i < *count; ++i) {
    const std::string name = prefix + ":" + std::to_string(i);
    KeyWriter key = context.write(name);
    if (key.exists()) continue;
    std::string value = "value:" + std::to_string(i);
    if (*size != 0) value.resize(static_cast<size_t>(*size), '\0');
    key.put_string(value, Expiry::none());
  }
  context.reply.ok();
}

void digest_command(Context& context) {
  context.reply.simple(hex(digest_all(context.engine)));
}

void digest_value_command(Context& context) {
  context.reply.array(context.argc() - 2);
  for (const Bytes name : context.args.subspan(2)) {
    const Entry* entry = context.read(name, Touch::kPeek);
    context.reply.simple(hex(entry == nullptr ? Digest{} : digest_value(context.engine, *entry)));
  }
}

struct ProtocolExample {
  Bytes name;
  void (*write)(ReplyWriter&);
};

void write_three(ReplyWriter& reply) {
  for (int64_t i = 0; i < 3; ++i) reply.integer(i);
}

constexpr ProtocolExample kProtocolExamples[] = {
    {"string", [](ReplyWriter& r) { r.bulk("Hello World"); }},
    {"integer", [](ReplyWriter& r) { r.integer(12345); }},
    {"double", [](ReplyWriter& r) { r.real(3.141); }},
    {"null", [](ReplyWriter& r) { r.null(); }},
    {"array", [](ReplyWriter& r) { r.array(3), write_three(r); }},
    {"set", [](ReplyWriter& r) { r.set(3), write_three(r); }},
    {"map",
     [](ReplyWriter& r) {
       r.map(3);
       for (int64_t i = 0; i < 3; ++i) r.integer(i), r.boolean(i == 1);
     }},
    {"attrib",
     [](ReplyWriter& r) {
       if (r.attribute(1)) {
         r.bulk("key-popularity");
         r.array(2);
         r.bulk("key:123");
         r.integer(90);
       }
       r.bulk("Some real reply following the attribute");
     }},
    {"push",
     [](ReplyWriter& r) {
       r.push(2);
       r.bulk("server-cpu-usage");
       r.integer(42);
       r.bulk("Some real reply following the push reply");
     }},
    {"bignum", [](ReplyWriter& r) { r.big_number("1234567999999999999999999999999999999"); }},
    {"verbatim", [](ReplyWriter& r) { r.verbatim("This is a verbatim\nstring", "txt"); }},
    {"true", [](ReplyWriter& r) { r.boolean(true); }},
    {"false", [](ReplyWriter& r) { r.boolean(false); }},
};

void protocol_command(Context& context) {
  for (const ProtocolExample& example : kProtocolExamples) {
    if (!context.arg_is(2, example.name)) continue;
    if (example.name == "push" && !context.reply.resp3()) {
      return context.error("ERR RESP2 is not supported by this command");
    }
    return example.write(context.reply);
  }
  context.error(
      "ERR Wrong protocol type name. Please use one of the following: "
      "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false");
}

void log_command(Context& context) {
  context.engine.host().log(LogLevel::kWarning, "DEBUG LOG: " + std::string(context.arg(2)));
  context.reply.ok();
}

void error_command(Context& context) {
  context.error(context.arg(2));
}

void stringmatch_command(Context& context) {
  const std::optional<int64_t> size = parse_integer(context.arg(2));
  if (!size || *size < 0 || *size > context.engine.values().proto_max_bulk_len) {
    return context.error(errors::kNotAnInteger);
  }
  const std::string text(static_cast<size_t>(*size), 'x');
  context.reply.integer(glob_match(context.arg(3), text) ? 1 : 0);
}

/// Patterns and texts at random: whoever has read past an end doesn't answer.
void stringmatch_test_command(Context& context) {
  constexpr size_t kRounds = 100'000;
  constexpr size_t kBytesMax = 32;
  static constexpr Bytes kLetters = "*?[]^-\\ab";
  Random& random = context.engine.random();
  for (size_t round = 0; round < kRounds; ++round) {
    std::string pattern(random.below(kBytesMax), ' ');
    std::string text(random.below(kBytesMax), ' ');
    for (char& letter : pattern) letter = kLetters[random.below(kLetters.size())];
    for (char& letter : text) letter = kLetters[random.below(kLetters.size())];
    static_cast<void>(glob_match(pattern, text));
  }
  context.reply.simple("Apparently Redis did not crash: test passed");
}

void structsize_command(Context& context) {
  context.reply.simple("bits:" + std::to_string(sizeof(void*) * 8) +
                       " robj:" + std::to_string(sizeof(Entry)) +
                       " dictentry:" + std::to_string(sizeof(Owned<Entry>)));
}

// Who reads the journal gets a command that wasn't run here: the data differ from then on.
void replicate_command(Context& context) {
  Engine& engine = context.engine;
  if (engine.journal().active()) {
    engine.journal().append(context.session.db, context.args.subspan(3));
  }
  context.reply.ok();
}

void change_repl_id_command(Context& context) {
  context.engine.change_replication_id();
  context.reply.ok();
}

// The lines that Redis has for any table; what it tells of chains there is none of here.
std::string table_figures(size_t elements, size_t bytes) {
  if (elements == 0) {
    return "Hash table 0 stats (main hash table):\nNo stats available for empty dictionaries\n";
  }
  return "Hash table 0 stats (main hash table):\n table size: " +
         std::to_string(bytes / sizeof(Owned<Entry>)) +
         "\n number of elements: " + std::to_string(elements) + "\n";
}

void htstats_command(Context& context) {
  const std::optional<int64_t> number = parse_integer(context.arg(2));
  if (!number) return context.error(errors::kNotAnInteger);
  if (*number < 0 || *number >= context.engine.database_count()) {
    return context.error("ERR Out of range database");
  }
  const Keyspace& db = context.engine.database(static_cast<int>(*number));
  context.reply.verbatim("[Dictionary HT]\n" + table_figures(db.size(), db.table().bytes()) +
                             "[Expires HT]\n" +
                             table_figures(db.expiries().size(), db.expiries().bytes()),
                         "txt");
}

void client_eviction_command(Context& context) {
  const SettingValues& values = context.engine.values();
  if (values.maxmemory_clients.resolve(values.maxmemory) == 0) {
    return context.error("ERR maxmemory-clients is disabled.");
  }
  const size_t total = context.engine.client_memory().total();
  context.reply.verbatim("total client memory: " + std::to_string(total) + "\n", "txt");
}

void replybuffer_command(Context& context) {
  const bool known = context.arg_is(2, "PEAK-RESET-TIME") || context.arg_is(2, "RESIZING");
  if (!known) return context.wrong_subcommand();
  context.reply.ok();
}

void rewrite_all_command(Context& context) {
  const Status status = context.engine.host().rewrite_config(RewriteScope::kAll);
  if (!status) return context.error("ERR " + status.message());
  context.reply.ok();
}

// ---- The allocator's controls.

AllocatorControls* demand_controls(Context& context) {
  AllocatorControls* const controls = context.engine.host().allocator_controls();
  if (controls == nullptr) context.error("ERR The server's allocator has no controls");
  return controls;
}

void mallctl_command(Context& context) {
  if (context.argc() > 4) return context.wrong_subcommand();
  AllocatorControls* const controls = demand_controls(context);
  if (controls == nullptr) return;
  std::optional<int64_t> value;
  if (context.argc() == 4) {
    value = parse_integer(context.arg(3));
    if (!value) return context.error(errors::kNotAnInteger);
  }
  const auto before = controls->number(std::string(context.arg(2)), value);
  if (!before) return context.error("ERR " + before.status().message());
  before.value() ? context.reply.integer(*before.value()) : context.reply.ok();
}

void mallctl_text_command(Context& context) {
  if (context.argc() > 4) return context.wrong_subcommand();
  AllocatorControls* const controls = demand_controls(context);
  if (controls == nullptr) return;
  std::optional<std::string> value;
  if (context.argc() == 4) value = std::string(context.arg(3));
  const auto before = controls->text(std::string(context.arg(2)), value);
  if (!before) return context.error("ERR " + before.status().message());
  before.value() ? context.reply.bulk(*before.value()) : context.reply.ok();
}

void packed_threshold_command(Context& context) {
  constexpr uint64_t kEnd = uint64_t{4} << 30;
  const std::optional<uint64_t> bytes = parse_memory_size(context.arg(2));
  if (!bytes || *bytes >= kEnd) {
    return context.error("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
  }
  context.reply.ok();
}

// What tests switch in Redis's own structures, which don't exist here.
void nothing_command(Context& context) {
  context.reply.ok();
}

constexpr CommandSpec row(Bytes name, Handler handler, int arity, Bytes summary,
                          Bytes syntax = {}) {
  return server_row(name, handler, arity, kAdmin | kNoscript | kLoading | kStale | kDebugCommand,
                    "1.0.0", summary, "Depends on subcommand.", syntax);
}

constexpr CommandSpec kRows[] = {
    row("debug", nullptr, -2, "What tests ask of a server."),
    row("debug|aof-flush-sleep", nothing_command, 3, "Accepted: no file is held up.",
        "microseconds"),
    row("debug|change-repl-id", change_repl_id_command, 2, "Takes a new replication id."),
    row("debug|client-enforce-reply-list", nothing_command, 3,
        "Accepted: replies are kept one way.", "0|1"),
    row("debug|client-eviction", client_eviction_command, 2,
        "Shows what maxmemory-clients is about."),
    row("debug|config-rewrite-force-all", rewrite_all_command, 2,
        "Rewrites the configuration file with every setting in it."),
    row("debug|delay-rdb-client-free-seconds", nothing_command, 3,
        "Accepted: nobody is kept waiting.", "seconds"),
    row("debug|dict-resizing", nothing_command, 3, "Accepted: tables resize by themselves.", "0|1"),
    row("debug|digest", digest_command, 2, "Gives a digest of all data."),
    row("debug|digest-value", digest_value_command, -2, "Gives digests of values.",
        "[key [key ...]]"),
    row("debug|error", error_command, 3, "Answers with that error.", "message"),
    row("debug|help", help_command, 2, "Lists the subcommands."),
    row("debug|htstats", htstats_command, -3, "Shows figures of a database's tables.", "db [FULL]"),
    row("debug|htstats-key", htstats_key_command, -3, "Shows figures of a big collection.",
        "key [FULL]"),
    row("debug|jmap", nothing_command, 2, "Accepted: there is nothing to dump."),
    row("debug|leak", nothing_command, 3, "Accepted: nothing is leaked.", "string"),
    row("debug|listpack", listpack_command, 3, "Shows figures of a small collection.", "key"),
    row("debug|log", log_command, 3, "Writes a line to the log.", "message"),
    row("debug|mallctl", mallctl_command, -3, "Reads or sets a number of the allocator's controls.",
        "name [value]"),
    row("debug|mallctl-str", mallctl_text_command, -3,
        "Reads or sets a text of the allocator's controls.", "name [value]"),
    row("debug|object", object_command, -3, "Shows how a value is kept.", "key"),
    row("debug|pause-cron", pause_cron_command, 3, "Stops background work, or lets it go on.",
        "0|1"),
    row("debug|populate", populate_command, -3, "Makes keys.", "count [prefix] [size]"),
    row("debug|protocol", protocol_command, 3, "Answers with a value of that type.", "type"),
    row("debug|quicklist", quicklist_command, -3, "Shows figures of a list in blocks.",
        "key [0|1]"),
    row("debug|quicklist-packed-threshold", packed_threshold_command, 3,
        "Accepted: lists have no such threshold.", "size"),
    row("debug|replybuffer", replybuffer_command, 4, "Accepted: replies have one buffer.",
        "PEAK-RESET-TIME NEVER|RESET|time | RESIZING 0|1"),
    row("debug|replicate", replicate_command, -4,
        "Gives the journal's readers a command that isn't run here.",
        "all|aof|replicas command [arg [arg ...]]"),
    row("debug|sdslen", sdslen_command, 3, "Shows the lengths of a key and its string.", "key"),
    row("debug|set-active-expire", set_active_expire_command, 3,
        "Switches the active side of expiry.", "0|1"),
    row("debug|set-disable-deny-scripts", nothing_command, 3,
        "Accepted: what is not for scripts stays so.", "0|1"),
    row("debug|set-skip-checksum-validation", nothing_command, 3,
        "Accepted: checksums are always looked at.", "0|1"),
    row("debug|sleep", sleep_command, 3, "Holds the server up.", "seconds"),
    row("debug|stringmatch-len", stringmatch_command, 4, "Matches a pattern against a long text.",
        "len pattern"),
    row("debug|stringmatch-test", stringmatch_test_command, 2,
        "Matches patterns and texts at random."),
    row("debug|structsize", structsize_command, 2, "Gives the sizes of structures."),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> debug_commands() {
  return kRows;
}

}  // namespace sorrel
