// Random commands on lists against std::deque, with blocks so small that lists become trees and
// packs again all the time, and with snapshots of the keyspace frozen meanwhile and walked late.

#include "core/value/list.h"
#include "tests/support/model_game.h"
#include "tests/unit/core/structure/tree_check.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <string>
#include <vector>

using namespace sorrel;

namespace {

using Elements = std::deque<std::string>;

Elements elements_of(const Collection& list) {
  Elements elements;
  PackElement::Scratch scratch;
  for (ListCursor at(list, 0); at; at.next()) elements.emplace_back(at.get().bytes(scratch));
  return elements;
}

class Game final : public ModelGame<Elements> {
 public:
  explicit Game(uint64_t seed) : ModelGame(seed) {}

 private:
  std::string key() { return ModelGame::key(6); }
  Elements& of(const std::string& name) { return model()[name]; }

  void between_commands() override {
    if (chance(100)) change_limits();
    if (chance(10)) check_blocks();
  }
  Elements read(const Entry& entry, int64_t) override { return elements_of(*entry.collection()); }
  void forget(Model& model, int64_t) override {
    std::erase_if(model, [](const auto& item) { return item.second.empty(); });
  }

  void change_limits() {
    static constexpr int64_t kSizes[] = {1, 2, 3, 5, 16, 128, -1, -2};
    run_.local.engine.database(0).values().limits.list_block_size =
        kSizes[random_.below(std::size(kSizes))];
  }

  std::string element() {
    if (chance(300)) return std::string(2000 + random_.below(9000), 'z');
    if (chance(4))
      return std::string(random_.below(100), static_cast<char>('a' + random_.below(3)));
    if (chance(8)) return std::to_string(static_cast<int64_t>(random_.next()));
    return std::to_string(random_.below(12));
  }
  std::vector<std::string> some_elements() {
    std::vector<std::string> elements(1 + random_.below(chance(10) ? 80 : 4));
    for (std::string& one : elements) one = element();
    return elements;
  }
  int64_t index() { return static_cast<int64_t>(random_.below(120)) - 60; }
  static const char* word(bool left) { return left ? "LEFT" : "RIGHT"; }

  static std::string array(const Elements& elements) {
    std::string text = "*" + std::to_string(elements.size());
    for (const std::string& element : elements) text += " " + bulk(element);
    return text;
  }

  void one_command() override {
    switch (random_.below(14)) {
      case 0:
      case 1:
      case 2:
        return push();
      case 3:
        return pop();
      case 4:
        return set();
      case 5:
      case 6:
        return insert();
      case 7:
        return remove();
      case 8:
        return trim();
      case 9:
        return move();
      case 10:
        return move_many();
      case 11:
        return find();
      case 12:
        return range();
      default:
        return whole_key();
    }
  }

  void push() {
    const std::string name = key();
    const bool left = chance(2);
    std::vector<std::string> words = {left ? "LPUSH" : "RPUSH", name};
    const std::vector<std::string> elements = some_elements();
    Elements& list = of(name);
    for (const std::string& one : elements) left ? list.push_front(one) : list.push_back(one);
    words.insert(words.end(), elements.begin(), elements.end());
    expect(words, number(list.size()));
  }

  static std::string take(Elements& list, bool left) {
    std::string taken = left ? list.front() : list.back();
    left ? list.pop_front() : list.pop_back();
    return taken;
  }

  void pop() {
    const std::string name = key();
    const bool left = chance(2);
    Elements& list = of(name);
    const size_t count = random_.below(chance(5) ? 300 : 6);
    Elements taken;
    const std::vector<std::string> words = {left ? "LPOP" : "RPOP", name, std::to_string(count)};
    if (list.empty()) return expect(words, "*-1");
    while (taken.size() < count && !list.empty()) taken.push_back(take(list, left));
    expect(words, array(taken));
  }

  void set() {
    const std::string name = key();
    Elements& list = of(name);
    if (list.empty()) return expect({"LSET", name, "0", "x"}, "-ERR no such key");
    const size_t at = random_.below(list.size());
    const bool from_end = chance(2);
    const std::string shown =
        from_end ? "-" + std::to_string(list.size() - at) : std::to_string(at);
    list[at] = element();
    expect({"LSET", name, shown, list[at]}, "+OK");
    expect({"LINDEX", name, shown}, bulk(list[at]));
  }

  void insert() {
    const std::string name = key();
    Elements& list = of(name);
    const std::string pivot =
        list.empty() || chance(5) ? element() : list[random_.below(list.size())];
    const std::string put = element();
    const bool after = chance(2);
    const std::vector<std::string> words = {"LINSERT", name, after ? "AFTER" : "BEFORE", pivot,
                                            put};
    if (list.empty()) return expect(words, ":0");
    const auto at = std::find(list.begin(), list.end(), pivot);
    if (at == list.end()) return expect(words, ":-1");
    list.insert(at + (after ? 1 : 0), put);
    expect(words, number(list.size()));
  }

  void remove() {
    const std::string name = key();
    Elements& list = of(name);
    const std::string wanted =
        list.empty() || chance(5) ? element() : list[random_.below(list.size())];
    const int64_t count = static_cast<int64_t>(random_.below(9)) - 4;
    size_t most = count == 0 ? SIZE_MAX : static_cast<size_t>(std::abs(count));
    size_t removed = 0;
    if (count < 0) std::reverse(list.begin(), list.end());
    std::erase_if(list, [&](const std::string& one) {
      if (one != wanted || removed == most) return false;
      ++removed;
      return true;
    });
    if (count < 0) std::reverse(list.begin(), list.end());
    expect({"LREM", name, std::to_string(count), wanted}, number(removed));
  }

