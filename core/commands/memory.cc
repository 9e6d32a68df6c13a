// MEMORY: what takes the memory.

#include "core/base/number.h"
#include "core/command/help.h"
#include "core/command/row.h"
#include "core/commands/commands.h"
#include "core/engine.h"
#include "core/memory_report.h"

#include <algorithm>

namespace sorrel {
namespace {

// A key's place in the table: its slot, and its share of the segment's tags and free slots.
constexpr size_t kTableBytesPerKey = 12;
// Elements of a big collection that are looked at, unless SAMPLES says otherwise.
constexpr size_t kSamples = 5;

void usage_command(Context& context) {
  size_t samples_wanted = kSamples;
  if (context.argc() == 5 && context.arg_is(3, "SAMPLES")) {
    const std::optional<int64_t> samples = parse_integer(context.arg(4));
    if (!samples) return context.error(errors::kNotAnInteger);
    if (*samples < 0) return context.error(errors::kSyntax);
    samples_wanted = static_cast<size_t>(*samples);
  } else if (context.argc() != 3) {
    return context.error(errors::kSyntax);
  }
  const Entry* entry = context.read(context.arg(2), Touch::kPeek);
  if (entry == nullptr) return context.reply.null();
  context.reply.integer(static_cast<int64_t>(
      entry->footprint(context.engine.heap(), samples_wanted) + kTableBytesPerKey));
}

void purge_command(Context& context) {
  context.engine.heap().purge();
  context.engine.compactor().request();
  context.reply.ok();
}

void malloc_stats_command(Context& context) {
  const MemoryReport m = report_memory(context.engine);
  context.reply.verbatim("heap: " + std::to_string(m.used - m.clients) + " bytes in use, " +
                             std::to_string(m.active - m.clients) + " with the gaps between, " +
                             std::to_string(m.reserved - m.clients) +
                             " reserved; sessions: " + std::to_string(m.clients) +
                             " bytes; process: " + std::to_string(m.resident) + " bytes resident\n",
                         "txt");
}

constexpr size_t kTooLittleToJudge = size_t{5} << 20;

std::string advice(const MemoryReport& m) {
  if (m.used < kTooLittleToJudge) {
    return "There is too little data here for advice about memory: come back when there is more.\n";
  }
  std::string out;
  if (m.peak > m.used * 3 / 2) {
    out +=
        "- Memory was much higher once (the peak is over 1.5 times what is used now). The "
        "allocator may keep some of it; MEMORY PURGE gives back what it can.\n";
  }
  if (m.fragmentation() > 1.4) {
    out +=
        "- The process holds over 1.4 times what the data needs: fragmentation, or memory of "
        "other parts of the process.\n";
  }
  if (m.clients > m.used / 4) {
    out +=
        "- Over a quarter of the memory is in clients' buffers: CLIENT LIST shows whose (tot-mem), "
        "maxmemory-clients bounds it.\n";
  }
  return out.empty() ? "Nothing about the memory needs your attention.\n" : out;
}

void doctor_command(Context& context) {
  context.reply.verbatim(advice(report_memory(context.engine)), "txt");
}

class StatsReply {
 public:
  explicit StatsReply(ReplyWriter& reply) : reply_(reply), mark_(reply.begin_map()) {}
  void size(Bytes name, size_t value) { number(name, static_cast<int64_t>(value)); }
  void number(Bytes name, int64_t value) {
    reply_.bulk(name);
    reply_.integer(value);
    ++pairs_;
  }
  void real(Bytes name, double value) {
    reply_.bulk(name);
    reply_.real(value);
    ++pairs_;
  }
  void database(int number, size_t keys, size_t expires) {
    reply_.bulk("db." + std::to_string(number));
    reply_.map(2);
    reply_.bulk("overhead.hashtable.main");
    reply_.integer(static_cast<int64_t>(keys));
    reply_.bulk("overhead.hashtable.expires");
    reply_.integer(static_cast<int64_t>(expires));
    ++pairs_;
  }
  void end() { reply_.end_map(mark_, pairs_); }

