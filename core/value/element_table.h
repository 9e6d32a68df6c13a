// ElementTable: the block behind a big hash or set: a table of its elements, and, once one was
// given an expiry, those that expire in the order of their times.
//
//   plain      | tag | Table<Element> |
//   expiring   | tag | Table<Element> | ElementExpiries<Element> |
//
// A collection whose elements don't expire has the plain form, and pays nothing for it.
//
// `Kind` says what the elements are:
//
//   using Element = …                          a heap block with table_key(), expires(),
//   expires_ms() static constexpr Tag kPlain, kExpiring     the two forms static constexpr uint8_t
//   kExpiryNode       in core/value/kinds.h static Owned<Element> copy(Epoch&, const Element&)
//
// Owned by an entry, as a Collection; written to by a value class (core/value/hash.h, set.h) after
// a thaw. Invariant: the expiries have exactly the elements that expire, each with its time.
#pragma once

#include "core/structure/drop_on_throw.h"
#include "core/structure/table.h"
#include "core/value/collection.h"
#include "core/value/element_expiries.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sorrel {

template <class Kind>
class ElementTable : public Collection {
 public:
  using Element = typename Kind::Element;
  using Elements = Table<Element>;
  using Place = typename Elements::Place;

  static bool is(const Collection& collection) {
    return collection.tag() == Kind::kPlain || collection.tag() == Kind::kExpiring;
  }
  /// Only of what is().
  static const ElementTable& of(const Collection& collection) {
    return static_cast<const ElementTable&>(collection);
  }
  static ElementTable& thawed(Owned<Collection>& collection, Epoch& epoch) {
    return static_cast<ElementTable&>(collection.thaw(epoch));
  }

  static Owned<Collection> make(ValueContext& values);
  /// The same elements in a block that lets them expire; nothing when it does.
  static void make_expiring(Owned<Collection>& collection, ValueContext& values);
  static Owned<Collection> copy(const ElementTable& from, ValueContext& values);

  const Elements& elements() const { return elements_; }
  const Element* find(Bytes name) const { return elements_.find(name, values_->hash(name)); }
  bool expiring() const { return tag() == Kind::kExpiring; }
  /// kNever when no element expires.
  int64_t next_expiry() const { return expiring() ? expiries().next_ms() : kNever; }
  /// Elements whose time has come.
  size_t due(int64_t now_ms) const { return expiring() ? expiries().due(now_ms) : 0; }
  static bool is_live(const Element& element, int64_t now_ms) {
    return !element.expires() || element.expires_ms() > now_ms;
  }
  /// One whose time hasn't come, each with the same chance. There must be one.
  const Element& draw(Random& random, int64_t now_ms) const;
  /// The same, `count` different ones, of at least as many.
  std::vector<const Element*> draw(size_t count, Random& random, int64_t now_ms) const;

  // ---- Writers; the block has been thawed. On std::bad_alloc nothing has changed, and what was to
  // come is dropped. Only a table that is expiring() takes elements that expire.
  Place locate(Bytes name, uint64_t hash) { return elements_.locate(name, hash); }
  const Element& at(const Place& place) const { return elements_.item(place); }
  Element& thaw(const Place& place) { return elements_.thaw(place); }
  /// None of its name is there.
  void insert(Owned<Element>&& made, uint64_t hash, Epoch& epoch);
  /// In the place of the one of its name.
  void exchange(const Place& place, Owned<Element>&& made, Epoch& epoch);
  void erase(const Place& place, Epoch& epoch) {
    if (at(place).expires()) [[unlikely]]
      expiries().forget(at(place));
    elements_.extract(place).drop(epoch);
  }
  /// Takes elements out whose time has come, at most `count`; their names. Fewer, but at least one,
  /// when memory runs out on the way.
  std::vector<std::string> expire(int64_t now_ms, size_t count, ValueContext& values);

  /// Takes the element out if its time has come; whether it did.
  bool erase_due(Bytes name, int64_t now_ms, ValueContext& values) {
    const Place place = locate(name, values.hash(name));
    if (!place || is_live(at(place), now_ms)) return false;
    erase(place, values.epoch);
    return true;
  }

  /// See Collection::compact.
  static uint64_t compact(Owned<Collection>& collection, uint64_t position, Compaction& step);
  /// See Collection::footprint.
  size_t footprint(const Heap& heap, size_t samples) const;

  // What Collection dispatches to.
  static size_t bytes(const ElementTable& table);
  static ElementTable* clone(const ElementTable& from, Epoch& epoch);
  static size_t weight(const ElementTable& table);
  static Remains next_child(ElementTable& table, size_t& position);

 private:
  using Expiries = ElementExpiries<Element, Kind::kExpiryNode>;
  class Expiring;
  /// An element that no table has yet: it goes when an exception comes.
  struct Unplaced {
    Owned<Element> element;
    Epoch& epoch;

