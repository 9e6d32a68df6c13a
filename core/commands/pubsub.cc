// Publishing and subscribing. https://redis.io/docs/latest/develop/interact/pubsub/

#include "core/base/glob.h"
#include "core/command/help.h"
#include "core/command/row.h"
#include "core/commands/commands.h"
#include "core/engine.h"

#include <string>
#include <vector>

namespace sorrel {
namespace {

using Kind = SubscriptionKind;

/// What each kind is called in what a client is told.
struct KindWords {
  Bytes subscribed;
  Bytes unsubscribed;
};
constexpr KindWords kWords[] = {
    {"subscribe", "unsubscribe"}, {"psubscribe", "punsubscribe"}, {"ssubscribe", "sunsubscribe"}};

constexpr const KindWords& words_of(Kind kind) {
  return kWords[static_cast<size_t>(kind)];
}

int64_t count_of(const Session& session, Kind kind) {
  return session.subscriptions ? static_cast<int64_t>(session.subscriptions->count(kind)) : 0;
}

// One for each name: in RESP3 pushes, and the command itself has no reply. Clients that want no
// replies get them, too.
void confirm(Context& context, Bytes what, Kind kind, const Bytes* name) {
  ReplyWriter reply(context.session.output, context.session.protocol);
  reply.push(3);
  reply.bulk(what);
  name == nullptr ? reply.null() : reply.bulk(*name);
  reply.integer(count_of(context.session, kind));
}

template <Kind kKind>
void subscribe_command(Context& context) {
  // Of the three, this alone may not be queued in a transaction, and says so when it runs.
  if (kKind == Kind::kShard && !context.may_wait()) {
    return context.error("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
  }
  for (const Bytes name : context.args.subspan(1)) {
    context.engine.pubsub().subscribe(context.session, kKind, name);
    confirm(context, words_of(kKind).subscribed, kKind, &name);
  }
}

std::vector<std::string> names_of(const Session& session, Kind kind) {
  std::vector<std::string> names;
  if (!session.subscriptions) return names;
  for (const auto& [name, place] : session.subscriptions->of(kind)) names.push_back(name);
  return names;
}

template <Kind kKind>
void unsubscribe_command(Context& context) {
  const auto leave = [&](Bytes name) {
    context.engine.pubsub().unsubscribe(context.session, kKind, name);
    confirm(context, words_of(kKind).unsubscribed, kKind, &name);
  };
  for (const Bytes name : context.args.subspan(1)) leave(name);
  if (context.argc() > 1) return;
  const std::vector<std::string> all = names_of(context.session, kKind);
  for (const std::string& name : all) leave(name);
  if (all.empty()) confirm(context, words_of(kKind).unsubscribed, kKind, nullptr);
}

void publish_command(Context& context) {
  const size_t receivers = context.engine.pubsub().publish(context.arg(1), context.arg(2));
  context.reply.integer(static_cast<int64_t>(receivers));
}

void spublish_command(Context& context) {
  const size_t receivers = context.engine.pubsub().publish_to_shard(context.arg(1), context.arg(2));
  context.reply.integer(static_cast<int64_t>(receivers));
}

// ---- PUBSUB.

template <Kind kKind>
void channels_command(Context& context) {
  if (context.argc() > 3) return context.wrong_subcommand();
  size_t count = 0;
  const auto mark = context.reply.begin_array();
  context.engine.pubsub().for_each_channel(kKind, [&](Bytes name) {
    if (context.argc() == 3 && !glob_match(context.arg(2), name)) return;
    context.reply.bulk(name);
    ++count;
  });
  context.reply.end_array(mark, count);
}

template <Kind kKind>
void numsub_command(Context& context) {
  context.reply.array(2 * (context.argc() - 2));
  for (const Bytes name : context.args.subspan(2)) {
    context.reply.bulk(name);
    context.reply.integer(static_cast<int64_t>(context.engine.pubsub().subscribers(kKind, name)));
  }
}

void numpat_command(Context& context) {
  context.reply.integer(static_cast<int64_t>(context.engine.pubsub().patterns()));
}

constexpr uint32_t kListen = kPubsub | kNoscript | kLoading | kStale | kWhileSubscribed;
constexpr uint32_t kTell = kPubsub | kLoading | kStale | kFast | kMayReplicate;
constexpr uint32_t kAsk = kPubsub | kLoading | kStale;

constexpr CommandSpec listening(Bytes name, Handler handler, int arity, KeySpec key, Bytes since,
                                Bytes summary, Bytes complexity, Bytes syntax) {
  CommandSpec row =
      keyless_row("pubsub", name, handler, arity, kListen, since, summary, complexity, syntax);
  row.keys[0] = key;
  return row;
}

constexpr CommandSpec asking(Bytes name, Handler handler, int arity, uint32_t flags, Bytes since,
                             Bytes summary, Bytes complexity, Bytes syntax) {
  return keyless_row("pubsub", name, handler, arity, flags, since, summary, complexity, syntax);
}

constexpr KeySpec kShardChannels = keys_from(1, -1, 1, kKeyNotKey);

constexpr CommandSpec kRows[] = {
    {.name = "publish",
     .handler = publish_command,
     .arity = 3,
     .flags = kTell,
     .categories = 0,
     .group = "pubsub",
     .since = "2.0.0",
     .summary = "Sends a message to all who listen to a channel.",
     .complexity = "O(N+M) for N subscribers of the channel and M patterns that may match it",
     .syntax = "channel message"},
    {.name = "spublish",
     .handler = spublish_command,
     .arity = 3,
     .flags = kTell,
     .categories = 0,
     .keys = {key_at(1, kKeyNotKey)},
     .group = "pubsub",
     .since = "7.0.0",
     .summary = "Sends a message to all who listen to a shard channel.",
     .complexity = "O(N) for N subscribers of the shard channel",
     .syntax = "shardchannel message"},
    listening("subscribe", subscribe_command<Kind::kChannel>, -2, {}, "2.0.0",
              "Listens to channels.", "O(N) for N channels", "channel [channel ...]"),
    listening("psubscribe", subscribe_command<Kind::kPattern>, -2, {}, "2.0.0",
              "Listens to all channels that patterns match.", "O(N) for N patterns",
              "pattern [pattern ...]"),
    listening("ssubscribe", subscribe_command<Kind::kShard>, -2, kShardChannels, "7.0.0",
              "Listens to shard channels.", "O(N) for N shard channels",
              "shardchannel [shardchannel ...]"),
    listening("unsubscribe", unsubscribe_command<Kind::kChannel>, -1, {}, "2.0.0",
              "Stops listening to channels, or to all of them.", "O(N) for N channels",
              "[channel [channel ...]]"),
    listening("punsubscribe", unsubscribe_command<Kind::kPattern>, -1, {}, "2.0.0",
              "Stops listening by patterns, or by all of them.", "O(N) for N patterns",
              "[pattern [pattern ...]]"),
    listening("sunsubscribe", unsubscribe_command<Kind::kShard>, -1, kShardChannels, "7.0.0",
              "Stops listening to shard channels, or to all of them.", "O(N) for N shard channels",
              "[shardchannel [shardchannel ...]]"),
    asking("pubsub", nullptr, -2, 0, "2.8.0", "Who listens to what.", "Depends on subcommand.", {}),
    asking("pubsub|channels", channels_command<Kind::kChannel>, -2, kAsk, "2.8.0",
           "Lists the channels that somebody listens to.", "O(N) for N channels", "[pattern]"),
    asking("pubsub|help", help_command, 2, kLoading | kStale, "6.2.0", "Lists the subcommands.",
           "O(1)", {}),
    asking("pubsub|numpat", numpat_command, 2, kAsk, "2.8.0",
           "Counts the patterns that somebody listens by.", "O(1)", {}),
    asking("pubsub|numsub", numsub_command<Kind::kChannel>, -2, kAsk, "2.8.0",
           "Counts the subscribers of channels.", "O(N) for N channels", "[channel [channel ...]]"),
    asking("pubsub|shardchannels", channels_command<Kind::kShard>, -2, kAsk, "7.0.0",
           "Lists the shard channels that somebody listens to.", "O(N) for N shard channels",
           "[pattern]"),
    asking("pubsub|shardnumsub", numsub_command<Kind::kShard>, -2, kAsk, "7.0.0",
           "Counts the subscribers of shard channels.", "O(N) for N shard channels",
           "[shardchannel [shardchannel ...]]"),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> pubsub_commands() {
  return kRows;
}

}  // namespace sorrel