 private:
  ReplyWriter& reply_;
  ReplyWriter::Mark mark_;
  size_t pairs_ = 0;
};

void stats_command(Context& context) {
  Engine& engine = context.engine;
  const MemoryReport m = report_memory(engine);
  const int64_t rss = static_cast<int64_t>(m.resident);
  StatsReply out(context.reply);
  out.size("peak.allocated", m.peak);
  out.size("total.allocated", m.used);
  out.size("startup.allocated", m.startup);
  out.size("replication.backlog", 0);
  out.size("clients.slaves", 0);
  out.size("clients.normal", m.clients);
  out.size("cluster.links", 0);
  out.size("aof.buffer", 0);
  out.size("lua.caches", 0);
  out.size("functions.caches", 0);
  for (int i = 0; i < engine.database_count(); ++i) {
    const Keyspace& db = engine.database(i);
    if (db.size() != 0) out.database(i, db.table().bytes(), db.expiries().bytes());
  }
  out.size("overhead.total", m.overhead);
  out.size("keys.count", m.keys);
  out.size("keys.bytes-per-key", m.keys == 0 ? 0 : (m.used - std::min(m.used, m.startup)) / m.keys);
  out.size("dataset.bytes", m.dataset);
  out.real("dataset.percentage", m.dataset_percent());
  out.real("peak.percentage", m.peak_percent());
  out.size("allocator.allocated", m.used);
  out.size("allocator.active", m.active);
  out.size("allocator.resident", m.reserved);
  out.real("allocator-fragmentation.ratio", ratio(m.active, m.used));
  out.size("allocator-fragmentation.bytes", m.active - m.used);
  out.real("allocator-rss.ratio", ratio(m.reserved, m.active));
  out.size("allocator-rss.bytes", m.reserved - m.active);
  out.real("rss-overhead.ratio", ratio(m.resident, m.reserved));
  out.number("rss-overhead.bytes", rss - static_cast<int64_t>(m.reserved));
  out.real("fragmentation", m.fragmentation());
  out.number("fragmentation.bytes", rss - static_cast<int64_t>(m.used));
  out.end();
}

constexpr CommandSpec row(Bytes name, Handler handler, int arity, uint32_t flags, Bytes summary,
                          Bytes complexity, Bytes tips = {}) {
  return server_row(name, handler, arity, flags, "4.0.0", summary, complexity, {}, tips);
}

constexpr Bytes kAllShards =
    "nondeterministic_output request_policy:all_shards response_policy:special";

constexpr CommandSpec kRows[] = {
    row("memory", nullptr, -2, 0, "What takes the memory.", "Depends on subcommand."),
    row("memory|doctor", doctor_command, 2, 0, "Says what to do about memory.", "O(1)", kAllShards),
    row("memory|help", help_command, 2, kLoading | kStale, "Lists the subcommands.", "O(1)"),
    row("memory|malloc-stats", malloc_stats_command, 2, 0, "Shows the allocator's figures.", "O(1)",
        kAllShards),
    row("memory|purge", purge_command, 2, 0, "Gives unused memory back to the system.", "O(1)",
        "request_policy:all_shards response_policy:all_succeeded"),
    row("memory|stats", stats_command, 2, 0, "Shows what the memory is used for.",
        "O(N) for N databases", kAllShards),
    {.name = "memory|usage",
     .handler = usage_command,
     .arity = -3,
     .flags = kReadonly,
     .categories = 0,
     .keys = {key_at(2, kKeyRO)},
     .group = "server",
     .since = "4.0.0",
     .summary = "Tells how many bytes a key and its value take.",
     .complexity = "O(N) for N samples",
     .syntax = "key [SAMPLES count]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> memory_commands() {
  return kRows;
}

}  // namespace sorrel
