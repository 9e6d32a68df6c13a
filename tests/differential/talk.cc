#include "tests/differential/talk.h"

#include <initializer_list>
#include <iterator>
#include <span>

namespace sorrel::test {
namespace {

// Chances in percent.
constexpr uint64_t kGoesOnTogether = 20;
constexpr uint64_t kStrangeFamily = 6;
constexpr Bytes kFamilies = "klzsh";
constexpr uint64_t kKeysOfAFamily = 4;

constexpr Part kAny = Part::kAnyWorker;
constexpr Part kWaiter = Part::kWaiter;
constexpr Part kListener = Part::kListener;

/// What changes keys and reads them.
constexpr TalkLine kData[] = {
    {8, kAny, "SET {k} {v}"},
    {2, kAny, "SET {k} {v} NX"},
    {2, kAny, "SET {k} {v} EX 10000"},
    {6, kAny, "GET {k}"},
    {2, kAny, "GETDEL {k}"},
    {2, kAny, "INCR {k}"},
    {2, kAny, "APPEND {k} {v}"},
    {2, kAny, "MSET {k} {v} {k} {v}"},
    {3, kAny, "MGET {k} {k} {l}"},
    {2, kAny, "STRLEN {k}"},
    {5, kAny, "DEL {k}"},
    {3, kAny, "DEL {l} {z}"},
    {1, kAny, "UNLINK {z} {s}"},
    {2, kAny, "EXPIRE {k} 20000"},
    {1, kAny, "EXPIRE {l} -1"},
    {1, kAny, "PERSIST {k}"},
    {2, kAny, "EXISTS {k} {l}"},
    {1, kAny, "TYPE {l}"},
    {2, kAny, "RENAME {k} {k}"},
    {2, kAny, "RENAME {l} {l}"},
    {1, kAny, "RENAMENX {z} {z}"},
    {2, kAny, "COPY {l} {l} REPLACE"},
    {1, kAny, "COPY {z} {z}"},
    {1, kAny, "MOVE {l} 1"},
    {6, kAny, "RPUSH {l} {v}"},
    {4, kAny, "LPUSH {l} {v} {v}"},
    {1, kAny, "RPUSHX {l} {v}"},
    {3, kAny, "LPOP {l}"},
    {2, kAny, "RPOP {l} 2"},
    {3, kAny, "LRANGE {l} 0 -1"},
    {2, kAny, "LLEN {l}"},
    {1, kAny, "LREM {l} 0 {v}"},
    {1, kAny, "LTRIM {l} 1 -1"},
    {2, kAny, "LMOVE {l} {l} LEFT RIGHT"},
    {1, kAny, "RPOPLPUSH {l} {l}"},
    {1, kAny, "LINSERT {l} BEFORE {v} {v}"},
    {5, kAny, "ZADD {z} {n} {v}"},
    {2, kAny, "ZADD {z} {n} {v} {n} {v}"},
    {1, kAny, "ZINCRBY {z} {n} {v}"},
    {2, kAny, "ZPOPMIN {z}"},
    {2, kAny, "ZREM {z} {v}"},
    {2, kAny, "ZRANGE {z} 0 -1 WITHSCORES"},
    {1, kAny, "ZUNIONSTORE {z} 2 {z} {z}"},
    {1, kAny, "ZINTERSTORE {z} 2 {z} {z}"},
    {1, kAny, "ZRANGESTORE {z} {z} 0 1"},
    {2, kAny, "SADD {s} {v} {v}"},
    {1, kAny, "SREM {s} {v}"},
    {1, kAny, "SINTERCARD 2 {s} {s}"},
    {1, kAny, "SUNIONSTORE {s} {s} {s}"},
    {2, kAny, "HSET {h} {v} {v}"},
    {1, kAny, "HDEL {h} {v}"},
    {1, kAny, "HGET {h} {v}"},
    {1, kAny, "SORT {l} ALPHA STORE {l}"},
    {1, kAny, "BITOP OR {k} {k} {k}"},
    {1, kAny, "DBSIZE"},
    {1, kAny, "NOSUCHCOMMAND {k}"},
    {1, kAny, "GET"},
};

constexpr TalkLine kWholes[] = {
    {2, kAny, "FLUSHDB"},
    {1, kAny, "FLUSHALL"},
    {2, kAny, "SELECT 1"},
    {5, kAny, "SELECT 0"},
};

/// Of clients that wait for its keys, redis-server serves some first, as its hash table has them.
constexpr TalkLine kSwap[] = {{2, kAny, "SWAPDB 0 1"}};

constexpr TalkLine kPubsub[] = {
    {30, kAny, "PUBLISH {ch} {v}"},
    {12, kAny, "SPUBLISH {ch} {v}"},
    {6, kAny, "PUBSUB NUMSUB {ch} {ch}"},
    {4, kAny, "PUBSUB SHARDNUMSUB {ch} {ch}"},
    {4, kAny, "PUBSUB NUMPAT"},
    {4, kAny, "PUBSUB CHANNELS {ch}"},
    {16, kListener, "SUBSCRIBE {ch}"},
    {10, kListener, "SUBSCRIBE {ch} {ch} {ch}"},
    {12, kListener, "UNSUBSCRIBE {ch}"},
    {6, kListener, "UNSUBSCRIBE {ch} {ch}"},
    {14, kListener, "PSUBSCRIBE {pat}"},
    {10, kListener, "PUNSUBSCRIBE {pat}"},
    {8, kListener, "SSUBSCRIBE {ch} {ch}"},
    {6, kListener, "SUNSUBSCRIBE {ch}"},
    {4, kListener, "PING"},
    {2, kListener, "PING {v}"},
    {3, kListener, "GET {k}"},
    {2, kListener, "SUBSCRIBE"},
    {2, kAny, "MULTI"},
    {4, kAny, "EXEC"},
    {2, kAny, "CONFIG SET notify-keyspace-events KEA"},
    {1, kAny, "CONFIG SET notify-keyspace-events Elg$"},
    {1, kAny, "CONFIG SET notify-keyspace-events KEAmn"},
    {1, kAny, "CONFIG SET notify-keyspace-events ''"},
    {2, kListener, "RECONNECT"},
};

constexpr TalkLine kTransactions[] = {
    {30, kAny, "MULTI"},
    {30, kAny, "EXEC"},
    {6, kAny, "DISCARD"},
    {14, kAny, "WATCH {k}"},
    {8, kAny, "WATCH {l} {k} {z}"},
    {5, kAny, "UNWATCH"},
    {3, kAny, "EXEC {v}"},
    {3, kAny, "WATCH"},
    {2, kAny, "SUBSCRIBE {v}"},
    {2, kAny, "RECONNECT"},
    {2, kAny, "PING"},
    {3, kAny, "COPY {k} {l} REPLACE"},
    {3, kAny, "RENAME {k} {z}"},
};

/// Each for one key that somebody makes: of several that are ready at once 7.0 serves a client from
/// the one it comes to, and 7.2, which runs the call again, from the first that the call names.
constexpr TalkLine kBlocking[] = {
    {14, kWaiter, "BLPOP {l} 0"},
    {10, kWaiter, "BLPOP nobodys {l} nobodys 0"},
    {10, kWaiter, "BRPOP {l} nobodys 0"},
    {10, kWaiter, "BLMOVE {l} {l} LEFT RIGHT 0"},
    {6, kWaiter, "BLMOVE {l} {k} RIGHT LEFT 0"},
    {6, kWaiter, "BRPOPLPUSH {l} {l} 0"},
    {8, kWaiter, "BLMPOP 0 2 nobodys {l} LEFT COUNT 2"},
    {10, kWaiter, "BZPOPMIN {z} 0"},
    {8, kWaiter, "BZPOPMAX nobodys {z} 0"},
    {6, kWaiter, "BZMPOP 0 2 {z} nobodys MIN COUNT 3"},
    {3, kWaiter, "BLPOP {l} -1"},
    {3, kWaiter, "BLPOP {l} x"},
    {3, kAny, "MULTI"},
    {6, kAny, "EXEC"},
    {20, kAny, "CLIENT UNBLOCK {peer}"},
    {8, kAny, "CLIENT UNBLOCK {peer} ERROR"},
    {4, kAny, "CLIENT UNBLOCK {peer} TIMEOUT"},
    {10, kAny, "RPUSH {l} {v} {v} {v}"},
    {4, kWaiter, "WATCH {l}"},
    {4, kWaiter, "RECONNECT"},
    {2, kListener, "PSUBSCRIBE __key*"},
    {1, kAny, "CONFIG SET notify-keyspace-events KEA"},
};

constexpr TalkLine kWaitsForSeveral[] = {
    {10, kWaiter, "BLPOP {l} {l} {l} 0"},
    {10, kWaiter, "BRPOP {l} {l} 0"},
    {8, kWaiter, "BLMPOP 0 2 {l} {l} LEFT COUNT 2"},
    {8, kWaiter, "BZPOPMAX {z} {z} 0"},
    {6, kWaiter, "BZMPOP 0 2 {z} {z} MIN COUNT 3"},
};

constexpr TalkLine kTracking[] = {
    {8, kAny, "CLIENT TRACKING ON", true},
    {4, kAny, "CLIENT TRACKING ON NOLOOP", true},
    {6, kAny, "CLIENT TRACKING ON OPTIN", true},
    {6, kAny, "CLIENT TRACKING ON OPTOUT", true},
    {4, kAny, "CLIENT TRACKING ON BCAST", true},
    {4, kAny, "CLIENT TRACKING ON BCAST PREFIX k PREFIX l", true},
    {3, kAny, "CLIENT TRACKING ON BCAST NOLOOP PREFIX z1", true},
    {2, kAny, "CLIENT TRACKING ON BCAST PREFIX k PREFIX k1", true},
    {6, kAny, "CLIENT TRACKING ON REDIRECT {ear}"},
    {3, kAny, "CLIENT TRACKING ON REDIRECT {ear} NOLOOP"},
    {4, kAny, "CLIENT TRACKING ON REDIRECT {ear} BCAST"},
    {3, kAny, "CLIENT TRACKING ON REDIRECT {ear} OPTIN"},
    {14, kAny, "CLIENT TRACKING OFF"},
    {14, kAny, "CLIENT CACHING YES"},
    {10, kAny, "CLIENT CACHING NO"},
    {6, kAny, "CLIENT TRACKINGINFO"},
    {3, kAny, "CLIENT GETREDIR"},
    {30, kAny, "GET {k}"},
    {12, kAny, "MGET {k} {k} {k}"},
    {10, kAny, "LRANGE {l} 0 -1"},
    {6, kAny, "ZCARD {z}"},
    {6, kAny, "MULTI"},
    {10, kAny, "EXEC"},
    {2, kAny, "DISCARD"},
    {6, kListener, "SUBSCRIBE __redis__:invalidate"},
    {2, kListener, "UNSUBSCRIBE __redis__:invalidate"},
    {2, kListener, "PING"},
    {2, kAny, "RECONNECT"},
};

/// What else makes keyspace events, and one who hears them all.
constexpr TalkLine kEvents[] = {
    {20, kListener, "PSUBSCRIBE __key*"},
    {1, kListener, "PUNSUBSCRIBE __key*"},
    {8, kAny, "CONFIG SET notify-keyspace-events KEAmn"},
    {1, kAny, "CONFIG SET notify-keyspace-events Kg$lshzxtmn"},
    {4, kAny, "GETEX {k} EX 10000"},
    {4, kAny, "GETEX {k} PERSIST"},
    {4, kAny, "GETSET {k} {v}"},
    {3, kAny, "SETRANGE {k} 3 {v}"},
    {3, kAny, "SETBIT {k} 9 1"},
    {3, kAny, "BITFIELD {k} SET u8 0 200"},
    {3, kAny, "MSETNX {k} {v} {k} {v}"},
    {3, kAny, "DECRBY {k} 2"},
    {3, kAny, "INCRBYFLOAT {k} 0.5"},
    {3, kAny, "LSET {l} 0 {v}"},
    {3, kAny, "LMPOP 2 {l} {l} RIGHT COUNT 2"},
    {3, kAny, "SMOVE {s} {s} {v}"},
    {3, kAny, "SDIFFSTORE {s} {s} {s}"},
    {3, kAny, "SINTERSTORE {s} {s} {s}"},
    {3, kAny, "HINCRBY {h} {v} 2"},
    {3, kAny, "HSETNX {h} {v} {v}"},
    {3, kAny, "HMSET {h} {v} {v} {v} {v}"},
    {3, kAny, "ZADD {z} GT CH {n} {v}"},
    {3, kAny, "ZADD {z} INCR {n} {v}"},
    {3, kAny, "ZREMRANGEBYRANK {z} 0 0"},
    {3, kAny, "ZREMRANGEBYSCORE {z} -1 1"},
    {3, kAny, "ZMPOP 2 {z} {z} MAX"},
    {3, kAny, "ZDIFFSTORE {z} 2 {z} {z}"},
    {2, kAny, "GEOADD g0 13 38 {v}"},
    {2, kAny, "GEOSEARCHSTORE {z} g0 FROMLONLAT 13 38 BYRADIUS 9 km"},
    {2, kAny, "PFADD p0 {v}"},
    {2, kAny, "PFMERGE p1 p0"},
    {3, kAny, "EXPIREAT {k} 1"},
    {3, kAny, "PEXPIRE {z} 99999999"},
    {3, kAny, "MOVE {k} 1"},
    {6, kWaiter, "BLPOP {l} 0"},
    {4, kWaiter, "BLMOVE {l} {l} LEFT RIGHT 0"},
    {4, kWaiter, "BZPOPMIN {z} 0"},
    {8, kAny, "CLIENT UNBLOCK {peer}"},
};

}  // namespace

std::vector<TalkGroup> talk_groups() {
  using Lines = std::span<const TalkLine>;
  const auto group = [](Bytes name, bool strange, std::initializer_list<Lines> parts) {
    TalkGroup made{name, {std::begin(kData), std::end(kData)}, strange};
    for (const Lines part : parts) made.lines.insert(made.lines.end(), part.begin(), part.end());
    return made;
  };
  return {group("pubsub", true, {kPubsub}),
          group("transactions", true, {kTransactions, kWholes, kSwap}),
          group("blocking", false, {kBlocking, kWholes}),
          group("blocking-several", false, {kBlocking, kWaitsForSeveral, kWholes, kSwap}),
          group("tracking", true, {kTracking, kWholes, kSwap}),
          group("events", false, {kEvents, kWholes})};
}

Result<Talk> Talk::make(const std::string& name, Protocol protocol, size_t clients, uint64_t seed) {
  if (clients < kListeners + 2) return Status::failure("too few clients");
  for (TalkGroup& group : talk_groups()) {
    if (group.name != name) continue;
    std::erase_if(group.lines, [protocol](const TalkLine& line) {
      return line.resp3_only && protocol == Protocol::kResp2;
    });
    return Talk(std::move(group), clients, seed);
  }
  return Status::failure("no such group: " + name);
}

Talk::Talk(TalkGroup group, size_t clients, uint64_t seed)
    : lines_(std::move(group.lines)),
      strange_families_(group.strange_families),
      clients_(clients),
      random_(seed) {
  for (const TalkLine& line : lines_) weights_ += static_cast<uint64_t>(line.weight);
}

Stream Talk::stream(size_t lines) {
  Stream stream;
  stream.reserve(lines);
  while (stream.size() < lines) stream.push_back(line());
  return stream;
}

Words Talk::line() {
  uint64_t left = random_.below(weights_);
  auto drawn = lines_.begin();
  while (left >= static_cast<uint64_t>(drawn->weight)) {
    left -= static_cast<uint64_t>(drawn->weight);
    ++drawn;
  }
  const bool goes_on = random_.below(100) < kGoesOnTogether;
  Words words = {"c" + std::to_string(speaker(drawn->part)) + (goes_on ? "+" : "")};
  // The lines above are ours, so they can be split.
  const Words blanks = split_words(drawn->text).value();
  for (const std::string& blank : blanks) words.push_back(fill(blank));
  return words;
}

size_t Talk::speaker(Part part) {
  const size_t workers = clients_ - kListeners;
  switch (part) {
    case Part::kListener:
      // The last one tracks all the time: it must stay.
      return workers + random_.below(kListeners - 1);
    case Part::kWaiter:
      return 1 + random_.below(workers - 1);
    default:
      return random_.below(workers);
  }
}

std::string Talk::key(char family) {
  const bool strange = strange_families_ && random_.below(100) < kStrangeFamily;
  if (strange) family = kFamilies[random_.below(kFamilies.size())];
  return family + std::to_string(random_.below(kKeysOfAFamily));
}

std::string Talk::fill(Bytes word) {
  static constexpr const char* kChannels[] = {"a", "ab", "b", "abc", "__keyevent@0__:del"};
  static constexpr const char* kPatterns[] = {"a*", "*", "?", "[ab]*", "ab?", "__key*", "b"};
  const auto one_of = [this](const auto& choices) {
    return std::string(choices[random_.below(std::size(choices))]);
  };
  const auto id_of = [](size_t client) { return "{id" + std::to_string(client) + "}"; };
  if (!word.starts_with('{')) return std::string(word);
  const Bytes blank = word.substr(1, word.size() - 2);
  if (blank == "v") return "v" + std::to_string(random_.below(6));
  if (blank == "n") return std::to_string(static_cast<int64_t>(random_.below(7)) - 3);
  if (blank == "ch") return one_of(kChannels);
  if (blank == "pat") return one_of(kPatterns);
  if (blank == "peer") return id_of(random_.below(clients_));
  if (blank == "ear") return id_of(clients_ - kListeners);
  return key(blank.front());
}

}  // namespace sorrel::test
