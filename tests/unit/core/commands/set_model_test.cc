// Random commands on sets against std::set, with thresholds so small that every encoding is met,
// and with snapshots of the keyspace frozen meanwhile and walked late.

#include "core/base/random.h"
#include "core/value/set.h"
#include "tests/support/scenario.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <set>
#include <sstream>
#include <string>

using namespace sorrel;

namespace {

using Members = std::set<std::string>;
using Model = std::map<std::string, Members>;

class Game {
 public:
  explicit Game(uint64_t seed) : random_(seed) {}
  ~Game() {
    for (Snapshot& snapshot : snapshots_) run_.local.engine.epoch().end_snapshot(snapshot.id);
  }

  void play(size_t steps) {
    for (size_t step = 0; step < steps; ++step) {
      if (chance(100)) change_limits();
      one_command();
      if (chance(200)) freeze();
      if (chance(150) && !snapshots_.empty()) thaw(random_.below(snapshots_.size()));
      if (chance(4)) run_.local.engine.tick();
    }
    while (!snapshots_.empty()) thaw(0);
    REQUIRE(read(run_.local.engine.database(0).table()) == model_);
    REQUIRE(run_.rebuilt() == run_.data());
    run_("FLUSHALL");
    while (run_.local.engine.tick()) {
    }
    REQUIRE_FALSE(run_.local.engine.epoch().has_retired());
  }

 private:
  struct Snapshot {
    SnapshotId id;
    Table<Entry>::View view;
    Model model;
  };

  bool chance(uint64_t one_in) { return random_.below(one_in) == 0; }
  std::string key() { return "k" + std::to_string(random_.below(8)); }
  Members& of(const std::string& name) { return model_[name]; }
  void tidy_up() {
    std::erase_if(model_, [](const auto& item) { return item.second.empty(); });
  }

  void change_limits() {
    EncodingLimits& limits = run_.local.engine.database(0).values().limits;
    limits.set_integers_max = random_.below(3) * 20;
    limits.set_pack_members_max = random_.below(3) * 10;
    limits.set_pack_member_bytes_max = 3 + random_.below(30);
  }

  std::string member() {
    if (!chance(4)) return std::to_string(static_cast<int64_t>(random_.below(150)) - 20);
    if (chance(20)) return std::to_string(static_cast<int64_t>(random_.next()));
    const size_t size = chance(30) ? 300 : 1 + random_.below(20);
    return std::string(size, static_cast<char>('a' + random_.below(26)));
  }
  std::vector<std::string> some_members() {
    std::vector<std::string> members(1 + random_.below(chance(10) ? 60 : 4));
    for (std::string& one : members) one = member();
    return members;
  }

  std::string call(std::vector<std::string> words, const std::vector<std::string>& more = {}) {
    words.insert(words.end(), more.begin(), more.end());
    return run_(words);
  }
  void expect(const std::string& reply, size_t integer) {
    REQUIRE(reply == ":" + std::to_string(integer));
  }
  /// The members of an array of bulk strings, none of which has a space.
  static std::vector<std::string> list_of(const std::string& reply) {
    std::istringstream words(reply);
    std::string word;
    words >> word;
    REQUIRE(word[0] == '*');
    std::vector<std::string> members;
    while (words >> word >> word) members.push_back(word);
    return members;
  }
  static Members set_of(const std::string& reply) {
    const std::vector<std::string> list = list_of(reply);
    Members members(list.begin(), list.end());
    REQUIRE(members.size() == list.size());
    return members;
  }

  void one_command() {
    switch (random_.below(12)) {
      case 0:
      case 1:
      case 2:
        return add();
      case 3:
        return remove();
      case 4:
        return look();
      case 5:
        return pop();
      case 6:
        return draw();
      case 7:
        return move();
      case 8:
        return combine();
      case 9:
        return store();
      case 10:
        return count();
      default:
        return whole_key();
    }
  }

  void add() {
    const std::string name = key();
    const std::vector<std::string> members = some_members();
    size_t added = 0;
    for (const std::string& one : members) added += of(name).insert(one).second;
    expect(call({"SADD", name}, members), added);
  }

  void remove() {
    const std::string name = key();
    const std::vector<std::string> members = some_members();
    size_t removed = 0;
    for (const std::string& one : members) removed += of(name).erase(one);
    expect(call({"SREM", name}, members), removed);
    tidy_up();
  }

  void look() {
    const std::string name = key();
    const std::string one = member();
    const Members there = model_.contains(name) ? of(name) : Members();
    expect(call({"SISMEMBER", name, one}), there.contains(one));
    expect(call({"SCARD", name}), there.size());
    REQUIRE(set_of(call({"SMEMBERS", name})) == there);
    Members scanned;
    std::string cursor = "0";
    do {
      std::istringstream words(call({"SSCAN", name, cursor, "COUNT", "7"}));
      std::string word;
      words >> word >> word >> cursor >> word;
      while (words >> word >> word) scanned.insert(word);
    } while (cursor != "0");
    REQUIRE(scanned == there);
  }