  /// The part that LRANGE and LTRIM mean.
  static Elements part(const Elements& list, int64_t start, int64_t stop) {
    const auto size = static_cast<int64_t>(list.size());
    if (start < 0) start = std::max<int64_t>(start + size, 0);
    if (stop < 0) stop += size;
    stop = std::min(stop, size - 1);
    if (start > stop) return {};
    return {list.begin() + start, list.begin() + stop + 1};
  }

  void trim() {
    const std::string name = key();
    Elements& list = of(name);
    int64_t start = index();
    int64_t stop = index();
    // Mostly a little at the ends.
    if (!chance(8)) {
      start = static_cast<int64_t>(random_.below(4));
      stop = -1 - static_cast<int64_t>(random_.below(4));
    }
    list = part(list, start, stop);
    expect({"LTRIM", name, std::to_string(start), std::to_string(stop)}, "+OK");
  }

  void move() {
    const std::string from = key();
    const std::string to = key();
    const bool from_left = chance(2);
    const bool to_left = chance(2);
    const std::vector<std::string> words = {"LMOVE", from, to, word(from_left), word(to_left)};
    if (of(from).empty()) return expect(words, "$-1");
    const std::string moved = take(of(from), from_left);
    to_left ? of(to).push_front(moved) : of(to).push_back(moved);
    expect(words, bulk(moved));
  }

  void move_many() {
    const std::string from = key();
    const std::string to = key();
    const bool from_left = chance(2);
    const bool to_left = chance(2);
    const bool in_bulk = chance(2);
    const size_t count = 1 + random_.below(chance(4) ? 100 : 5);
    const std::vector<std::string> words = {"LMOVEM",
                                            from,
                                            to,
                                            word(from_left),
                                            word(to_left),
                                            "COUNT",
                                            std::to_string(count),
                                            in_bulk ? "BULK" : "OBO"};
    Elements taken;
    while (taken.size() < count && !of(from).empty()) taken.push_back(take(of(from), from_left));
    // As it stands in the destination, from its head.
    const bool turned = in_bulk ? !from_left : to_left;
    if (turned) std::reverse(taken.begin(), taken.end());
    Elements& list = of(to);
    list.insert(to_left ? list.begin() : list.end(), taken.begin(), taken.end());
    expect(words, taken.empty() ? "*-1" : array(taken));
  }

  void find() {
    const std::string name = key();
    const Elements& list = of(name);
    const std::string wanted =
        list.empty() || chance(5) ? element() : list[random_.below(list.size())];
    const int64_t rank = chance(2) ? 1 + static_cast<int64_t>(random_.below(3))
                                   : -1 - static_cast<int64_t>(random_.below(3));
    const size_t count = random_.below(4);
    const size_t most = random_.below(2) * random_.below(60);
    size_t skipped = 0;
    Elements found;
    for (size_t i = 0; i < list.size() && (most == 0 || i < most); ++i) {
      const size_t at = rank > 0 ? i : list.size() - 1 - i;
      if (list[at] != wanted || ++skipped < static_cast<size_t>(std::abs(rank))) continue;
      found.push_back(std::to_string(at));
      if (found.size() == count) break;
    }
    std::string reply = "*" + std::to_string(found.size());
    for (const std::string& at : found) reply += " :" + at;
    expect({"LPOS", name, wanted, "RANK", std::to_string(rank), "COUNT", std::to_string(count),
            "MAXLEN", std::to_string(most)},
           reply);
  }

  void range() {
    const std::string name = key();
    const int64_t start = chance(3) ? 0 : index();
    const int64_t stop = chance(3) ? -1 : index();
    expect({"LRANGE", name, std::to_string(start), std::to_string(stop)},
           array(part(of(name), start, stop)));
  }

  void whole_key() {
    const std::string name = key();
    const std::string other = key();
    if (chance(3)) {
      expect({"DEL", name}, number(of(name).empty() ? 0 : 1));
      of(name).clear();
    } else if (name != other && !of(name).empty()) {
      expect({"COPY", name, other, "REPLACE"}, ":1");
      of(other) = of(name);
    }
    expect({"LLEN", name}, number(of(name).size()));
  }

  /// Every block of every tree: counted right, well formed, within the limits it was made under.
  void check_blocks() {
    run_.local.engine.database(0).table().for_each([&](const Entry& entry) {
      const Collection& list = *entry.collection();
      if (list.tag() != Collection::Tag::kListTree) return;
      const ListTree::Blocks& blocks = static_cast<const ListTree&>(list).blocks();
      const Heap& heap = run_.local.engine.epoch().heap();
      REQUIRE(TreeCheck<ListBlocks>::fault(blocks, heap) == "");
      for (auto at = blocks.begin(); at; at.next()) {
        REQUIRE(at->extra() == (*at)->size());
        REQUIRE(at->extra() != 0);
        REQUIRE(Pack::valid((*at)->listpack()));
      }
      // The same elements backwards.
      Elements backwards;
      PackElement::Scratch scratch;
      for (ListCursor at(list, List::size(list) - 1); at; at.previous()) {
        backwards.emplace_front(at.get().bytes(scratch));
      }
      REQUIRE(backwards == elements_of(list));
    });
  }
};

}  // namespace

TEST_CASE("random commands on lists, against a model", "[list]") {
  const uint64_t seed = GENERATE(1, 2, 3, 4);
  INFO("seed " << seed);
  Game(seed).play(6000);
}
