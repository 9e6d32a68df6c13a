// Hashes against a plain model, in the manner of zset_test: every encoding, fields that expire,
// frozen views read late, and no memory at any moment.

#include "core/value/hash.h"

#include "tests/unit/core/structure/tracking_heap.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace sorrel;

namespace {

struct Field {
  std::string value;
  int64_t expires_ms = kNever;
  bool operator==(const Field&) const = default;
};
/// All fields, those too whose time has come and that nobody has taken out.
using Fields = std::map<std::string, Field>;

Fields live(const Fields& fields, int64_t now_ms) {
  Fields live;
  for (const auto& [name, field] : fields) {
    if (field.expires_ms > now_ms) live.emplace(name, field);
  }
  return live;
}

/// A hash, its model, and snapshots of both.
class Game {
 public:
  Game(uint64_t seed, size_t keys) : random_(seed), keys_(keys) {
    values_.limits.hash_pack_fields_max = 8;
    values_.limits.hash_pack_value_bytes_max = 12;
  }
  ~Game() {
    hash_.drop(epoch_);
    while (epoch_.reclaim(64)) {
    }
    CHECK(heap_.used() == 0);
    CHECK(heap_.fault().empty());
  }

  void play(size_t steps) {
    for (size_t step = 0; step < steps; ++step) {
      growing_ = step / 512 % 2 == 0;
      freeze_or_thaw(64, 3);
      operate();
      if (random_.below(16) == 0) epoch_.reclaim(random_.below(64));
      if (random_.below(32) == 0) check();
    }
    finish();
  }

  /// The same where memory ends now and then: nothing may have changed.
  void play_without_memory(size_t steps) {
    starved_ = true;
    for (size_t step = 0; step < steps; ++step) {
      growing_ = step / 256 % 2 == 0;
      const Fields before = model_;
      heap_.run_out_after(random_.below(6));
      try {
        operate();
      } catch (const std::bad_alloc&) {
        model_ = before;
        ++failures_;
      }
      heap_.never_run_out();
      drop_empty();
      REQUIRE(read(hash_.get(), INT64_MIN) == model_);
      freeze_or_thaw(100, 2);
      while (epoch_.reclaim(64)) {
      }
    }
    finish();
  }

  const std::set<Collection::Tag>& forms() const { return forms_; }
  size_t failures() const { return failures_; }

 private:
  struct Frozen {
    SnapshotId id;
    const Collection* hash;
    Fields fields;
    int64_t now_ms;
  };

  HashWriter writer() { return HashWriter(hash_, values_, now_ms_); }
  Fields read(const Collection* hash, int64_t now_ms) const {
    Fields fields;
    if (hash == nullptr) return fields;
    HashReader(*hash, values_, now_ms).for_each([&](const HashItem& item) {
      PackElement::Scratch name, value;
      fields.emplace(item.field.bytes(name),
                     Field{std::string(item.value.bytes(value)), item.expires_ms});
    });
    return fields;
  }

  std::string name() { return text("a long field ", random_.below(keys_)); }
  // Numbers are packed as such; a few texts are too long for a pack.
  static std::string text(const char* prefix, uint64_t number) {
    return (number % 50 == 7 ? prefix : "") + std::to_string(number);
  }
  bool is_live(const std::string& name) const {
    const auto found = model_.find(name);
    return found != model_.end() && found->second.expires_ms > now_ms_;
  }
  int64_t soon() { return now_ms_ + 1 + static_cast<int64_t>(random_.below(100)); }

  void operate() {
    if (random_.below(8) == 0) now_ms_ += static_cast<int64_t>(random_.below(10));
    const uint64_t dice = random_.below(100);
    if (dice < (growing_ ? 10u : 60u)) return erase(name());
    if (dice < 70) return set(name());
    if (dice < 80) return set_expiry(name());
    if (dice < 90) return expire(1 + random_.below(5));
    if (dice < 98) return erase_due(name());
    if (dice < 99) return copy();
    if (random_.below(4) == 0) writer().expect(random_.below(20));
    drop_empty();
  }

  void set(const std::string& name) {
    using Expiry = HashWriter::FieldExpiry;
    const std::string value = text("a long value ", random_.below(1000));
    const bool was_there = is_live(name);
    Expiry expiry = Expiry::none();
    Field field{value};
    if (random_.below(expiring_part_) == 0) {
      field.expires_ms = soon();
      expiry = Expiry::at(field.expires_ms);
    } else if (random_.below(4) == 0) {
      expiry = Expiry::keep();
      if (was_there) field.expires_ms = model_[name].expires_ms;
    }
    model_[name] = field;
    const bool is_new = writer().set(name, value, expiry);
    REQUIRE(is_new == !was_there);
  }
  void erase(const std::string& name) {
    const bool was_there = is_live(name);
    if (was_there) model_.erase(name);
    const bool erased = writer().erase(name);
    REQUIRE(erased == was_there);
    drop_empty();
  }
  void set_expiry(const std::string& name) {
    if (!is_live(name)) return;
    const int64_t at_ms = random_.below(3) == 0 ? kNever : soon();
    model_[name].expires_ms = at_ms;
    writer().set_expiry(name, at_ms);
  }

