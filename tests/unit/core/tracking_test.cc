#include "core/tracking.h"

#include "tests/support/failing_memory.h"
#include "tests/support/local_engine.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <set>

namespace sorrel {
namespace {

using Keys = std::vector<std::string>;

// Sessions in RESP3, of which each says what it was told since it was asked last.
class Listeners {
 public:
  explicit Listeners(size_t count) {
    for (size_t i = 0; i < count; ++i) open();
  }
  ~Listeners() {
    for (const auto& session : sessions_) {
      if (session) local.engine.close_session(*session);
    }
  }

  size_t open() {
    sessions_.push_back(std::make_unique<Session>(nullptr));
    local.engine.open_session(*sessions_.back());
    sessions_.back()->protocol = Protocol::kResp3;
    return sessions_.size() - 1;
  }
  void close(size_t who) {
    local.engine.close_session(*sessions_[who]);
    sessions_[who].reset();
  }
  bool is_open(size_t who) const { return sessions_[who] != nullptr; }
  Session& session(size_t who) { return *sessions_[who]; }

  template <typename... Words>
  std::string run(size_t who, const Words&... words) {
    const Bytes args[] = {Bytes(words)...};
    return local.run_in(*sessions_[who], args);
  }
  /// Taken away: keys in the order in which they were told, "*" for a flush.
  Keys told(size_t who) {
    Output& output = sessions_[who]->output;
    Keys keys = keys_in(output.to_string());
    output.consume(output.size());
    return keys;
  }
  /// The keys of the pushes in a run of replies.
  static Keys keys_in(const std::string& bytes);

  LocalEngine local;
  Tracking& tracking = local.engine.tracking();

