#include "core/blocking.h"

#include "tests/support/failing_memory.h"
#include "tests/support/local_engine.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <memory>

namespace sorrel {
namespace {

std::string bulk(Bytes text) {
  return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}

// Consumers that wait, each for some of a few lists, and what a plain model says of them: elements
// go to whoever has waited longest for their list.
class Queues {
 public:
  explicit Queues(size_t consumers) : sessions_(consumers), expected_(consumers) {
    for (auto& session : sessions_) open(session);
  }
  ~Queues() {
    for (auto& session : sessions_) local.engine.close_session(*session);
  }

  bool waits(size_t who) const {
    return std::any_of(waiting_.begin(), waiting_.end(),
                       [who](const Waiter& waiter) { return waiter.who == who; });
  }
  size_t waiting() const { return waiting_.size(); }

  void wait(size_t who, const std::vector<std::string>& keys, int64_t seconds) {
    std::vector<std::string> words = {"BLPOP"};
    words.insert(words.end(), keys.begin(), keys.end());
    words.push_back(std::to_string(seconds));
    run(*sessions_[who], words);
    const int64_t ends_ms = seconds == 0 ? INT64_MAX : local.engine.now_ms() + seconds * 1000;
    for (const std::string& key : keys) {
      if (!lists_[key].empty()) return take(who, key);
    }
    waiting_.push_back({who, keys, ends_ms});
  }

  void push(const std::string& key, size_t count) {
    std::vector<std::string> words = {"RPUSH", key};
    for (; count > 0; --count) {
      words.push_back(std::to_string(next_++));
      lists_[key].push_back(words.back());
    }
    run(local.session, words);
    local.session.output.consume(local.session.output.size());
    while (!lists_[key].empty()) {
      const auto first = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiter& waiter) {
        return std::find(waiter.keys.begin(), waiter.keys.end(), key) != waiter.keys.end();
      });
      if (first == waiting_.end()) break;
      take(first->who, key);
      waiting_.erase(first);
    }
  }

  void unblock(size_t who) {
    run(local.session, {"CLIENT", "UNBLOCK", std::to_string(sessions_[who]->id)});
    local.session.output.consume(local.session.output.size());
    if (stop_waiting(who)) expected_[who] += "*-1\r\n";
  }

  void reconnect(size_t who) {
    local.engine.close_session(*sessions_[who]);
    open(sessions_[who]);
    stop_waiting(who);
    expected_[who].clear();
  }

  void pass(int64_t ms) {
    local.clock.advance_ms(ms);
    local.engine.begin_turn();
    local.engine.tick();
    for (auto waiter = waiting_.begin(); waiter != waiting_.end();) {
      const bool over = waiter->ends_ms <= local.engine.now_ms();
      if (over) expected_[waiter->who] += "*-1\r\n";
      waiter = over ? waiting_.erase(waiter) : waiter + 1;
    }
  }

  /// Everybody has heard what the model says, and the books are right.
  void check() {
    for (size_t i = 0; i < sessions_.size(); ++i) {
      Output& output = sessions_[i]->output;
      REQUIRE(output.to_string() == expected_[i]);
      output.consume(output.size());
      expected_[i].clear();
    }
    Blocking& blocking = local.engine.blocking();
    REQUIRE(blocking.waiting() == waiting_.size());
    const auto ends = [](const Waiter& waiter) { return waiter.ends_ms != INT64_MAX; };
    REQUIRE(blocking.deadlines() ==
            static_cast<size_t>(std::count_if(waiting_.begin(), waiting_.end(), ends)));
    REQUIRE(blocking.empty() == waiting_.empty());
  }

  LocalEngine local;

 private:
  struct Waiter {
    size_t who;
    std::vector<std::string> keys;
    int64_t ends_ms;
  };

  void open(std::unique_ptr<Session>& session) {
    session = std::make_unique<Session>(nullptr);
    local.engine.open_session(*session);
  }
  void run(Session& session, const std::vector<std::string>& words) {
    const std::vector<Bytes> args(words.begin(), words.end());
    local.engine.begin_turn();
    local.engine.execute(session, args);
  }
  void take(size_t who, const std::string& key) {
    expected_[who] += "*2\r\n" + bulk(key) + bulk(lists_[key].front());
    lists_[key].pop_front();
  }
  bool stop_waiting(size_t who) {
    return std::erase_if(waiting_, [who](const Waiter& waiter) { return waiter.who == who; }) != 0;
  }

  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<std::string> expected_;
  std::deque<Waiter> waiting_;
  std::map<std::string, std::deque<std::string>> lists_;
  uint64_t next_ = 0;
};

TEST_CASE("Whoever has waited longest is served, whatever else happens", "[blocking]") {
  constexpr size_t kConsumers = 30;
  const std::vector<std::string> names = {"a", "b", "c", "d"};
  Queues queues(kConsumers);
  Random random(17);
  for (int step = 0; step < 20'000; ++step) {
    const size_t who = random.below(kConsumers);
    std::vector<std::string> keys(1 + random.below(3));
    for (std::string& key : keys) key = names[random.below(names.size())];
    switch (random.below(10)) {
      case 0:
        queues.unblock(who);
        break;
      case 1:
        queues.reconnect(who);
        break;
      case 2:
        queues.pass(static_cast<int64_t>(random.below(3000)));
        break;
      case 3:
      case 4:
        queues.push(keys[0], 1 + random.below(4));
        break;
      default:
        if (!queues.waits(who)) queues.wait(who, keys, static_cast<int64_t>(random.below(4)));
    }
    queues.check();
  }
}

