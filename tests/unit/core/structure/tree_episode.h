// The tree against a plain vector, in short episodes: growing, steady and shrinking ones, in which
// slots come at random, in runs, at both ends.
//
// With snapshots, up to three at a time overlap: each is walked a little between the operations, in
// both directions, and once more, late, before it ends; it must equal the vector as it was when it
// began. Every block a snapshot contains is remembered with a checksum: it may be neither freed nor
// changed before the snapshot ends, and no path of set fresh bits may lead to one. The same code,
// compiled against a tree with a planted bug, must find it: the mutation lane.
//
// Starved, each operation is first tried with no memory, then with one allocation, two …, until it
// goes through; what fails must have changed nothing.
#pragma once

#include "core/base/random.h"
#include "tests/unit/core/structure/tracking_heap.h"
#include "tests/unit/core/structure/tree_check.h"
#include "tests/unit/core/structure/tree_world.h"

#include <algorithm>
#include <iterator>
#include <list>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sorrel::tree_world {

struct TreeEpisodeOptions {
  bool snapshots = false;
  bool starved = false;
};

template <class Policy>
class TreeEpisodes {
 public:
  TreeEpisodes(uint64_t seed, TreeEpisodeOptions options)
      : options_(options), random_(seed), epoch_(heap_), holder_(Holder<Policy>::make(epoch_)) {}

  /// Runs so many episodes; the first fault, or nothing.
  std::string run(size_t episodes);

 private:
  using Slot = typename Policy::Slot;
  using Cursor = typename Tree<Policy>::Cursor;
  using Model = std::vector<TreeItem>;
  static constexpr size_t kSnapshotsMax = 3;
  static constexpr uint64_t kKeys = 400;

  struct Snapshot {
    SnapshotId id;
    const Holder<Policy>* holder;
    Model model;
    Cursor forward;
    Cursor backward;
    size_t walked = 0;
    std::map<const void*, std::pair<size_t, uint64_t>> blocks;  // bytes and checksum
  };
  /// What an episode does mostly; the rest are edits and ranges.
  struct Mix {
    unsigned insert_percent;
    unsigned extract_percent;
    unsigned at_ends_percent;
  };

  bool chance(unsigned percent) { return random_.below(100) < percent; }
  void fail(const std::string& fault) { heap_.note(fault); }
  void check(bool holds, const char* fault) {
    if (!holds) fail(fault);
  }
  bool failed() const { return !heap_.fault().empty(); }

  const Tree<Policy>& tree() const { return holder_->tree; }
  Tree<Policy>& writable() { return holder_.thaw(epoch_).tree; }
  uint64_t weight_before(const Model& model, size_t index) const {
    uint64_t sum = 0;
    for (size_t i = 0; i < index; ++i) sum += model[i].weight;
    return sum;
  }
  uint64_t offset_of(size_t index) const { return weight_before(model_, index); }
  TreeItem new_item(uint64_t key) {
    return TreeItem{key, ++stamps_, Policy::kOwns ? 1 + random_.below(4) : 1};
  }
  Cursor cursor_at(size_t index) const { return tree().at(offset_of(index)); }

  /// Calls the operation, starved if that is the test. `never_throws` holds while no snapshot
  /// lives.
  template <class Operation>
  void attempt(bool never_throws, Operation&& operation);

  void operate(const Mix& mix);
  void insert_run(const Mix& mix);
  void insert(size_t index, const TreeItem& item);
  void extract_run(const Mix& mix);
  void edit(size_t index);
  void erase_range();
  void rebuild();
  size_t place_for(uint64_t key);
  size_t random_index(const Mix& mix, size_t bound);

  void check_cost(uint64_t retired_before, unsigned nodes_a_level, unsigned others);
  void check_search();
  void check_slots(const Tree<Policy>& tree, const Model& model);
  void check_structure();
  void check_live();

