// Random commands on sets against std::set, with thresholds so small that every encoding is met,
// and with snapshots of the keyspace frozen meanwhile and walked late.

#include "core/value/set.h"
#include "tests/support/model_game.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <sstream>
#include <string>

using namespace sorrel;

namespace {

using Members = std::set<std::string>;
using ModelSet = std::map<std::string, int64_t>;  // members, and when they expire

class Game final : public ModelGame<ModelSet> {
 public:
  explicit Game(uint64_t seed) : ModelGame(seed) {}

 private:
  std::string key() { return ModelGame::key(8); }
  ModelSet& of(const std::string& name) { return model()[name]; }
  Members members_of(const std::string& name) {
    Members members;
    const auto there = model().find(name);
    if (there == model().end()) return members;
    for (const auto& [member, expires_ms] : there->second) members.insert(member);
    return members;
  }

  void between_commands() override {
    if (chance(100)) change_limits();
    if (chance(15)) run_.local.clock.advance_ms(1 + static_cast<int64_t>(random_.below(700)));
  }
  ModelSet read(const Entry& entry, int64_t now_ms) override {
    const SetValue set(*entry.collection(), now_ms);
    ModelSet members;
    set.for_each([&](const SetElement& one) {
      SetElement::Scratch scratch;
      const std::string text(one.bytes(scratch));
      REQUIRE(set.contains(text));
      REQUIRE(members.emplace(text, *set.expires_ms(text)).second);
    });
    REQUIRE(members.size() == set.size());
    return members;
  }
  void forget(Model& model, int64_t now_ms) override {
    for (auto& [name, members] : model) {
      std::erase_if(members, [&](const auto& item) { return item.second <= now_ms; });
    }
    std::erase_if(model, [](const auto& item) { return item.second.empty(); });
  }

  void change_limits() {
    EncodingLimits& limits = engine().database(0).values().limits;
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
  void expect(const std::string& reply, size_t integer) { REQUIRE(reply == number(integer)); }
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

  void one_command() override {
    switch (random_.below(16)) {
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
      case 11:
      case 12:
        return expire();
      case 13:
        return persist();
      default:
        return whole_key();
    }
  }

  void add() {
    const std::string name = key();
    const std::vector<std::string> members = some_members();
    size_t added = 0;
    for (const std::string& one : members) added += of(name).emplace(one, kNever).second;
    expect(call({"SADD", name}, members), added);
  }

  void remove() {
    const std::string name = key();
    const std::vector<std::string> members = some_members();
    size_t removed = 0;
    for (const std::string& one : members) removed += of(name).erase(one);
    expect(call({"SREM", name}, members), removed);
  }

  void look() {
    const std::string name = key();
    const std::string one = member();
    const Members there = members_of(name);
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
    const size_t size = members_of(name).size();
    const size_t count = random_.below(size + 3);
    const Members popped = set_of(call({"SPOP", name, std::to_string(count)}));
    REQUIRE(popped.size() == std::min(count, size));
    for (const std::string& one : popped) REQUIRE(of(name).erase(one) == 1);
  }

  void draw() {
    const std::string name = key();
    const Members there = members_of(name);
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
    const bool moves = members_of(from).contains(one);
    expect(call({"SMOVE", from, to, one}), moves);
    if (!moves || from == to) return;
    of(from).erase(one);
    of(to).emplace(one, kNever);
  }

  // ---- Several sets.

  Members combined(const std::string& operation, const std::vector<std::string>& names) {
    Members result = members_of(names[0]);
    for (size_t i = 1; i < names.size(); ++i) {
      const Members other = members_of(names[i]);
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
    of(to).clear();
    for (const std::string& one : result) of(to).emplace(one, kNever);
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

  // ---- Expiries.

  static bool holds(const std::string& condition, int64_t current, int64_t at_ms) {
    if (condition == "NX") return current == kNever;
    if (condition == "XX") return current != kNever;
    if (condition == "GT") return at_ms > current;
    if (condition == "LT") return at_ms < current;
    return true;
  }
  int64_t expire(const std::string& name, const std::string& member, const std::string& condition,
                 int64_t at_ms) {
    if (!members_of(name).contains(member)) return -2;
    int64_t& current = of(name)[member];
    if (!holds(condition, current, at_ms)) return 0;
    current = at_ms;
    const bool removed = at_ms <= now_ms();
    if (removed) of(name).erase(member);
    return removed ? 2 : 1;
  }

  void expire() {
    static const std::string kConditions[] = {"", "", "NX", "XX", "GT", "LT"};
    const std::string condition = kConditions[random_.below(std::size(kConditions))];
    const int64_t at_ms =
        chance(20) ? now_ms() - 1 : now_ms() + 1 + static_cast<int64_t>(random_.below(3000));
    const std::string name = key();
    const std::vector<std::string> members = some_members();
    std::vector<std::string> words = {"SPEXPIREAT", name, std::to_string(at_ms)};
    if (!condition.empty()) words.push_back(condition);
    words.insert(words.end(), {"MEMBERS", std::to_string(members.size())});
    std::string reply = "*" + std::to_string(members.size());
    for (const std::string& one : members) {
      words.push_back(one);
      reply += " " + number(expire(name, one, condition, at_ms));
    }
    ModelGame::expect(words, reply);
  }

  void persist() {
    const std::string name = key();
    const std::string one = member();
    const bool there = members_of(name).contains(one);
    const int64_t at_ms = there ? of(name)[one] : kNever;
    const std::string when = number(!there ? -2 : at_ms == kNever ? -1 : at_ms);
    ModelGame::expect({"SPEXPIRETIME", name, "MEMBERS", "1", one}, "*1 " + when);
    if (chance(2)) return;
    const std::string done = number(!there ? -2 : at_ms == kNever ? -1 : 1);
    ModelGame::expect({"SPERSIST", name, "MEMBERS", "1", one}, "*1 " + done);
    if (there) of(name)[one] = kNever;
  }

  void whole_key() {
    const std::string from = key();
    const std::string to = key();
    if (from == to) {
      expect(call({"DEL", from}), model().erase(from));
    } else if (model().contains(from)) {
      expect(call({"COPY", from, to, "REPLACE"}), 1);
      of(to) = ModelSet(of(from));
    }
  }
};

}  // namespace

TEST_CASE("random commands on sets do what the model does", "[set][model]") {
  const uint64_t seed = GENERATE(1u, 2u, 3u, 4u, 5u, 6u);
  CAPTURE(seed);
  Game(seed).play(4000);
}