TEST_CASE("A thousand consumers and a hundred producers lose nothing and keep the order",
          "[blocking]") {
  constexpr size_t kConsumers = 1000;
  constexpr size_t kProducers = 100;
  const std::vector<std::string> names = {"jobs", "mails", "calls"};
  Queues queues(kConsumers);
  Random random(23);
  for (int round = 0; round < 30; ++round) {
    for (size_t who = 0; who < kConsumers; ++who) {
      if (!queues.waits(who)) queues.wait(who, {names[who % 3], names[(who + 1) % 3]}, 0);
    }
    for (size_t producer = 0; producer < kProducers; ++producer) {
      queues.push(names[random.below(names.size())], 1 + random.below(20));
    }
    queues.check();
  }
}

// A session that waits in BLPOP for the list "queue".
struct Popper {
  explicit Popper(LocalEngine& local_in) : local(local_in) {
    local.engine.open_session(session);
    const Bytes blpop[] = {"BLPOP", "queue", "0"};
    local.run_in(session, blpop);
  }
  ~Popper() { local.engine.close_session(session); }

  LocalEngine& local;
  Session session{nullptr};
};

TEST_CASE("A client that is killed while it waits is given nothing", "[blocking]") {
  LocalEngine local;
  Popper waiter(local);
  REQUIRE(local.engine.blocking().waiting() == 1);
  CHECK(local.run("CLIENT", "KILL", "ID", std::to_string(waiter.session.id)) == ":1\r\n");
  CHECK(local.run("LPUSH", "queue", "v") == ":1\r\n");
  CHECK(local.run("LRANGE", "queue", "0", "-1") == "*1\r\n$1\r\nv\r\n");
}

TEST_CASE("A client that is evicted while it waits is given nothing", "[blocking]") {
  LocalEngine local;
  Popper waiter(local);
  local.engine.account_session(waiter.session, size_t{8} << 20);
  const Settings::NamedValue limit[] = {{"maxmemory-clients", "4mb"}};
  REQUIRE(!local.settings.set_many(limit));
  local.engine.tick();
  CHECK(waiter.session.has(Session::kCloseNow));
  CHECK(local.run("LPUSH", "queue", "v") == ":1\r\n");
  CHECK(local.run("LLEN", "queue") == ":1\r\n");
}

// Sessions that wait in XREADGROUP for the stream "stream".
struct Readers {
  Readers(LocalEngine& local_in, size_t count, std::vector<std::string> options = {})
      : local(local_in) {
    local.run("XGROUP", "CREATE", "stream", "g", "0", "MKSTREAM");
    for (size_t i = 0; i < count; ++i) {
      sessions.push_back(std::make_unique<Session>(nullptr));
      local.engine.open_session(*sessions.back());
      std::vector<Bytes> words = {"XREADGROUP", "GROUP", "g", "c", "BLOCK", "0"};
      words.insert(words.end(), options.begin(), options.end());
      words.insert(words.end(), {"STREAMS", "stream", ">"});
      local.run_in(*sessions.back(), words);
    }
  }
  ~Readers() {
    for (const auto& session : sessions) local.engine.close_session(*session);
  }
  bool waits(size_t who) const { return sessions[who]->has(Session::kBlocked); }

  LocalEngine& local;
  std::vector<std::unique_ptr<Session>> sessions;
};

TEST_CASE("What waits to claim stays where it is while writes are paused", "[blocking]") {
  LocalEngine local;
  local.run("XADD", "stream", "1-0", "f", "v");
  local.run("XGROUP", "CREATE", "stream", "g", "0");
  local.run("XREADGROUP", "GROUP", "g", "other", "STREAMS", "stream", ">");
  Readers readers(local, 1, {"CLAIM", "300"});
  REQUIRE(readers.waits(0));
  local.run("CLIENT", "PAUSE", "2000", "WRITE");
  local.clock.advance_ms(400);
  local.engine.begin_turn();
  local.engine.tick();
  CHECK(readers.waits(0));
  CHECK(local.engine.next_deadline_ms() == INT64_MAX);
  local.clock.advance_ms(2000);
  local.engine.begin_turn();
  local.engine.tick();
  CHECK_FALSE(readers.waits(0));
}

// One whose entry is to be claimed is killed when its time comes: the next one looks.
TEST_CASE("Who waits to claim is served although the one who looks for all is killed",
          "[blocking]") {
  LocalEngine local;
  local.run("XADD", "stream", "1-0", "f", "v");
  local.run("XGROUP", "CREATE", "stream", "g", "0");
  local.run("XREADGROUP", "GROUP", "g", "other", "STREAMS", "stream", ">");
  Readers readers(local, 2, {"CLAIM", "300"});
  local.run("CLIENT", "KILL", "ID", std::to_string(readers.sessions[0]->id));
  local.clock.advance_ms(400);
  local.engine.begin_turn();
  local.engine.tick();
  CHECK(readers.sessions[0]->output.empty());
  CHECK_FALSE(readers.waits(1));
}

TEST_CASE("A change whose waiters can't be noted for want of memory is whole", "[blocking]") {
  const std::string value(100, 'v');
  for (size_t before = 0; before < 40; ++before) {
    LocalEngine local;
    const std::string key = "a key with a name that isn't short";
    Session session(nullptr);
    local.engine.open_session(session);
    const Bytes waiting[] = {"XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", key, ">"};
    local.run("XGROUP", "CREATE", key, "g", "0", "MKSTREAM");
    local.run_in(session, waiting);
    REQUIRE(session.has(Session::kBlocked));
    std::string reply;
    {
      const FailingMemory memory(before);
      reply = local.run("DEL", key);
    }
    const bool is_there = local.run("EXISTS", key) == ":1\r\n";
    CHECK(is_there == (reply != ":1\r\n"));
    local.engine.tick();
    CHECK(session.has(Session::kBlocked) == is_there);
    local.engine.close_session(session);
  }
}

}  // namespace
}  // namespace sorrel
