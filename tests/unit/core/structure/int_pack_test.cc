#include "core/structure/int_pack.h"

#include "core/base/random.h"
#include "tests/unit/core/structure/tracking_heap.h"

#include <catch2/catch.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace sorrel;
using namespace std::string_literals;

namespace {

using Members = std::set<int64_t>;

Members members_of(const IntPack& pack) {
  Members members;
  for (size_t i = 0; i < pack.size(); ++i) {
    // Ascending: each goes behind all that are there.
    CHECK((members.empty() || *members.rbegin() < pack.at(i)));
    members.insert(pack.at(i));
  }
  return members;
}

std::string intset(uint32_t width, uint32_t count, Bytes members) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &width, 4);
  std::memcpy(bytes.data() + 4, &count, 4);
  return bytes + std::string(members);
}

class ModelRun {
 public:
  ModelRun(uint64_t seed, unsigned bits) : random_(seed), bits_(bits) {}
  ~ModelRun() {
    end_snapshot();
    pack_.drop(epoch_);
    while (epoch_.reclaim(100)) {
    }
    heap_.release_quarantine();
    CHECK(heap_.fault().empty());
    CHECK(heap_.blocks() == 0);
  }

  void step() {
    if (random_.below(30) == 0) snapshot_ ? end_snapshot() : begin_snapshot();
    if (model_.size() > 200) shrinking_ = true;
    if (model_.size() < 5) shrinking_ = false;
    const int64_t member = chosen();
    if (random_.below(100) < (shrinking_ ? 30 : 70)) {
      CHECK(IntPack::insert(pack_, member, epoch_) == model_.insert(member).second);
    } else {
      CHECK(IntPack::erase(pack_, member, epoch_) == (model_.erase(member) == 1));
    }
    CHECK(pack_->contains(member) == (model_.count(member) == 1));
    CHECK_FALSE(pack_->contains(INT64_MAX - 5));
    check(*pack_, model_);
    if (snapshot_) check(*frozen_, frozen_model_);
    if (random_.below(10) == 0) epoch_.reclaim(100);
  }

 private:
  int64_t chosen() {
    if (!model_.empty() && random_.below(2) == 0) {
      const auto near = model_.lower_bound(static_cast<int64_t>(random_.next()) >> (64 - bits_));
      return near == model_.end() ? *model_.begin() : *near;
    }
    return static_cast<int64_t>(random_.next()) >> (64 - 1 - random_.below(bits_));
  }
  void check(const IntPack& pack, const Members& model) {
    REQUIRE(pack.size() == model.size());
    REQUIRE(members_of(pack) == model);
    CHECK(IntPack::bytes(pack) >= sizeof(IntPack) + pack.intset().size());
    CHECK(IntPack::bytes(pack) <= std::max<size_t>(80, 2 * pack.intset().size() + 32));
    Owned<IntPack> read = IntPack::from_intset(epoch_, 1, pack.intset());
    REQUIRE(read);
    CHECK(read->intset() == pack.intset());
    read.drop(epoch_);
  }
  void begin_snapshot() {
    snapshot_ = epoch_.begin_snapshot();
    frozen_ = pack_.get();
    frozen_model_ = model_;
    heap_.freeze(frozen_);
    pack_.freeze();
  }
  void end_snapshot() {
    if (!snapshot_) return;
    check(*frozen_, frozen_model_);
    heap_.unfreeze(frozen_);
    epoch_.end_snapshot(*snapshot_);
    snapshot_.reset();
  }

  Random random_;
  const unsigned bits_;
  TrackingHeap heap_;
  Epoch epoch_{heap_};
  Owned<IntPack> pack_ = IntPack::make(epoch_, 1);
  Members model_;
  bool shrinking_ = false;
  std::optional<SnapshotId> snapshot_;
  const IntPack* frozen_ = nullptr;
  Members frozen_model_;
};

}  // namespace

