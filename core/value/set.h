// SetValue and SetEditor: a set of byte strings, read and changed, whatever its encoding.
//
//   int pack   sorted, while all members are integers, up to set-max-intset-entries
//   pack       in the order of arrival, up to set-max-listpack-entries members none of which is
//              longer than set-max-listpack-value
//   table      everything else, and whatever was one once: a set never goes back
//
// A member may have an expiry of its own (core/value/element_table.h); the first one makes the set
// a table. A member whose time has come is gone for every reader and every writer here, whether or
// not it has been taken out yet (Keyspace::expire_elements does that).
//
// A set is a Collection that a key holds, or one that is being made (SetBuilder). What converts
// when is what Redis 7.2 does, and OBJECT ENCODING shows it.
//
// A reader looks at a collection that doesn't change meanwhile, a snapshot's for one; a member it
// gives is good until the set's next change.
#pragma once

#include "core/structure/int_pack.h"
#include "core/structure/pack.h"
#include "core/value/collection.h"
#include "core/value/set_table.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {

/// A member as it is read: an integer, or a text (which may spell an integer).
using SetElement = PackElement;

class SetValue {
 public:
  /// Without a time it shows all members, be they due: what a file is to hold.
  explicit SetValue(const Collection& set, int64_t now_ms = INT64_MIN)
      : set_(&set), now_ms_(now_ms) {}

  size_t size() const { return set_->live_size(Type::kSet, now_ms_); }
  /// When the member expires (kNever: it doesn't); nothing when it isn't there.
  std::optional<int64_t> expires_ms(Bytes member) const;
  bool contains(Bytes member) const;
  bool contains(const SetElement& member) const;

  /// Calls `visit(const SetElement&)` for every member; integers of an int pack ascend.
  template <class Visit>
  void for_each(Visit&& visit) const {
    walk([&](const SetElement& member) {
      visit(member);
      return true;
    });
  }
  /// The same while `visit` says true; returns whether it went to the end.
  template <class Visit>
  bool walk(Visit&& visit) const;
  /// SSCAN. A set that isn't a table comes as a whole; see TableView::scan.
  template <class Visit>
  uint64_t scan(uint64_t cursor, size_t at_least, Visit&& visit) const;

  /// Every member with the same chance. The set isn't empty.
  SetElement random(Random& random) const;
  /// `count` different members (all of them, when there are no more), each subset with the same
  /// chance; the order means nothing.
  template <class Visit>
  void sample(size_t count, Random& random, Visit&& visit) const;

 private:
  friend class SetEditor;

  const Pack& pack() const { return reinterpret_cast<const Pack&>(*set_); }
  const IntPack& int_pack() const { return reinterpret_cast<const IntPack&>(*set_); }
  const SetTable& table() const { return SetTable::of(*set_); }
  const SetMember* find_in_table(Bytes member) const {
    const SetMember* found = table().find(member);
    return found != nullptr && SetTable::is_live(*found, now_ms_) ? found : nullptr;
  }

  const Collection* set_;
  int64_t now_ms_;
};

class SetEditor {
 public:
  /// `set` may be empty until make(). Without a time no member is due.
  SetEditor(Owned<Collection>& set, ValueContext& values, int64_t now_ms = INT64_MIN)
      : set_(&set), values_(&values), now_ms_(now_ms) {}

  /// A set that is to get `expected` members, `first` among them, but has none yet.
  void make(Bytes first, size_t expected);
  /// So many members are about to be added, known ones counted too: a pack that is too small for
  /// them alone becomes a table first.
  void expect(size_t members);
  /// False when it was there; it keeps its expiry then. A new one has none.
  bool add(Bytes member);
  bool add(const SetElement& member);
  /// False when it wasn't there.
  bool remove(Bytes member);
  /// The member must be there. kNever: it doesn't expire any more.
  void set_expiry(Bytes member, int64_t at_ms);
  /// Takes out what SetValue::sample would give; `visit(const SetElement&)` sees each just before
  /// it goes. A table that loses most of its members is made anew, as what the rest asks for: the
  /// one way back, which Redis has too.
  template <class Visit>
  void pop(size_t count, Random& random, Visit&& visit);

 private:
  bool add_integer(int64_t member);
  bool add_text_to_integers(Bytes member);
  bool add_to_pack(Bytes member);
  bool add_to_table(Bytes member);
  bool remove_from_table(Bytes member);
  template <class Visit>
  void pop_from_table(const std::vector<const SetMember*>& members, Visit&& visit);
  bool fits_pack(const IntPack& integers, Bytes member) const;
  void become_pack(size_t bytes);
  void become_table();
  void make_anew();
  void replace(Owned<Collection>&& made);
  Epoch& epoch() const { return values_->epoch; }
  SetTable& thawed_table() { return SetTable::thawed(*set_, epoch()); }
  SetValue value() const { return SetValue(**set_, now_ms_); }