  void begin_snapshot();
  void end_snapshot(size_t which);
  void step_walks();
  template <class OnBlock>
  void visit_blocks(OnBlock&& block);
  static uint64_t checksum(const void* block, size_t bytes);
  void finish();

  TreeEpisodeOptions options_;
  Random random_;
  TrackingHeap heap_;
  Epoch epoch_;
  Owned<Holder<Policy>> holder_;
  Model model_;
  std::list<Snapshot> snapshots_;
  uint64_t stamps_ = 0;
  bool was_starved_ = false;
};

template <class Policy>
std::string TreeEpisodes<Policy>::run(size_t episodes) {
  for (size_t episode = 0; episode < episodes && !failed(); ++episode) {
    static constexpr Mix kMixes[] = {{70, 10, 10}, {5, 80, 10}, {60, 10, 95}, {35, 50, 50},
                                     {10, 70, 95}, {45, 45, 5}, {4, 85, 0}};
    const Mix& mix = kMixes[episode % std::size(kMixes)];
    const size_t operations = 20 + random_.below(200);
    for (size_t i = 0; i < operations && !failed(); ++i) {
      if (options_.snapshots && snapshots_.size() < kSnapshotsMax && chance(3)) begin_snapshot();
      if (!snapshots_.empty() && chance(2)) end_snapshot(random_.below(snapshots_.size()));
      operate(mix);
      check_structure();
      if (chance(20)) check_search();
      if (chance(10)) check_slots(tree(), model_);
      if (chance(30)) step_walks();
      if (chance(30)) epoch_.reclaim(random_.below(20));
      if (chance(10)) check_live();
    }
    while (!snapshots_.empty() && !failed() && chance(80)) {
      end_snapshot(random_.below(snapshots_.size()));
    }
    if (snapshots_.empty()) heap_.release_quarantine();
  }
  if (!failed()) finish();
  return heap_.fault();
}

template <class Policy>
template <class Operation>
void TreeEpisodes<Policy>::attempt(bool never_throws, Operation&& operation) {
  for (size_t allocations = 0;; ++allocations) {
    if (options_.starved) heap_.run_out_after(allocations);
    try {
      operation();
      heap_.never_run_out();
      was_starved_ = was_starved_ || (options_.starved && epoch_.frozen());
      return;
    } catch (const std::bad_alloc&) {
      heap_.never_run_out();
      if (!options_.starved) return fail("out of memory without need");
      if (never_throws && !epoch_.frozen()) return fail("threw what never throws");
      if (allocations > 1000) return fail("never enough memory");
      check_structure();
      check_slots(tree(), model_);
      if (failed()) return;
    }
  }
}

template <class Policy>
void TreeEpisodes<Policy>::operate(const Mix& mix) {
  const uint64_t dice = random_.below(100);
  if (dice < mix.insert_percent) return insert_run(mix);
  if (model_.empty()) return;
  if (dice < mix.insert_percent + mix.extract_percent) return extract_run(mix);
  if (random_.below(150) == 0) return rebuild();
  if (chance(15)) return erase_range();
  edit(random_index(mix, model_.size()));
}

/// An index below `bound`, often at an end.
template <class Policy>
size_t TreeEpisodes<Policy>::random_index(const Mix& mix, size_t bound) {
  if (!chance(mix.at_ends_percent)) return random_.below(bound);
  return chance(50) ? 0 : bound - 1;
}

/// Where a key goes, before or behind those that equal it.
template <class Policy>
size_t TreeEpisodes<Policy>::place_for(uint64_t key) {
  const auto before = [](const TreeItem& item, uint64_t wanted) { return item.key < wanted; };
  const auto behind = [](uint64_t wanted, const TreeItem& item) { return wanted < item.key; };
  const auto place = chance(50) ? std::lower_bound(model_.begin(), model_.end(), key, before)
                                : std::upper_bound(model_.begin(), model_.end(), key, behind);
  return static_cast<size_t>(place - model_.begin());
}