  void pop() {
    const std::string name = key();
    const size_t size = model_.contains(name) ? of(name).size() : 0;
    const size_t count = random_.below(size + 3);
    const Members popped = set_of(call({"SPOP", name, std::to_string(count)}));
    REQUIRE(popped.size() == std::min(count, size));
    for (const std::string& one : popped) REQUIRE(of(name).erase(one) == 1);
    tidy_up();
  }

  void draw() {
    const std::string name = key();
    const Members there = model_.contains(name) ? of(name) : Members();
    const size_t count = random_.below(there.size() + 3);
    const Members drawn = set_of(call({"SRANDMEMBER", name, std::to_string(count)}));
    REQUIRE(drawn.size() == std::min(count, there.size()));
    REQUIRE(std::includes(there.begin(), there.end(), drawn.begin(), drawn.end()));
    const auto again = list_of(call({"SRANDMEMBER", name, "-" + std::to_string(count + 1)}));
    REQUIRE(again.size() == (there.empty() ? 0 : count + 1));
    for (const std::string& one : again) REQUIRE(there.contains(one));
  }

  void move() {
    const std::string from = key();
    const std::string to = key();
    const std::string one = member();
    const bool moves = model_.contains(from) && of(from).contains(one);
    expect(call({"SMOVE", from, to, one}), moves);
    if (!moves) return;
    of(from).erase(one);
    of(to).insert(one);
    tidy_up();
  }

  // ---- Several sets.

  Members combined(const std::string& operation, const std::vector<std::string>& names) {
    Members result = model_.contains(names[0]) ? of(names[0]) : Members();
    for (size_t i = 1; i < names.size(); ++i) {
      const Members other = model_.contains(names[i]) ? of(names[i]) : Members();
      if (operation == "SUNION") {
        result.insert(other.begin(), other.end());
      } else {
        const bool keep_common = operation == "SINTER";
        std::erase_if(result, [&](const auto& one) { return other.contains(one) != keep_common; });
      }
    }
    return result;
  }
  std::string operation() {
    constexpr const char* kNames[] = {"SUNION", "SINTER", "SDIFF"};
    return kNames[random_.below(3)];
  }
  std::vector<std::string> some_keys() {
    std::vector<std::string> names(1 + random_.below(chance(5) ? 9 : 3));
    for (std::string& name : names) name = key();
    return names;
  }

  void combine() {
    const std::string name = operation();
    const std::vector<std::string> names = some_keys();
    REQUIRE(set_of(call({name}, names)) == combined(name, names));
  }

  void store() {
    const std::string name = operation();
    const std::vector<std::string> names = some_keys();
    const std::string to = key();
    const Members result = combined(name, names);
    expect(call({name + "STORE", to}, names), result.size());
    of(to) = result;
    tidy_up();
  }

  void count() {
    const std::string name = operation();
    std::vector<std::string> words = some_keys();
    const size_t size = combined(name, words).size();
    const size_t limit = random_.below(size + 2);
    words.insert(words.begin(), std::to_string(words.size()));
    expect(call({name + "CARD"}, words), size);
    words.push_back("LIMIT");
    words.push_back(std::to_string(limit));
    expect(call({name + "CARD"}, words), limit == 0 ? size : std::min(size, limit));
  }

  void whole_key() {
    const std::string from = key();
    const std::string to = key();
    if (from == to) {
      expect(call({"DEL", from}), model_.erase(from));
    } else if (model_.contains(from)) {
      expect(call({"COPY", from, to, "REPLACE"}), 1);
      of(to) = Members(of(from));
    }
  }

  // ---- Snapshots.

  template <typename Walk>
  static Model read(const Walk& walk) {
    Model model;
    walk.for_each([&](const Entry& entry) {
      const SetValue set(*entry.collection());
      Members& members = model[std::string(entry.key())];
      set.for_each([&](const SetElement& one) {
        SetElement::Scratch scratch;
        const std::string text(one.bytes(scratch));
        REQUIRE(members.insert(text).second);
        REQUIRE(set.contains(text));
      });
      REQUIRE(members.size() == set.size());
      REQUIRE_FALSE(members.empty());
    });
    return model;
  }

  void freeze() {
    Engine& engine = run_.local.engine;
    const SnapshotId id = engine.epoch().begin_snapshot();
    snapshots_.push_back({id, engine.database(0).table().freeze(), model_});
  }
  void thaw(size_t index) {
    const Snapshot& snapshot = snapshots_[index];
    REQUIRE(read(snapshot.view) == snapshot.model);
    run_.local.engine.epoch().end_snapshot(snapshot.id);
    snapshots_.erase(snapshots_.begin() + static_cast<std::ptrdiff_t>(index));
  }

  Random random_;
  Scenario run_;
  Model model_;
  std::deque<Snapshot> snapshots_;
};

}  // namespace

TEST_CASE("random commands on sets do what the model does", "[set][model]") {
  const uint64_t seed = GENERATE(1u, 2u, 3u, 4u, 5u, 6u);
  CAPTURE(seed);
  Game(seed).play(4000);
}