  // Whoever calls it has seen that something stays.
  void expire(size_t count) {
    const size_t due = model_.size() - live(model_, now_ms_).size();
    if (due == model_.size()) return drop_due();
    const std::vector<std::string> gone = HashWriter::expire(hash_, now_ms_, count, values_);
    for (const std::string& name : gone) {
      REQUIRE_FALSE(is_live(name));
      REQUIRE(model_.erase(name) == 1);
    }
    if (!starved_) REQUIRE(gone.size() == std::min(count, due));
  }
  void drop_due() {
    heap_.never_run_out();
    if (epoch_.frozen()) epoch_.reserve();
    model_.clear();
    hash_.drop(epoch_);
    // The next one may never have a field that expires.
    expiring_part_ = random_.below(2) == 0 ? 4 : 1000;
  }
  void erase_due(const std::string& name) {
    if (!hash_) return;
    const bool is_due = model_.contains(name) && !is_live(name);
    if (is_due) model_.erase(name);
    const bool erased = HashWriter::erase_due(hash_, name, now_ms_, values_);
    REQUIRE(erased == is_due);
    drop_empty();
  }
  void copy() {
    if (!hash_) return;
    Owned<Collection> made = Collection::copy(Type::kHash, *hash_, values_);
    std::swap(hash_, made);
    heap_.never_run_out();
    if (epoch_.frozen()) epoch_.reserve();
    made.drop(epoch_);
  }
  void drop_empty() {
    if (hash_ && HashReader::size_of(*hash_) == 0) drop_due();
  }

  void freeze_or_thaw(uint64_t one_in, size_t most) {
    if (random_.below(one_in) == 0 && frozen_.size() < most) {
      const SnapshotId id = epoch_.begin_snapshot();
      hash_.freeze();
      frozen_.push_back({id, hash_.get(), model_, now_ms_});
    }
    if (random_.below(one_in) == 0 && !frozen_.empty()) thaw(random_.below(frozen_.size()));
  }
  void thaw(size_t which) {
    const Frozen& frozen = frozen_[which];
    REQUIRE(read(frozen.hash, INT64_MIN) == frozen.fields);
    REQUIRE(read(frozen.hash, frozen.now_ms) == live(frozen.fields, frozen.now_ms));
    epoch_.end_snapshot(frozen.id);
    frozen_.erase(frozen_.begin() + static_cast<long>(which));
  }

  void finish() {
    while (!frozen_.empty()) thaw(0);
    check();
  }
  void check() {
    REQUIRE(heap_.fault().empty());
    REQUIRE(read(hash_.get(), INT64_MIN) == model_);
    if (!hash_) return;
    forms_.insert(hash_->tag());
    const Fields expected = live(model_, now_ms_);
    REQUIRE(read(hash_.get(), now_ms_) == expected);
    REQUIRE(HashReader::due(*hash_, now_ms_) == model_.size() - expected.size());
    int64_t next_ms = kNever;
    for (const auto& [name, field] : model_) next_ms = std::min(next_ms, field.expires_ms);
    REQUIRE(HashReader::next_expiry(*hash_) == next_ms);
    check_reader(HashReader(*hash_, values_, now_ms_), expected);
  }
  void check_reader(const HashReader& reader, const Fields& expected) {
    REQUIRE(reader.size() == expected.size());
    for (int i = 0; i < 10; ++i) {
      const std::string wanted = name();
      const auto there = expected.find(wanted);
      const std::optional<PackElement> value = reader.value(wanted);
      PackElement::Scratch scratch;
      REQUIRE(value.has_value() == (there != expected.end()));
      if (value) REQUIRE(value->bytes(scratch) == there->second.value);
    }
    size_t scanned = 0;
    uint64_t cursor = 0;
    do {
      cursor = reader.scan(cursor, 10, [&](const HashItem&) { ++scanned; });
    } while (cursor != 0);
    REQUIRE(scanned == expected.size());
    std::set<std::string> drawn;
    reader.draw_different(random_, 5, [&](const HashItem& item) {
      PackElement::Scratch scratch;
      drawn.emplace(item.field.bytes(scratch));
      REQUIRE(expected.contains(*drawn.find(std::string(item.field.bytes(scratch)))));
    });
    REQUIRE(drawn.size() == std::min<size_t>(5, expected.size()));
  }

  Random random_;
  const size_t keys_;
  TrackingHeap heap_;
  Epoch epoch_{heap_};
  ValueContext values_{epoch_, random_, 42};
  Owned<Collection> hash_;
  int64_t now_ms_ = 1000;
  Fields model_;
  std::vector<Frozen> frozen_;
  std::set<Collection::Tag> forms_;
  uint64_t expiring_part_ = 1000;
  bool growing_ = true;
  bool starved_ = false;
  size_t failures_ = 0;  // for want of memory
};

}  // namespace

TEST_CASE("a hash does what its model does, and snapshots stay", "[hash]") {
  std::set<Collection::Tag> forms;
  for (const uint64_t seed : {1, 2, 3}) {
    for (const auto& [keys, steps] : {std::pair(14, 10'000), {60, 10'000}, {1'000, 20'000}}) {
      Game game(seed, static_cast<size_t>(keys));
      game.play(static_cast<size_t>(steps));
      forms.insert(game.forms().begin(), game.forms().end());
    }
  }
  // Packs and tables, of fields that expire and of such that don't.
  CHECK(forms.size() == 4);
}

TEST_CASE("a hash that gets no memory stays as it was", "[hash]") {
  for (const uint64_t seed : {1, 2, 3}) {
    for (const auto& [keys, steps] : {std::pair(14, 5'000), {300, 10'000}}) {
      Game game(seed, static_cast<size_t>(keys));
      game.play_without_memory(static_cast<size_t>(steps));
      CHECK(game.failures() > 100);
    }
  }
}