TEST_CASE("an int pack's bytes are an intset's, as wide as its widest member", "[int_pack]") {
  TrackingHeap heap;
  Epoch epoch(heap);
  Owned<IntPack> pack = IntPack::make(epoch, 9);
  CHECK(pack->intset() == intset(2, 0, ""));
  CHECK(IntPack::insert(pack, 5, epoch));
  CHECK_FALSE(IntPack::insert(pack, 5, epoch));
  CHECK(IntPack::insert(pack, -2, epoch));
  CHECK(pack->intset() == intset(2, 2, "\xfe\xff\x05\x00"s));
  CHECK(IntPack::insert(pack, -32769, epoch));
  CHECK(pack->intset() == intset(4, 3, "\xff\x7f\xff\xff\xfe\xff\xff\xff\x05\x00\x00\x00"s));
  CHECK(IntPack::insert(pack, INT64_MAX, epoch));
  CHECK(IntPack::insert(pack, INT64_MIN, epoch));
  CHECK(members_of(*pack) == Members{INT64_MIN, -32769, -2, 5, INT64_MAX});
  // It doesn't become narrower again.
  for (int64_t member : {INT64_MIN, int64_t{-32769}, int64_t{-2}, INT64_MAX}) {
    CHECK(IntPack::erase(pack, member, epoch));
  }
  CHECK_FALSE(IntPack::erase(pack, 6, epoch));
  CHECK(pack->intset() == intset(8, 1, "\x05\0\0\0\0\0\0\0"s));
  CHECK(pack->tag() == 9);
  pack.drop(epoch);
}

TEST_CASE("the width follows the edges of each integer type", "[int_pack]") {
  TrackingHeap heap;
  Epoch epoch(heap);
  const std::vector<std::pair<int64_t, size_t>> widths = {
      {INT16_MAX, 2}, {INT16_MAX + 1, 4},          {INT16_MIN, 2}, {INT16_MIN - 1, 4},
      {INT32_MAX, 4}, {int64_t{INT32_MAX} + 1, 8}, {INT32_MIN, 4}, {int64_t{INT32_MIN} - 1, 8}};
  for (const auto& [member, width] : widths) {
    Owned<IntPack> pack = IntPack::make(epoch, 0);
    IntPack::insert(pack, 1, epoch);
    IntPack::insert(pack, member, epoch);
    CHECK(pack->intset().size() == 8 + 2 * width);
    CHECK(members_of(*pack) == Members{1, member});
    pack.drop(epoch);
  }
}

TEST_CASE("bytes that aren't an intset are refused", "[int_pack]") {
  TrackingHeap heap;
  Epoch epoch(heap);
  const auto refused = [&](const std::string& bytes) {
    return !IntPack::from_intset(epoch, 0, bytes);
  };
  CHECK(refused(""));
  CHECK(refused(intset(2, 0, "").substr(1)));
  CHECK(refused(intset(3, 1, "abc")));
  CHECK(refused(intset(0, 1, "")));
  CHECK(refused(intset(2, 2, "\1\0\1\0"s)));
  CHECK(refused(intset(2, 2, "\2\0\1\0"s)));
  CHECK(refused(intset(2, 2, "\1\0\2\0\3\0"s)));
  CHECK(refused(intset(2, 3, "\1\0\2\0"s)));
  CHECK(refused(intset(8, UINT32_MAX, "\1\0\0\0\0\0\0\0"s)));
  Owned<IntPack> pack = IntPack::from_intset(epoch, 4, intset(2, 2, "\1\0\2\0"s));
  REQUIRE(pack);
  CHECK(members_of(*pack) == Members{1, 2});
  CHECK(pack->tag() == 4);
  pack.drop(epoch);
}

TEST_CASE("an int pack equals its model, and frozen ones stay", "[int_pack]") {
  const uint64_t seed = GENERATE(1, 2);
  const unsigned bits = GENERATE(8, 18, 34, 63);
  INFO("seed " << seed << ", bits " << bits);
  ModelRun run(seed, bits);
  for (size_t i = 0; i < 1500; ++i) run.step();
}

TEST_CASE("without memory an int pack stays as it is, and an erase succeeds", "[int_pack]") {
  TrackingHeap heap;
  Epoch epoch(heap);
  Owned<IntPack> pack = IntPack::make(epoch, 0);
  for (int64_t i = 0; i < 100; ++i) IntPack::insert(pack, i, epoch);
  heap.run_out_after(0);
  CHECK_THROWS_AS(IntPack::insert(pack, INT64_MAX, epoch), std::bad_alloc);
  CHECK(pack->size() == 100);
  for (int64_t i = 0; i < 90; ++i) CHECK(IntPack::erase(pack, i, epoch));
  CHECK(members_of(*pack) == Members{90, 91, 92, 93, 94, 95, 96, 97, 98, 99});
  heap.never_run_out();
  pack.drop(epoch);
}