 private:
  std::vector<std::unique_ptr<Session>> sessions_;
};

Keys Listeners::keys_in(const std::string& bytes) {
  static const std::string kPush = ">2\r\n$10\r\ninvalidate\r\n";
  Keys keys;
  for (size_t at = bytes.find(kPush); at != std::string::npos; at = bytes.find(kPush, at)) {
    at += kPush.size();
    if (bytes[at] == '_') keys.emplace_back("*");
    if (bytes[at] != '*') continue;
    for (int left = std::stoi(bytes.substr(at + 1)); left > 0; --left) {
      at = bytes.find('$', at) + 1;
      const size_t size = std::stoul(bytes.substr(at));
      at = bytes.find('\n', at) + 1;
      keys.push_back(bytes.substr(at, size));
      at += size;
    }
  }
  return keys;
}

TEST_CASE("A tracked key holds its sessions in order", "[tracking]") {
  LocalEngine local;
  Epoch epoch(local.engine.heap());
  const size_t before = local.engine.heap().used();
  const uint64_t ids[] = {5, 9, 12};
  Owned<TrackedKey> key = TrackedKey::make(epoch, "name", ids);
  CHECK(key->table_key() == "name");
  CHECK_FALSE(key->full());
  CHECK_FALSE(key->contains(7));
  key.thaw(epoch).add(7);
  CHECK(key->full());
  CHECK(key->table_key() == "name");
  CHECK(std::vector<uint64_t>(key->sessions().begin(), key->sessions().end()) ==
        std::vector<uint64_t>{5, 7, 9, 12});
  CHECK(key->contains(7));
  key.drop(epoch);
  CHECK(local.engine.heap().used() == before);
}

// Sessions read, write, come and go at random; each must be told of exactly those changes that a
// plain model says it has to be told of, and the counts must be the model's.
TEST_CASE("Who has read a key is told once of its change", "[tracking]") {
  constexpr size_t kSessions = 9;
  constexpr const char* kKeys[] = {"a", "b", "c", "d", "e", "f"};
  Listeners all(kSessions);
  std::vector<bool> tracks(kSessions), no_loop(kSessions);
  std::map<std::string, std::set<size_t>> readers;
  Random random(3);
  for (int step = 0; step < 20'000; ++step) {
    const size_t who = random.below(kSessions);
    const std::string key = kKeys[random.below(std::size(kKeys))];
    Keys own;
    std::map<size_t, Keys> expected;
    switch (random.below(12)) {
      case 0: {
        const bool quiet = random.below(2) == 0;
        quiet ? all.run(who, "CLIENT", "TRACKING", "ON", "NOLOOP")
              : all.run(who, "CLIENT", "TRACKING", "ON");
        tracks[who] = true;
        no_loop[who] = quiet;
        break;
      }
      case 1:
        all.run(who, "CLIENT", "TRACKING", "OFF");
        tracks[who] = false;
        if (std::count(tracks.begin(), tracks.end(), true) == 0) readers.clear();
        break;
      case 2:
      case 3:
      case 4:
        own = Listeners::keys_in(all.run(who, "SET", key, "1"));
        for (const size_t reader : readers[key]) {
          if (tracks[reader] && !(reader == who && no_loop[who])) expected[reader].push_back(key);
        }
        readers.erase(key);
        CHECK(own == expected[who]);
        expected.erase(who);
        break;
      default:
        own = Listeners::keys_in(all.run(who, "GET", key));
        CHECK(own.empty());
        if (tracks[who]) readers[key].insert(who);
    }
    for (size_t i = 0; i < kSessions; ++i) REQUIRE(all.told(i) == expected[i]);
    size_t items = 0;
    std::erase_if(readers, [](const auto& entry) { return entry.second.empty(); });
    for (const auto& [name, sessions] : readers) items += sessions.size();
    REQUIRE(all.tracking.keys() == readers.size());
    REQUIRE(all.tracking.items() <= items);
    REQUIRE(all.tracking.clients() ==
            static_cast<size_t>(std::count(tracks.begin(), tracks.end(), true)));
  }
}

TEST_CASE("What tracking takes is given back when nobody tracks", "[tracking]") {
  Listeners all(2);
  const size_t before = all.local.engine.heap().used();
  all.run(0, "CLIENT", "TRACKING", "ON");
  all.run(1, "CLIENT", "TRACKING", "ON");
  for (int i = 0; i < 1000; ++i) {
    all.run(0, "GET", "key:" + std::to_string(i));
    all.run(1, "GET", "key:" + std::to_string(i));
  }
  CHECK(all.tracking.keys() == 1000);
  CHECK(all.tracking.items() == 2000);
  CHECK(all.local.engine.heap().used() - before == all.tracking.bytes());
  all.close(0);
  all.run(1, "CLIENT", "TRACKING", "OFF");
  CHECK(all.tracking.keys() == 0);
  CHECK(all.tracking.bytes() == 0);
  CHECK_FALSE(all.local.engine.books().changes_wanted);
  while (all.local.engine.tick()) {
  }
  CHECK(all.local.engine.heap().used() == before);
}

TEST_CASE("Sessions that have gone don't stay in a key's list for ever", "[tracking]") {
  Listeners all(1);
  all.run(0, "CLIENT", "TRACKING", "ON");
  for (int i = 0; i < 1000; ++i) {
    const size_t guest = all.open();
    all.run(guest, "CLIENT", "TRACKING", "ON");
    all.run(guest, "GET", "hot");
    all.close(guest);
  }
  all.run(0, "GET", "hot");
  CHECK(all.tracking.items() <= 2);
  all.run(0, "SET", "hot", "1");
  CHECK(all.tracking.items() == 0);
}

TEST_CASE("The table keeps within its limit, and whoever falls out is told", "[tracking]") {
  Listeners all(1);
  Settings& settings = all.local.settings;
  const auto limit = [&](const std::string& keys) {
    all.run(0, "CONFIG", "SET", "tracking-table-max-keys", keys);
  };
  limit("100");
  all.run(0, "CLIENT", "TRACKING", "ON", "NOLOOP");
  std::multiset<std::string> told;
  for (int i = 0; i < 500; ++i) {
    for (const auto& key : Listeners::keys_in(all.run(0, "GET", std::to_string(i)))) {
      told.insert(key);
    }
    CHECK(all.tracking.keys() == std::min<size_t>(static_cast<size_t>(i) + 1, 100));
  }
  CHECK(told.size() == 400);
  CHECK(std::set<std::string>(told.begin(), told.end()).size() == 400);
  limit("10");
  CHECK(settings.values().tracking_table_max_keys == 10);
  all.local.engine.tick();
  CHECK(all.told(0).size() == 90);
  CHECK(all.tracking.keys() == 10);
  limit("0");
  for (int i = 0; i < 500; ++i) all.run(0, "GET", std::to_string(i));
  CHECK(all.tracking.keys() == 500);
}

TEST_CASE("What a lowered limit has no room for is told before the next command is answered",
          "[tracking]") {
  Listeners all(1);
  all.run(0, "CLIENT", "TRACKING", "ON");
  for (int i = 0; i < 150; ++i) all.run(0, "GET", std::to_string(i));
  all.run(0, "CONFIG", "SET", "tracking-table-max-keys", "10");
  const std::string first = all.run(0, "PING");
  CHECK(Listeners::keys_in(first).size() == 100);
  CHECK(first.ends_with("+PONG\r\n"));
  CHECK(Listeners::keys_in(all.run(0, "PING")).size() == 40);
  CHECK(all.run(0, "PING") == "+PONG\r\n");
}

TEST_CASE("A broadcast is one message a prefix at the end of the turn", "[tracking]") {
  Listeners all(3);
  all.run(0, "CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "a", "PREFIX", "b");
  all.run(1, "CLIENT", "TRACKING", "ON", "BCAST", "NOLOOP");
  CHECK(all.tracking.prefixes() == 3);
  all.run(2, "SET", "b2", "1");
  all.run(1, "SET", "a1", "1");
  all.run(2, "SET", "b1", "1");
  all.run(1, "SET", "b1", "1");
  all.run(2, "SET", "c", "1");
  all.run(1, "SET", "own", "1");
  CHECK(all.told(0).empty());
  all.local.engine.tick();
  CHECK(all.told(0) == Keys{"a1", "b1", "b2"});
  // b1 was changed by others, too.
  CHECK(all.told(1) == Keys{"b1", "b2", "c"});
  all.local.engine.tick();
  CHECK(all.told(0).empty());
  all.close(1);
  all.run(0, "CLIENT", "TRACKING", "OFF");
  CHECK(all.tracking.prefixes() == 0);
}

TEST_CASE("What a waiting call reads when it is served is remembered", "[tracking]") {
  Listeners all(2);
  all.run(0, "CLIENT", "TRACKING", "ON");
  all.run(0, "XREAD", "BLOCK", "0", "STREAMS", "key", "$");
  all.run(1, "XADD", "key", "1-0", "f", "v");
  CHECK(all.told(0) == Keys{"key"});
  all.run(1, "XADD", "key", "2-0", "f", "v");
  CHECK(all.told(0) == Keys{"key"});
}

const std::string kLongName = "a key with a name that isn't short";

TEST_CASE("Who can't be told of a change for want of memory is cut off", "[tracking]") {
  for (const bool broadcasts : {false, true}) {
    for (size_t before = 0; before < 40; ++before) {
      Listeners all(2);
      broadcasts ? all.run(0, "CLIENT", "TRACKING", "ON", "BCAST")
                 : all.run(0, "CLIENT", "TRACKING", "ON");
      all.run(0, "GET", kLongName);
      {
        const FailingMemory memory(before);
        all.run(1, "SET", kLongName, "v");
      }
      const bool is_there = all.run(1, "EXISTS", kLongName) == ":1\r\n";
      all.local.engine.tick();
      const bool told = all.told(0) == Keys{kLongName};
      CHECK((told || !is_there || all.session(0).has(Session::kCloseNow)));
    }
  }
}

TEST_CASE("A session that can't begin to track for want of memory doesn't", "[tracking]") {
  for (size_t before = 0; before < 40; ++before) {
    Listeners all(3);
    all.run(0, "PING");  // there is room for a reply
    all.run(2, "CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "another name that isn't short");
    std::string reply;
    {
      const FailingMemory memory(before);
      reply = all.run(0, "CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", kLongName);
    }
    const bool tracks = reply == "+OK\r\n";
    CHECK((all.session(0).tracking != nullptr) == tracks);
    CHECK(all.tracking.clients() == (tracks ? 2 : 1));
    CHECK(all.tracking.prefixes() == (tracks ? 2 : 1));
    all.close(0);
    all.run(1, "SET", kLongName, "v");
    all.local.engine.tick();
    CHECK(all.tracking.prefixes() == 1);
  }
}

TEST_CASE("What eviction takes is told", "[tracking]") {
  Listeners all(2);
  all.run(0, "CLIENT", "TRACKING", "ON");
  for (int i = 0; i < 100; ++i) {
    all.run(1, "SET", std::to_string(i), std::string(1000, 'x'));
    all.run(0, "GET", std::to_string(i));
  }
  all.run(1, "CONFIG", "SET", "maxmemory-policy", "allkeys-random");
  all.run(1, "CONFIG", "SET", "maxmemory", "1");
  all.run(1, "SET", "more", "1");
  CHECK(all.told(0).size() == 100 - all.local.engine.database(0).size());
  CHECK(all.local.engine.database(0).size() < 100);
}

}  // namespace
}  // namespace sorrel