  // What is left, at most so much of what was popped.
  static constexpr size_t kRemadePart = 5;
  static constexpr size_t kPoppedTogether = 16;

  Owned<Collection>* set_;
  ValueContext* values_;
  int64_t now_ms_;
};

/// A set on the way to its key: freed when it never gets there. None of its members expires.
class SetBuilder {
 public:
  explicit SetBuilder(ValueContext& values);
  ~SetBuilder();
  SetBuilder(const SetBuilder&) = delete;
  SetBuilder& operator=(const SetBuilder&) = delete;

  bool add(const SetElement& member) { return editor_.add(member); }
  bool remove(const SetElement& member);
  size_t size() const { return value().size(); }
  SetValue value() const { return SetValue(*made_); }
  /// To be moved from: into its key, if it isn't empty.
  Owned<Collection>& made() { return made_; }

 private:
  ValueContext& values_;
  Owned<Collection> made_;
  SetEditor editor_;
};

template <class Visit>
bool SetValue::walk(Visit&& visit) const {
  switch (set_->tag()) {
    case Collection::Tag::kIntPack: {
      const size_t n = int_pack().size();
      for (size_t i = 0; i < n; ++i) {
        if (!visit(SetElement(int_pack().at(i)))) return false;
      }
      return true;
    }
    case Collection::Tag::kPack:
      for (Pack::Position at = pack().begin(); at != pack().end(); at = pack().next(at)) {
        if (!visit(pack().get(at))) return false;
      }
      return true;
    default:
      break;
  }
  bool going = true;
  table().elements().view().walk([&] { return going; },
                                 [&](const SetMember& member) {
                                   if (!going || !SetTable::is_live(member, now_ms_)) return;
                                   going = visit(SetElement(member.text()));
                                 });
  return going;
}

template <class Visit>
uint64_t SetValue::scan(uint64_t cursor, size_t at_least, Visit&& visit) const {
  if (!SetTable::is(*set_)) {
    for_each(visit);
    return 0;
  }
  return table().elements().scan(cursor, at_least, [&](const SetMember& member) {
    if (SetTable::is_live(member, now_ms_)) visit(SetElement(member.text()));
  });
}

template <class Visit>
void SetValue::sample(size_t count, Random& random, Visit&& visit) const {
  size_t left = size();
  if (count >= left) return for_each(visit);
  if (SetTable::is(*set_)) {
    for (const SetMember* member : table().draw(count, random, now_ms_)) {
      visit(SetElement(member->text()));
    }
    return;
  }
  // Each is taken with the chance that the rest needs (Knuth, volume 2, 3.4.2, algorithm S).
  walk([&](const SetElement& member) {
    if (random.below(left--) < count) {
      visit(member);
      --count;
    }
    return count != 0;
  });
}

template <class Visit>
void SetEditor::pop(size_t count, Random& random, Visit&& visit) {
  const SetValue value = this->value();
  if (SetTable::is(**set_)) {
    pop_from_table(value.table().draw(std::min(count, value.size()), random, now_ms_), visit);
    if (!SetTable::of(**set_).expiring() && this->value().size() <= count / kRemadePart) {
      make_anew();
    }
    return;
  }
  std::vector<std::string> members;
  value.sample(count, random, [&](const SetElement& member) {
    SetElement::Scratch scratch;
    members.emplace_back(member.bytes(scratch));
  });
  for (const std::string& member : members) {
    visit(SetElement(Bytes(member)));
    remove(member);
  }
}

// The members themselves stay where they are until they go. They are all over the memory: a group's
// are asked for together, and then their buckets.
template <class Visit>
void SetEditor::pop_from_table(const std::vector<const SetMember*>& members, Visit&& visit) {
  uint64_t hashes[kPoppedTogether];
  for (size_t first = 0; first < members.size(); first += kPoppedTogether) {
    const std::span<const SetMember* const> group =
        std::span(members).subspan(first, std::min(kPoppedTogether, members.size() - first));
    for (const SetMember* member : group) __builtin_prefetch(member);
    for (size_t i = 0; i < group.size(); ++i) {
      hashes[i] = values_->hash(group[i]->text());
      SetTable::of(**set_).elements().prefetch_bucket(hashes[i]);
    }
    for (size_t i = 0; i < group.size(); ++i) {
      visit(SetElement(group[i]->text()));
      SetTable& table = thawed_table();
      table.erase(table.locate(group[i]->text(), hashes[i]), epoch());
    }
  }
}

}  // namespace sorrel