/// One slot, or some that follow each other.
template <class Policy>
void TreeEpisodes<Policy>::insert_run(const Mix& mix) {
  const size_t length = chance(80) ? 1 : 1 + random_.below(25);
  const bool downward = chance(30);
  uint64_t key = kKeys + random_.below(kKeys);
  if (!model_.empty() && chance(mix.at_ends_percent)) {
    key = chance(50) ? model_.front().key - 1 : model_.back().key;
  }
  size_t index = random_index(mix, model_.size() + 1);
  for (size_t i = 0; i < length && !failed(); ++i) {
    if (Policy::kOrdered) index = place_for(key);
    insert(index, new_item(key));
    if (!downward) ++index;
  }
}

template <class Policy>
void TreeEpisodes<Policy>::insert(size_t index, const TreeItem& item) {
  const uint64_t retired = epoch_.retired_total();
  attempt(false, [&] {
    Slot slot = Policy::make(item, epoch_);
    try {
      Tree<Policy>& tree = writable();
      Cursor cursor = cursor_at(index);
      if (index == model_.size() && chance(50)) {
        tree.append(std::move(slot));
        cursor = tree.last();
      } else {
        tree.insert(cursor, std::move(slot));
      }
      check(cursor && Policy::equals(*cursor, item), "an insert's cursor isn't at the slot");
      check(cursor.offset() == offset_of(index), "an insert's cursor is elsewhere");
    } catch (const std::bad_alloc&) {
      Policy::drop(std::move(slot), epoch_);
      throw;
    }
  });
  model_.insert(model_.begin() + static_cast<long>(index), item);
  if (!options_.starved) check_cost(retired, 2, 1);
}

/// One slot, or some that follow each other.
template <class Policy>
void TreeEpisodes<Policy>::extract_run(const Mix& mix) {
  const size_t index = random_index(mix, model_.size());
  size_t length = chance(80) ? 1 : 1 + random_.below(25);
  Cursor cursor = cursor_at(index);
  for (; length != 0 && index < model_.size() && !failed(); --length) {
    const TreeItem item = model_[index];
    const uint64_t retired = epoch_.retired_total();
    attempt(true, [&] {
      if (epoch_.frozen()) epoch_.reserve();
      Tree<Policy>& tree = writable();
      if (options_.starved) cursor = cursor_at(index);
      Slot slot = tree.extract(cursor);
      check(Policy::equals(slot, item), "another slot was extracted");
      Policy::drop(std::move(slot), epoch_);
    });
    model_.erase(model_.begin() + static_cast<long>(index));
    if (failed()) return;
    check(static_cast<bool>(cursor) == (index < model_.size()), "an extract's cursor is nowhere");
    if (cursor && !failed()) {
      check(Policy::equals(*cursor, model_[index]), "an extract's cursor isn't at what followed");
      check(cursor.offset() == offset_of(index), "an extract's cursor is elsewhere");
    }
    if (!options_.starved) check_cost(retired, 2, 2);
    check_structure();
  }
}

template <class Policy>
void TreeEpisodes<Policy>::edit(size_t index) {
  const TreeItem now = new_item(model_[index].key);
  const uint64_t retired = epoch_.retired_total();
  attempt(false, [&] {
    Tree<Policy>& tree = writable();
    Cursor cursor = cursor_at(index);
    tree.edit(cursor, [&](Slot& slot) { Policy::change(slot, now, epoch_); });
    check(Policy::equals(*cursor, now), "an edit's cursor isn't at the slot");
    check(cursor.offset() == offset_of(index), "an edit's cursor is elsewhere");
  });
  model_[index] = now;
  if (!options_.starved) check_cost(retired, 1, 2);
}

