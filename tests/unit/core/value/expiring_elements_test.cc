// Hashes and sets whose elements expire, as values by themselves, against a plain model: every
// form, frozen and walked late, and with memory that ends now and then. The heap knows each block:
// none may be freed that a snapshot reads, and all must be back in the end.

#include "core/base/random.h"
#include "core/value/hash.h"
#include "core/value/set.h"
#include "tests/unit/core/structure/tracking_heap.h"

#include <catch2/catch.hpp>
#include <map>
#include <new>
#include <string>
#include <vector>

using namespace sorrel;

namespace {

struct Element {
  std::string value;
  int64_t expires_ms = kNever;
  bool operator==(const Element&) const = default;
};
using Elements = std::map<std::string, Element>;

std::string text_of(const PackElement& element) {
  PackElement::Scratch scratch;
  return std::string(element.bytes(scratch));
}

struct HashKind {
  static constexpr Type kType = Type::kHash;

  static Elements read(const Collection& hash, const ValueContext& values, int64_t now_ms) {
    Elements all;
    const HashReader reader(hash, values, now_ms);
    reader.for_each([&](const HashItem& item) {
      all[text_of(item.field)] = Element{text_of(item.value), item.expires_ms};
      REQUIRE(reader.find(text_of(item.field))->expires_ms == item.expires_ms);
    });
    REQUIRE(reader.size() == all.size());
    return all;
  }
  /// What a field is after it was set.
  static Element put(Owned<Collection>& hash, ValueContext& values, int64_t now_ms,
                     const std::string& name, const Element*, const std::string& value) {
    HashWriter(hash, values, now_ms).set(name, value);
    return Element{value};
  }
  static bool remove(Owned<Collection>& hash, ValueContext& values, int64_t now_ms, Bytes name) {
    return HashWriter(hash, values, now_ms).erase(name);
  }
  static void set_expiry(Owned<Collection>& hash, ValueContext& values, int64_t now_ms, Bytes name,
                         int64_t at_ms) {
    HashWriter(hash, values, now_ms).set_expiry(name, at_ms);
  }
};

struct SetKind {
  static constexpr Type kType = Type::kSet;

  static Elements read(const Collection& collection, const ValueContext&, int64_t now_ms) {
    Elements all;
    const SetValue set(collection, now_ms);
    set.for_each([&](const SetElement& member) {
      const std::string text = text_of(member);
      all[text] = Element{{}, *set.expires_ms(text)};
    });
    REQUIRE(set.size() == all.size());
    return all;
  }
  static Element put(Owned<Collection>& set, ValueContext& values, int64_t now_ms,
                     const std::string& name, const Element* there, const std::string&) {
    SetEditor editor(set, values, now_ms);
    if (!set) editor.make(name, 1);
    const bool added = editor.add(Bytes(name));
    REQUIRE(added == (there == nullptr));
    return there == nullptr ? Element{} : *there;
  }
  static bool remove(Owned<Collection>& set, ValueContext& values, int64_t now_ms, Bytes name) {
    return SetEditor(set, values, now_ms).remove(name);
  }
  static void set_expiry(Owned<Collection>& set, ValueContext& values, int64_t now_ms, Bytes name,
                         int64_t at_ms) {
    SetEditor(set, values, now_ms).set_expiry(name, at_ms);
  }
};

template <class Kind>
class Game {
 public:
  Game(uint64_t seed, size_t names) : random_(seed), names_(names) {
    values_.limits.hash_pack_fields_max = values_.limits.set_pack_members_max = 8;
    values_.limits.hash_pack_value_bytes_max = values_.limits.set_pack_member_bytes_max = 12;
    values_.limits.set_integers_max = 5;
  }
  ~Game() {
    while (!frozen_.empty()) epoch_.end_snapshot(take_frozen(0).id);
    collection_.drop(epoch_);
    while (epoch_.reclaim(64)) {
    }
    heap_.release_quarantine();
    CHECK(heap_.used() == 0);
    CHECK(heap_.fault().empty());
  }

  void play(size_t steps, bool memory_ends) {
    for (size_t step = 0; step < steps; ++step) {
      growing_ = step / 256 % 2 == 0;
      if (memory_ends) heap_.run_out_after(random_.below(6));
      try {
        one_step();
      } catch (const std::bad_alloc&) {
        // Nothing has changed.
        REQUIRE(memory_ends);
      }
      heap_.never_run_out();
      tidy();
      if (chance(50) && frozen_.size() < 3) freeze();
      if (chance(50) && !frozen_.empty()) thaw(random_.below(frozen_.size()));
      if (chance(10)) epoch_.reclaim(random_.below(64));
      if (chance(10)) now_ms_ += static_cast<int64_t>(random_.below(60));
      if (memory_ends || chance(20)) check();
    }
    while (!frozen_.empty()) thaw(0);
    check();
  }

 private:
  struct Frozen {
    SnapshotId id;
    const Collection* collection;
    Elements elements;
    int64_t now_ms;
  };