    ~Unplaced() { element.drop(epoch); }
  };
  /// A draw that has met nothing but elements whose time has come, so often, counts them all.
  static constexpr size_t kDrawsMax = 100;
  /// More than a third of the elements are drawn from a list of all of them.
  static constexpr size_t kListedPart = 3;

  ElementTable(Tag tag, ValueContext& values)
      : Collection(tag), values_(&values), elements_(values.epoch, rehash, &values) {}
  ElementTable(Tag tag, typename Elements::Inherit inherit, const ElementTable& from)
      : Collection(tag), values_(from.values_), elements_(inherit, from.elements_) {}
  ~ElementTable() = default;

  static uint64_t rehash(const Element& element, const void* values) {
    return static_cast<const ValueContext*>(values)->hash(element.table_key());
  }
  Expiries& expiries() { return static_cast<Expiring&>(*this).expiries_; }
  const Expiries& expiries() const { return static_cast<const Expiring&>(*this).expiries_; }
  std::vector<const Element*> draw_from_all(size_t count, Random& random, int64_t now_ms) const;
  uint64_t compact_elements(uint64_t position, Compaction& step);
  uint64_t compact_expiries(uint64_t position, Compaction& step);

  const ValueContext* values_;  // for hashes
  Elements elements_;
};

template <class Kind>
class ElementTable<Kind>::Expiring final : public ElementTable {
  friend class ElementTable;
  explicit Expiring(ValueContext& values)
      : ElementTable(Kind::kExpiring, values), expiries_(values.epoch) {}
  Expiring(typename Elements::Inherit inherit, const Expiring& from)
      : ElementTable(Kind::kExpiring, inherit, from),
        expiries_(typename Expiries::Inherit{}, from.expiries_) {}

  Expiries expiries_;
};

// ---- Blocks.

template <class Kind>
Owned<Collection> ElementTable<Kind>::make(ValueContext& values) {
  void* memory = values.epoch.heap().allocate(sizeof(ElementTable));
  return Owned<Collection>::adopt(new (memory) ElementTable(Kind::kPlain, values), values.epoch);
}

template <class Kind>
void ElementTable<Kind>::make_expiring(Owned<Collection>& collection, ValueContext& values) {
  if (of(*collection).expiring()) return;
  ElementTable& before = thawed(collection, values.epoch);
  values.epoch.reserve();
  void* memory = values.epoch.heap().allocate(sizeof(Expiring));
  auto* made = new (memory) Expiring(values);
  made->elements_.swap(before.elements_);
  collection.release(values.epoch);
  collection = Owned<Collection>::adopt(made, values.epoch);
}

template <class Kind>
Owned<Collection> ElementTable<Kind>::copy(const ElementTable& from, ValueContext& values) {
  Owned<Collection> copy = make(values);
  const DropOnThrow guard(copy, values.epoch);
  if (from.expiring()) make_expiring(copy, values);
  ElementTable& table = thawed(copy, values.epoch);
  from.elements_.for_each([&](const Element& element) {
    table.insert(Kind::copy(values.epoch, element), values.hash(element.table_key()), values.epoch);
  });
  return copy;
}

template <class Kind>
size_t ElementTable<Kind>::bytes(const ElementTable& table) {
  return table.expiring() ? sizeof(Expiring) : sizeof(ElementTable);
}

template <class Kind>
ElementTable<Kind>* ElementTable<Kind>::clone(const ElementTable& from, Epoch& epoch) {
  void* memory = epoch.heap().allocate(bytes(from));
  const typename Elements::Inherit inherit;
  if (!from.expiring()) return new (memory) ElementTable(Kind::kPlain, inherit, from);
  return new (memory) Expiring(inherit, static_cast<const Expiring&>(from));
}

template <class Kind>
size_t ElementTable<Kind>::weight(const ElementTable& table) {
  return table.elements_.weight() + (table.expiring() ? table.expiries().weight_of_blocks() : 0);
}

template <class Kind>
Remains ElementTable<Kind>::next_child(ElementTable& table, size_t& position) {
  const size_t child = position++;
  if (child == 0 && table.elements_.weight() != 0) return table.elements_.remains();
  if (child > 1 || !table.expiring() || table.expiries().empty()) return {};
  position = 2;
  return table.expiries().remains();
}

template <class Kind>
size_t ElementTable<Kind>::footprint(const Heap& heap, size_t samples) const {
  if (samples == 0) samples = elements_.size();
  size_t looked_at = 0;
  size_t of_elements = 0;
  elements_.view().walk([&] { return looked_at < samples; },
                        [&](const Element& element) {
                          if (looked_at == samples) return;
                          of_elements += heap.footprint(Element::bytes(element));
                          ++looked_at;
                        });
  if (looked_at != 0) of_elements = of_elements * elements_.size() / looked_at;
  return heap.footprint(bytes(*this)) + elements_.bytes() + of_elements +
         (expiring() ? expiries().bytes() : 0);
}

