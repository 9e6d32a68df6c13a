// The commands of a cluster, which this instance isn't part of: clients ask, and are told so.

#include "core/commands/commands.h"
#include "core/engine.h"

namespace sorrel {
namespace {

void disabled_command(Context& context) {
  context.error("ERR This instance has cluster support disabled");
}

constexpr Bytes kNow = "O(1)";
constexpr Bytes kNodes = "O(N) for N nodes of the cluster";
constexpr Bytes kSlotsGiven = "O(N) for N slots";
constexpr Bytes kVaries = "nondeterministic_output";
constexpr uint32_t kManage = kAdmin | kStale | kNoAsyncLoading;

constexpr CommandSpec row(Bytes name, int arity, uint32_t flags, Bytes since, Bytes summary,
                          Bytes complexity = kNow, Bytes syntax = {}, Bytes tips = {}) {
  return {.name = name,
          .handler = name == "cluster" ? nullptr : disabled_command,
          .arity = arity,
          .flags = flags,
          .categories = 0,
          .keys = {},
          .group = "cluster",
          .since = since,
          .summary = summary,
          .complexity = complexity,
          .syntax = syntax,
          .tips = tips};
}

constexpr CommandSpec connection_row(Bytes name, uint32_t flags, Bytes summary) {
  CommandSpec made = row(name, 1, flags | kFast, "3.0.0", summary);
  made.categories = kCategoryConnection;
  return made;
}

constexpr CommandSpec replaced(CommandSpec spec, Bytes since, Bytes by) {
  spec.deprecated_since = since;
  spec.replaced_by = by;
  return spec;
}

constexpr CommandSpec kRows[] = {
    connection_row("asking", 0, "Lets the next command at a slot that is being imported."),
    connection_row("readonly", kLoading | kStale, "Allows reading from a replica."),
    connection_row("readwrite", kLoading | kStale, "Takes READONLY back."),
    row("cluster", -2, 0, "3.0.0", "A cluster's nodes and slots.", "Depends on subcommand."),
    row("cluster|addslots", -3, kManage, "3.0.0", "Gives slots to this node.", kSlotsGiven,
        "slot [slot ...]"),
    row("cluster|addslotsrange", -4, kManage, "7.0.0", "Gives ranges of slots to this node.",
        kSlotsGiven, "start-slot end-slot [start-slot end-slot ...]"),
    row("cluster|bumpepoch", 2, kManage, "3.0.0", "Advances the configuration's epoch.", kNow, {},
        kVaries),
    row("cluster|count-failure-reports", 3, kAdmin | kStale, "3.0.0",
        "Counts the reports that a node fails.", "O(N) for N reports", "node-id", kVaries),
    row("cluster|countkeysinslot", 3, kStale, "3.0.0", "Counts the keys of a slot.", kNow, "slot"),
    row("cluster|delslots", -3, kManage, "3.0.0", "Takes slots from this node.", kSlotsGiven,
        "slot [slot ...]"),
    row("cluster|delslotsrange", -4, kManage, "7.0.0", "Takes ranges of slots from this node.",
        kSlotsGiven, "start-slot end-slot [start-slot end-slot ...]"),
    row("cluster|failover", -2, kManage, "3.0.0", "Has a replica take its primary's place.", kNow,
        "[FORCE | TAKEOVER]"),
    row("cluster|flushslots", 2, kManage, "3.0.0", "Takes all slots from this node."),
    row("cluster|forget", 3, kManage, "3.0.0", "Forgets a node.", kNow, "node-id"),
    row("cluster|getkeysinslot", 4, kStale, "3.0.0", "Gives keys of a slot.", "O(N) for N keys",
        "slot count", kVaries),
    row("cluster|help", 2, kLoading | kStale, "5.0.0", "Lists the subcommands."),
    row("cluster|info", 2, kStale, "3.0.0", "Tells how the cluster is.", kNow, {}, kVaries),
    row("cluster|keyslot", 3, kStale, "3.0.0", "Gives the slot of a key.",
        "O(N) for N bytes of the key", "key:string"),
    row("cluster|links", 2, kStale, "7.0.0", "Lists the connections between nodes.", kNodes, {},
        kVaries),
    row("cluster|meet", -4, kManage, "3.0.0", "Makes a node known to the cluster.", kNow,
        "ip port [cluster-bus-port]"),
    row("cluster|myid", 2, kStale, "3.0.0", "Gives this node's name."),
    row("cluster|myshardid", 2, kStale, "7.2.0", "Gives the name of this node's shard.", kNow, {},
        kVaries),
    row("cluster|nodes", 2, kStale, "3.0.0", "Lists the nodes as a node's file has them.", kNodes,
        {}, kVaries),
    row("cluster|replicas", 3, kAdmin | kStale, "5.0.0", "Lists a primary's replicas.", kNodes,
        "node-id", kVaries),
    row("cluster|replicate", 3, kManage, "3.0.0", "Makes this node another's replica.", kNow,
        "node-id"),
    row("cluster|reset", -2, kAdmin | kNoscript | kStale, "3.0.0",
        "Makes this node know of no cluster.", kNodes, "[HARD | SOFT]"),
    row("cluster|saveconfig", 2, kManage, "3.0.0", "Writes the node's file."),
    row("cluster|set-config-epoch", 3, kManage, "3.0.0", "Sets a new node's epoch.", kNow,
        "config-epoch"),
    row("cluster|setslot", -4, kManage, "3.0.0", "Says whose a slot is, or will be.", kNow,
        "slot (IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE)"),
    row("cluster|shards", 2, kLoading | kStale, "7.0.0", "Lists the shards with their slots.",
        kNodes, {}, kVaries),
    replaced(row("cluster|slaves", 3, kAdmin | kStale, "3.0.0", "Lists a primary's replicas.",
                 kNodes, "node-id", kVaries),
             "5.0.0", "`CLUSTER REPLICAS`"),
    replaced(row("cluster|slots", 2, kLoading | kStale, "3.0.0",
                 "Lists the slots with their nodes.", kNodes, {}, kVaries),
             "7.0.0", "`CLUSTER SHARDS`"),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> cluster_commands() {
  return kRows;
}

}  // namespace sorrel
