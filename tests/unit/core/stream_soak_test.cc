// A thousand consumers that wait in four groups of a stream, and a hundred producers, in one engine
// and on a clock that the test moves: nothing is lost, nothing comes twice but what was handed
// back, and everybody gets what is new in order.

#include "core/blocking.h"
#include "tests/support/local_engine.h"

#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sorrel {
namespace {

constexpr size_t kConsumers = 1000;
constexpr size_t kProducers = 100;
constexpr size_t kGroups = 4;
constexpr size_t kEntries = 20'000;

using Ids = std::vector<uint64_t>;

/// The IDs "N-1" of a reply, as their N.
Ids ids_in(const std::string& reply) {
  Ids ids;
  size_t at = 0;
  for (size_t end; (end = reply.find("\r\n", at)) != std::string::npos; at = end + 2) {
    const std::string line = reply.substr(at, end - at);
    const size_t dash = line.find("-1");
    if (dash == std::string::npos || dash + 2 != line.size()) continue;
    const std::optional<int64_t> number = parse_integer(Bytes(line).substr(0, dash));
    if (number) ids.push_back(static_cast<uint64_t>(*number));
  }
  return ids;
}

struct Delivered {
  unsigned times = 0;
  unsigned handed_back = 0;
  bool acknowledged = false;
};

class Soak {
 public:
  explicit Soak(uint64_t seed) : random_(seed), groups_(kGroups) {
    for (size_t g = 0; g < kGroups; ++g) run({"XGROUP", "CREATE", "q", group(g), "0", "MKSTREAM"});
    for (size_t i = 0; i < kConsumers; ++i) {
      consumers_.push_back(std::make_unique<Consumer>());
      local_.engine.open_session(consumers_.back()->session);
      ask(i);
    }
    for (size_t i = 0; i < kProducers; ++i) {
      producers_.push_back(std::make_unique<Session>(nullptr));
      local_.engine.open_session(*producers_.back());
    }
  }
  ~Soak() {
    for (const auto& consumer : consumers_) local_.engine.close_session(consumer->session);
    for (const auto& producer : producers_) local_.engine.close_session(*producer);
    CHECK(local_.engine.blocking().empty());
  }

  void play() {
    REQUIRE(local_.engine.blocking().waiting() == kConsumers);
    while (last_ < kEntries) {
      produce(*producers_[random_.below(kProducers)]);
      turn();
    }
    for (size_t turns = 0; acknowledged_ < kGroups * last_; ++turns) {
      REQUIRE(turns < 10'000);
      turn();
    }
    check();
  }

 private:
  struct Consumer {
    Session session{nullptr};
    uint64_t last_new = 0;
  };

  static std::string group(size_t number) { return "g" + std::to_string(number); }
  static size_t group_of(size_t consumer) { return consumer % kGroups; }

  std::string run(const std::vector<std::string>& words) { return run_in(local_.session, words); }
  std::string run_in(Session& session, const std::vector<std::string>& words) {
    const std::vector<Bytes> args(words.begin(), words.end());
    return local_.run_in(session, args);
  }

  void ask(size_t i) {
    const std::string count = std::to_string(1 + i % 5);
    const std::string reply =
        run_in(consumers_[i]->session,
               {"XREADGROUP", "GROUP", group(group_of(i)), "c" + std::to_string(i), "COUNT", count,
                "BLOCK", "0", "CLAIM", "1000000", "STREAMS", "q", ">"});
    if (!reply.empty()) take(i, reply);
  }

  /// One entry, or several that come at once.
  void produce(Session& producer) {
    const uint64_t count = random_.below(4) == 0 ? 1 + random_.below(12) : 1;
    if (count > 1) run_in(producer, {"MULTI"});
    for (uint64_t i = 0; i < count; ++i) {
      run_in(producer, {"XADD", "q", std::to_string(++last_) + "-1", "field", "value"});
    }
    if (count > 1) run_in(producer, {"EXEC"});
  }

  void turn() {
    local_.clock.advance_ms(1);
    local_.engine.begin_turn();
    local_.engine.tick();
    for (size_t i = 0; i < kConsumers; ++i) {
      Output& output = consumers_[i]->session.output;
      if (output.size() == 0) continue;
      const std::string reply = output.to_string();
      output.consume(output.size());
      take(i, reply);
    }
    // Who has something works on it for a while, then asks for more.
    for (size_t n = busy_.size(); n > 0; --n) {
      const size_t i = busy_.front();
      busy_.pop_front();
      if (random_.below(4) == 0) {
        ask(i);
      } else {
        busy_.push_back(i);
      }
    }
  }

  void take(size_t i, const std::string& reply) {
    const Ids ids = ids_in(reply);
    REQUIRE_FALSE(ids.empty());
    for (const uint64_t id : ids) {
      Delivered& delivered = groups_[group_of(i)][id];
      if (delivered.times == 0) {
        REQUIRE(id > consumers_[i]->last_new);
        consumers_[i]->last_new = id;
      }
      ++delivered.times;
      REQUIRE(delivered.times == delivered.handed_back + 1);
      REQUIRE_FALSE(delivered.acknowledged);
      settle(i, id, delivered);
    }
    busy_.push_back(i);
  }

  void settle(size_t i, uint64_t id, Delivered& delivered) {
    const std::string name = group(group_of(i));
    const std::string text = std::to_string(id) + "-1";
    const uint64_t choice = random_.below(20);
    if (choice > 2) {
      REQUIRE(run({"XACK", "q", name, text}) == ":1\r\n");
      delivered.acknowledged = true;
      ++acknowledged_;
      return;
    }
    ++delivered.handed_back;
    std::vector<std::string> words{"XNACK", "q", name, "FAIL", "IDS", "1", text};
    if (choice == 0) words.insert(words.end(), {"DELAY", std::to_string(random_.below(20))});
    REQUIRE(run(words) == ":1\r\n");
  }

  void check() {
    for (size_t g = 0; g < kGroups; ++g) {
      REQUIRE(groups_[g].size() == last_);
      REQUIRE(run({"XPENDING", "q", group(g)}) == "*4\r\n:0\r\n$-1\r\n$-1\r\n*-1\r\n");
    }
  }

  LocalEngine local_;
  Random random_;
  std::vector<std::unique_ptr<Consumer>> consumers_;
  std::vector<std::unique_ptr<Session>> producers_;
  std::vector<std::map<uint64_t, Delivered>> groups_;
  std::deque<size_t> busy_;  // consumers that don't wait
  uint64_t last_ = 0;
  size_t acknowledged_ = 0;
};

}  // namespace

TEST_CASE("A thousand consumers that wait get each entry once", "[stream]") {
  Soak(1).play();
}

}  // namespace sorrel