template <class Policy>
void TreeEpisodes<Policy>::erase_range() {
  size_t first = random_.below(model_.size() + 1);
  size_t last = chance(60) ? std::min(model_.size(), first + random_.below(30))
                           : random_.below(model_.size() + 1);
  if (first > last) std::swap(first, last);
  attempt(true, [&] {
    Tree<Policy>& tree = writable();
    Cursor from = cursor_at(first);
    Cursor to = cursor_at(last);
    tree.erase_range(from, to);
    check(from.offset() == offset_of(first), "a range's cursor is elsewhere");
    if (last == model_.size()) return check(!from, "a range's cursor isn't at the end");
    check(Policy::equals(*from, model_[last]), "a range's cursor isn't behind it");
  });
  model_.erase(model_.begin() + static_cast<long>(first), model_.begin() + static_cast<long>(last));
}

/// Another tree is built and changes places with this one, which is cleared.
template <class Policy>
void TreeEpisodes<Policy>::rebuild() {
  if (options_.starved) return;
  Tree<Policy>& tree = writable();
  if (chance(50)) {
    tree.clear();
    model_.clear();
  }
  Model model;
  const size_t slots = random_.below(200);
  for (size_t i = 0; i < slots; ++i) model.push_back(new_item(kKeys + i));
  auto next = model.begin();
  Tree<Policy> other(epoch_);
  other.build(slots, [&] { return Policy::make(*next++, epoch_); });
  tree.swap(other);
  other.clear();
  model_ = std::move(model);
}

/// So many nodes a level may have been copied, and the holder and what the slot owns.
template <class Policy>
void TreeEpisodes<Policy>::check_cost(uint64_t retired_before, unsigned nodes_a_level,
                                      unsigned others) {
  const unsigned height = TreeCheck<Policy>::height(tree()) + 1;
  const uint64_t most = 1 + nodes_a_level * height + others;
  check(epoch_.retired_total() - retired_before <= most, "an operation copied too much");
}

template <class Policy>
void TreeEpisodes<Policy>::check_structure() {
  const std::string fault = fault_of(tree(), heap_, was_starved_);
  if (!fault.empty()) fail(fault);
  check(tree().slots() == model_.size(), "a wrong number of slots");
  check(tree().weight() == offset_of(model_.size()), "a wrong weight");
}

template <class Policy>
void TreeEpisodes<Policy>::check_slots(const Tree<Policy>& tree, const Model& model) {
  size_t i = 0;
  tree.for_each([&](const Slot& slot) {
    check(i < model.size() && Policy::equals(slot, model[i]), "a slot isn't the model's");
    ++i;
  });
  check(i == model.size(), "slots are missing");
  Cursor cursor = tree.end();
  for (i = model.size(); i-- > 0 && !failed();) {
    cursor.previous();
    check(Policy::equals(*cursor, model[i]), "backwards a slot isn't the model's");
  }
  check(!model.empty() ? cursor == tree.begin() : !tree.begin(), "the first slot isn't begin()");
}

template <class Policy>
void TreeEpisodes<Policy>::check_search() {
  const uint64_t weight = tree().weight();
  check(!tree().at(weight) && tree().at(weight).offset() == weight, "at() behind the end");
  if (model_.empty() || failed()) return;
  size_t index = random_.below(model_.size());
  const uint64_t offset = offset_of(index) + random_.below(model_[index].weight);
  Cursor cursor = tree().at(offset);
  check(cursor && Policy::equals(*cursor, model_[index]), "at() found another slot");
  check(cursor.offset() == offset_of(index), "a wrong offset()");
  if constexpr (Policy::kOrdered) {
    const uint64_t key = model_[index].key + random_.below(2);
    const auto less = [](const TreeItem& item, uint64_t wanted) { return item.key < wanted; };
    const auto first = std::lower_bound(model_.begin(), model_.end(), key, less);
    const auto behind = std::lower_bound(model_.begin(), model_.end(), key + 1, less);
    check(tree().lower_bound(key) == cursor_at(static_cast<size_t>(first - model_.begin())),
          "lower_bound is wrong");
    check(tree().upper_bound(key) == cursor_at(static_cast<size_t>(behind - model_.begin())),
          "upper_bound is wrong");
  }
}