  bool chance(uint64_t one_in) { return random_.below(one_in) == 0; }
  std::string name() {
    const uint64_t number = random_.below(names_);
    return number % 3 == 0 ? std::to_string(number) : "name " + std::to_string(number);
  }
  const Element* find(const std::string& name) {
    const auto there = model_.find(name);
    return there == model_.end() || there->second.expires_ms <= now_ms_ ? nullptr : &there->second;
  }

  void one_step() {
    switch (random_.below(8)) {
      case 0:
      case 1:
        return set_expiry();
      case 2:
        return expire();
      case 3:
        return copy();
      default:
        return growing_ != chance(5) ? put() : remove();
    }
  }
  void put() {
    const std::string one = name();
    const std::string value(random_.below(chance(20) ? 40 : 12), 'v');
    const Element* there = find(one);
    const Element now = Kind::put(collection_, values_, now_ms_, one, there, value);
    model_[one] = now;
  }
  void remove() {
    if (!collection_) return;
    const std::string one = name();
    const bool there = find(one) != nullptr;
    const bool removed = Kind::remove(collection_, values_, now_ms_, one);
    REQUIRE(removed == there);
    if (there) model_.erase(one);
  }
  void set_expiry() {
    const std::string one = name();
    if (find(one) == nullptr) return;
    const int64_t at_ms =
        chance(4) ? kNever : now_ms_ + 1 + static_cast<int64_t>(random_.below(1000));
    Kind::set_expiry(collection_, values_, now_ms_, one, at_ms);
    model_[one].expires_ms = at_ms;
  }
  void expire() {
    if (!collection_ || collection_->live_size(Kind::kType, now_ms_) == 0) return;
    const size_t count = 1 + random_.below(4);
    const std::vector<std::string> gone =
        Collection::expire(Kind::kType, collection_, now_ms_, count, values_);
    for (const std::string& one : gone) {
      REQUIRE(model_.at(one).expires_ms <= now_ms_);
      model_.erase(one);
    }
    const bool all = gone.size() < count;
    if (all) REQUIRE(collection_->next_expiry() > now_ms_);
  }
  void copy() {
    if (!collection_ || !chance(4)) return;
    Owned<Collection> made = Collection::copy(Kind::kType, *collection_, values_);
    heap_.never_run_out();
    if (epoch_.frozen()) epoch_.reserve();
    std::swap(collection_, made);
    made.drop(epoch_);
  }
  /// A collection without an element that lives is nobody's.
  void tidy() {
    if (!collection_ || collection_->live_size(Kind::kType, now_ms_) != 0) return;
    if (epoch_.frozen()) epoch_.reserve();
    collection_.drop(epoch_);
    model_.clear();
  }

  Elements living(const Elements& elements, int64_t now_ms) {
    Elements all = elements;
    std::erase_if(all, [&](const auto& item) { return item.second.expires_ms <= now_ms; });
    return all;
  }
  void check() {
    const Elements expected = living(model_, now_ms_);
    REQUIRE(heap_.fault().empty());
    REQUIRE(static_cast<bool>(collection_) == !expected.empty());
    if (!collection_) return;
    REQUIRE(Kind::read(*collection_, values_, now_ms_) == expected);
    int64_t next_ms = kNever;
    for (const auto& [one, element] : model_) next_ms = std::min(next_ms, element.expires_ms);
    REQUIRE(collection_->next_expiry() == next_ms);
    REQUIRE(collection_->size(Kind::kType) == model_.size());
  }

  void freeze() {
    const SnapshotId id = epoch_.begin_snapshot();
    collection_.freeze();
    frozen_.push_back({id, collection_.get(), living(model_, now_ms_), now_ms_});
  }
  Frozen take_frozen(size_t which) {
    Frozen taken = std::move(frozen_[which]);
    frozen_.erase(frozen_.begin() + static_cast<std::ptrdiff_t>(which));
    return taken;
  }
  void thaw(size_t which) {
    const Frozen frozen = take_frozen(which);
    if (frozen.collection != nullptr) {
      REQUIRE(Kind::read(*frozen.collection, values_, frozen.now_ms) == frozen.elements);
    }
    epoch_.end_snapshot(frozen.id);
  }

  Random random_;
  const size_t names_;
  TrackingHeap heap_;
  Epoch epoch_{heap_};
  ValueContext values_{epoch_, random_, 42};
  Owned<Collection> collection_;
  Elements model_;  // be they due
  std::vector<Frozen> frozen_;
  int64_t now_ms_ = 1000;
  bool growing_ = true;
};

}  // namespace

TEST_CASE("elements expire as in the model, and snapshots stay", "[hash][set][expire]") {
  for (const uint64_t seed : {1, 2, 3}) {
    CAPTURE(seed);
    Game<HashKind>(seed, 200).play(8000, false);
    Game<SetKind>(seed, 200).play(8000, false);
  }
}

TEST_CASE("elements that expire, where memory ends now and then", "[hash][set][expire]") {
  for (const uint64_t seed : {1, 2, 3}) {
    CAPTURE(seed);
    Game<HashKind>(seed, 40).play(6000, true);
    Game<SetKind>(seed, 40).play(6000, true);
  }
}