// ---- Drawing.

template <class Kind>
auto ElementTable<Kind>::draw(Random& random, int64_t now_ms) const -> const Element& {
  for (size_t draw = 0; draw < kDrawsMax; ++draw) {
    const Element& element = *elements_.random(random);
    if (is_live(element, now_ms)) return element;
  }
  return *draw_from_all(1, random, now_ms)[0];
}

template <class Kind>
auto ElementTable<Kind>::draw(size_t count, Random& random, int64_t now_ms) const
    -> std::vector<const Element*> {
  const size_t due = this->due(now_ms);
  const size_t live = elements_.size() - due;
  if (count > live / kListedPart || due > live) return draw_from_all(count, random, now_ms);
  std::vector<const Element*> drawn;
  drawn.reserve(count);
  std::unordered_set<const Element*> seen;
  while (drawn.size() < count) {
    const Element* element = &draw(random, now_ms);
    if (seen.insert(element).second) drawn.push_back(element);
  }
  return drawn;
}

template <class Kind>
auto ElementTable<Kind>::draw_from_all(size_t count, Random& random, int64_t now_ms) const
    -> std::vector<const Element*> {
  std::vector<const Element*> all;
  all.reserve(elements_.size());
  elements_.for_each([&](const Element& element) {
    if (is_live(element, now_ms)) all.push_back(&element);
  });
  for (size_t i = 0; i < count; ++i) std::swap(all[i], all[i + random.below(all.size() - i)]);
  all.resize(count);
  return all;
}

// ---- Writing.

template <class Kind>
void ElementTable<Kind>::insert(Owned<Element>&& made, uint64_t hash, Epoch& epoch) {
  Unplaced unplaced{std::move(made), epoch};
  const bool expires = unplaced.element->expires();
  const Place place = elements_.insert(std::move(unplaced.element), hash);
  if (!expires) return;
  try {
    expiries().note(at(place));
  } catch (const std::bad_alloc&) {
    unplaced.element = elements_.extract(place);
    throw;
  }
}

template <class Kind>
void ElementTable<Kind>::exchange(const Place& place, Owned<Element>&& made, Epoch& epoch) {
  Unplaced unplaced{std::move(made), epoch};
  const Element& before = at(place);
  if (before.expires() || unplaced.element->expires()) {
    expiries().renote(before, *unplaced.element);
  }
  unplaced.element = elements_.exchange(place, std::move(unplaced.element));
}

template <class Kind>
std::vector<std::string> ElementTable<Kind>::expire(int64_t now_ms, size_t count,
                                                    ValueContext& values) {
  std::vector<std::string> gone;
  size_t erased = 0;
  try {
    while (erased < count && next_expiry() <= now_ms) {
      gone.emplace_back(expiries().first().table_key());
      erase(locate(gone.back(), values.hash(gone.back())), values.epoch);
      ++erased;
    }
  } catch (const std::bad_alloc&) {
    if (erased == 0) throw;
    gone.resize(erased);
  }
  return gone;
}

// ---- Compaction. A position in the table is even, as it begins a bucket; an odd one is twice an
// offset in the expiries, and one.

template <class Kind>
uint64_t ElementTable<Kind>::compact(Owned<Collection>& collection, uint64_t position,
                                     Compaction& step) {
  if (position == 0) step.move(collection);
  ElementTable& table = thawed(collection, step.epoch);
  if (position % 2 == 0) position = table.compact_elements(position, step);
  if (position % 2 != 0) position = table.compact_expiries(position, step);
  return position;
}

template <class Kind>
uint64_t ElementTable<Kind>::compact_elements(uint64_t position, Compaction& step) {
  const uint64_t begun = step.moved + step.kept;
  const auto move = [&](Owned<Element>& element) { return step.move(element); };
  const auto visit = [&](Owned<Element>& element) {
    element->expires() ? expiries().moved(element, move) : static_cast<void>(move(element));
  };
  do {
    position = elements_.compact(position, 1, visit);
    if (position == 0) return expiring() && !expiries().empty() ? 1 : 0;
  } while (step.budget != 0 && step.moved + step.kept - begun < step.collection_budget);
  return position;
}

template <class Kind>
uint64_t ElementTable<Kind>::compact_expiries(uint64_t position, Compaction& step) {
  if (!expiring()) return 0;  // another collection has taken the key meanwhile
  const uint64_t offset = expiries().compact(position / 2, step);
  return offset == 0 ? 0 : offset * 2 + 1;
}

}  // namespace sorrel