template <class Policy>
uint64_t TreeEpisodes<Policy>::checksum(const void* block, size_t bytes) {
  uint64_t sum = 0xcbf29ce484222325;
  for (size_t i = 0; i < bytes; ++i) {
    sum = (sum ^ static_cast<const unsigned char*>(block)[i]) * 0x100000001b3;
  }
  return sum;
}

/// `block(const void*, bytes, fresh)` for every block that the holder leads to, and itself.
template <class Policy>
template <class OnBlock>
void TreeEpisodes<Policy>::visit_blocks(OnBlock&& block) {
  const bool fresh = holder_.fresh();
  block(holder_.get(), sizeof(Holder<Policy>), fresh);
  TreeCheck<Policy>::visit(
      tree(),
      [&](const void* node, size_t bytes, bool node_fresh) {
        block(node, bytes, fresh && node_fresh);
      },
      [&](const Slot& slot, bool node_fresh) {
        const Owned<Brick>* brick = Policy::brick(slot);
        if (brick == nullptr) return;
        block(brick->get(), sizeof(Brick), fresh && node_fresh && brick->fresh());
      });
}

template <class Policy>
void TreeEpisodes<Policy>::check_live() {
  visit_blocks([&](const void* block, size_t, bool fresh) {
    if (fresh && heap_.is_frozen(block)) fail("a set bit leads to what a snapshot contains");
  });
}

template <class Policy>
void TreeEpisodes<Policy>::begin_snapshot() {
  Snapshot& snapshot = snapshots_.emplace_back(
      Snapshot{epoch_.begin_snapshot(), holder_.get(), model_, {}, {}, 0, {}});
  holder_.freeze();
  snapshot.forward = snapshot.holder->tree.begin();
  snapshot.backward = snapshot.holder->tree.end();
  visit_blocks([&](const void* block, size_t bytes, bool) {
    snapshot.blocks[block] = {bytes, checksum(block, bytes)};
    heap_.freeze(block);
  });
}

template <class Policy>
void TreeEpisodes<Policy>::step_walks() {
  const uint64_t calls = heap_.calls();
  for (Snapshot& snapshot : snapshots_) {
    for (unsigned steps = 0; steps < 10 && snapshot.walked < snapshot.model.size(); ++steps) {
      const size_t i = snapshot.walked++;
      const size_t from_back = snapshot.model.size() - 1 - i;
      check(Policy::equals(*snapshot.forward, snapshot.model[i]), "a walk found another slot");
      snapshot.forward.next();
      snapshot.backward.previous();
      check(Policy::equals(*snapshot.backward, snapshot.model[from_back]),
            "a walk backwards found another slot");
    }
  }
  if (heap_.calls() != calls) fail("a walk allocated or freed");
}

template <class Policy>
void TreeEpisodes<Policy>::end_snapshot(size_t which) {
  const auto snapshot = std::next(snapshots_.begin(), static_cast<long>(which));
  for (const auto& [block, state] : snapshot->blocks) {
    if (checksum(block, state.first) != state.second) fail("a frozen block was changed");
  }
  if (failed()) return;
  check_slots(snapshot->holder->tree, snapshot->model);
  if (snapshot->holder->tree.weight() != weight_before(snapshot->model, snapshot->model.size())) {
    fail("a snapshot's weight changed");
  }
  for (const auto& [block, state] : snapshot->blocks) heap_.unfreeze(block);
  epoch_.end_snapshot(snapshot->id);
  snapshots_.erase(snapshot);
}

template <class Policy>
void TreeEpisodes<Policy>::finish() {
  check_slots(tree(), model_);
  while (!snapshots_.empty() && !failed()) end_snapshot(0);
  if (failed()) return;
  holder_.drop(epoch_);
  while (epoch_.reclaim(7)) {
  }
  if (epoch_.retired_items() != 0 || epoch_.retired_bytes() != 0) fail("something stays retired");
  if (heap_.used() != 0) fail("memory leaks");
  heap_.release_quarantine();
}

}  // namespace sorrel::tree_world
