#include "core/value/list_tree.h"

#include "core/structure/drop_on_throw.h"
#include "core/value/list_matches.h"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

namespace sorrel {
namespace {

using Cursor = ListTree::Blocks::Cursor;

bool has_room(const Owned<Pack>& block, Bytes element, const ListLimits& limits) {
  return limits.allow_in_block(block->listpack_bytes(), block.extra(), element);
}

/// How many of `elements`, from the side where the block is to grow, go into it together.
size_t fitting(size_t bytes, size_t held, std::span<const Bytes> elements, ListEnd end,
               const ListLimits& limits) {
  size_t n = 0;
  while (n < elements.size()) {
    const Bytes next = end == ListEnd::kHead ? elements[elements.size() - 1 - n] : elements[n];
    if (!limits.allow_in_block(bytes, held + n, next)) break;
    bytes += next.size() + (next.size() < 64 ? 2 : Pack::kElementOverheadMax);
    ++n;
  }
  return n;
}

Owned<Pack> make_block(std::span<const Bytes> elements, Epoch& epoch) {
  Owned<Pack> made = Pack::make(epoch, static_cast<uint8_t>(Collection::Tag::kPack), elements);
  made.set_extra(static_cast<unsigned>(elements.size()));
  return made;
}

}  // namespace

// ---- Whole lists.

Owned<Collection> ListTree::make(Epoch& epoch) {
  auto* made = ::new (epoch.heap().allocate(sizeof(ListTree))) ListTree(epoch);
  return Owned<Collection>::adopt(made, epoch);
}

Owned<Collection> ListTree::copy(const ListTree& from, Epoch& epoch) {
  Owned<Collection> made = make(epoch);
  const DropOnThrow guard(made, epoch);
  Cursor at = from.blocks_.begin();
  static_cast<ListTree&>(made.thaw(epoch)).blocks_.build(from.blocks_.slots(), [&] {
    Owned<Pack> block = Pack::copy(**at, (*at)->begin(), epoch);
    block.set_extra(at->extra());
    at.next();
    return block;
  });
  return made;
}

Collection* ListTree::clone(const ListTree& from, Epoch& epoch) {
  return ::new (epoch.heap().allocate(sizeof(ListTree))) ListTree(from);
}

size_t ListTree::footprint(const Heap& heap, size_t samples) const {
  const size_t own = heap.footprint(sizeof(ListTree)) + blocks_.bytes();
  size_t looked_at = 0;
  size_t bytes = 0;
  for (Cursor at = blocks_.begin(); at && (samples == 0 || looked_at < samples); at.next()) {
    bytes += heap.footprint(Pack::bytes(**at));
    ++looked_at;
  }
  return looked_at == 0 ? own : own + bytes * blocks_.slots() / looked_at;
}

uint64_t ListTree::compact(uint64_t position, Compaction& step) {
  const uint64_t seen_before = step.moved + step.kept;
  do {
    position = blocks_.compact(position, step, [&](Owned<Pack>& block) { step.move(block); });
  } while (position != 0 && step.budget != 0 &&
           step.moved + step.kept - seen_before < step.collection_budget);
  return position;
}

void ListTree::adopt(Owned<Pack>& pack) {
  if (pack->empty()) return;
  pack.set_extra(static_cast<unsigned>(pack->size()));
  blocks_.append(std::move(pack));
}

Owned<Pack> ListTree::take_small(const ListLimits& limits) {
  if (blocks_.slots() != 1) return {};
  Cursor only = blocks_.begin();
  if (!limits.allow_half((*only)->listpack_bytes(), only->extra())) return {};
  Owned<Pack> pack = blocks_.extract(only);
  pack.set_extra(0);
  return pack;
}

// ---- Steps of an edit: one block each.

void ListTree::insert_block(Cursor& before, std::span<const Bytes> elements, Epoch& epoch) {
  Owned<Pack> made = make_block(elements, epoch);
  const DropOnThrow guard(made, epoch);
  blocks_.insert(before, std::move(made));
}

void ListTree::edit_insert(Cursor& at, Pack::Position position, std::span<const Bytes> elements,
                           Epoch& epoch) {
  blocks_.edit(at, [&](Owned<Pack>& block) {
    const unsigned held = block.extra();
    Pack::insert(block, position, elements, epoch);
    block.set_extra(held + static_cast<unsigned>(elements.size()));
  });
}

/// Not all of a block's elements: an empty block is none.
void ListTree::edit_erase(Cursor& at, Pack::Position position, size_t count, Epoch& epoch) {
  blocks_.edit(at, [&](Owned<Pack>& block) {
    const unsigned held = block.extra();
    Pack::erase(block, position, count, epoch);
    block.set_extra(held - static_cast<unsigned>(count));
  });
}

/// What stands from `offset` on in the block becomes the next block. The cursor stands at that.
void ListTree::split(Cursor& at, size_t offset, Epoch& epoch) {
  // Written in place from here on, so that cutting off, the last step, can't fail.
  blocks_.edit(at, [&](Owned<Pack>& block) { block.thaw(epoch); });
  const uint64_t index = at.offset() + offset;
  const size_t moved = at->extra() - offset;
  Owned<Pack> tail = Pack::copy(**at, (*at)->at(offset), epoch);
  tail.set_extra(static_cast<unsigned>(moved));
  at.next();
  const DropOnThrow guard(tail, epoch);
  blocks_.insert(at, std::move(tail));
  at.previous();
  edit_erase(at, (*at)->at(offset), moved, epoch);
  at = blocks_.at(index);
}

/// Joins the block at `index` with the one before when both are small. For tidiness only: not
/// worth a copy while a snapshot lives, and it may fail.
void ListTree::join_before(size_t index, const ListLimits& limits, Epoch& epoch) {
  if (epoch.frozen() || index == 0 || index >= size()) return;
  Cursor before = blocks_.at(index - 1);
  Cursor at = blocks_.at(index);
  if (before.offset() == at.offset()) return;
  const size_t bytes = (*before)->listpack_bytes() + (*at)->listpack_bytes();
  const size_t elements = size_t{before->extra()} + at->extra();
  if (!limits.allow_join(bytes, elements)) return;
  const uint64_t twice_from = before.offset() + elements;
  const Pack& tail = **at;
  try {
    blocks_.edit(before, [&](Owned<Pack>& block) {
      Pack::join(block, tail, epoch);
      block.set_extra(static_cast<unsigned>(elements));
    });
  } catch (const std::bad_alloc&) {
    return;
  }
  at = blocks_.at(twice_from);
  blocks_.extract(at).drop(epoch);
}

// ---- Edits.

void ListTree::push(ListEnd end, std::span<const Bytes> elements, const ListLimits& limits,
                    Epoch& epoch) {
  size_t pushed = 0;
  try {
    while (pushed < elements.size()) {
      const size_t left = elements.size() - pushed;
      const auto rest =
          end == ListEnd::kHead ? elements.first(left) : elements.subspan(pushed, left);
      pushed += push_run(end, rest, limits, epoch);
    }
  } catch (const std::bad_alloc&) {
    // It stands in blocks that can be written in place: taking it out again needs no memory, but
    // perhaps a little for the retire list while a snapshot lives.
    if (pushed != 0) erase(end == ListEnd::kHead ? 0 : size() - pushed, pushed, limits, epoch);
    throw;
  }
}

/// As many as go into the block at the end, or into a new one; gives how many.
size_t ListTree::push_run(ListEnd end, std::span<const Bytes> elements, const ListLimits& limits,
                          Epoch& epoch) {
  const bool head = end == ListEnd::kHead;
  const auto nearest = [&](size_t n) { return head ? elements.last(n) : elements.first(n); };
  if (!blocks_.empty()) {
    Cursor at = head ? blocks_.begin() : blocks_.last();
    const size_t n = fitting((*at)->listpack_bytes(), at->extra(), elements, end, limits);
    if (n != 0) {
      edit_insert(at, head ? (*at)->begin() : (*at)->end(), nearest(n), epoch);
      return n;
    }
    // It is closed now: what its growth left over is given back.
    if (!epoch.frozen()) blocks_.edit(at, [&](Owned<Pack>& block) { Pack::trim(block, epoch); });
  }
  const size_t n = std::max<size_t>(fitting(0, 0, elements, end, limits), 1);
  Cursor before = head ? blocks_.begin() : blocks_.end();
  insert_block(before, nearest(n), epoch);
  return n;
}

void ListTree::insert(size_t index, Bytes element, const ListLimits& limits, Epoch& epoch) {
  const std::span<const Bytes> one(&element, 1);
  Cursor at = blocks_.at(index);
  const size_t offset = index - at.offset();
  if (has_room(*at, element, limits)) return edit_insert(at, (*at)->at(offset), one, epoch);
  if (offset != 0) split(at, offset, epoch);
  // Between two blocks now: at the end of the first, at the beginning of the second, or alone.
  if (index != 0) {
    Cursor before = at;
    before.previous();
    if (has_room(*before, element, limits)) {
      return edit_insert(before, (*before)->end(), one, epoch);
    }
  }
  if (has_room(*at, element, limits)) return edit_insert(at, (*at)->begin(), one, epoch);
  insert_block(at, one, epoch);
}

void ListTree::replace(size_t index, Bytes element, const ListLimits& limits, Epoch& epoch) {
  Cursor at = blocks_.at(index);
  const Pack::Position position = (*at)->at(index - at.offset());
  const size_t kept = (*at)->listpack_bytes() - ((*at)->next(position) - position);
  if (at->extra() == 1 || limits.allow_in_block(kept, at->extra() - 1u, element)) {
    return blocks_.edit(at, [&](Owned<Pack>& block) {
      const unsigned held = block.extra();
      Pack::replace(block, position, element, epoch);
      block.set_extra(held);
    });
  }
  // Written in place from here on, so that taking the old one out, the last step, can't fail.
  blocks_.edit(at, [&](Owned<Pack>& block) { block.thaw(epoch); });
  insert(index, element, limits, epoch);
  erase(index + 1, 1, limits, epoch);
}

void ListTree::erase(size_t first, size_t count, const ListLimits& limits, Epoch& epoch) {
  Cursor at = blocks_.at(first);
  const size_t offset = first - at.offset();
  if (offset + count <= at->extra() && count != at->extra()) {
    edit_erase(at, (*at)->at(offset), count, epoch);
  } else {
    erase_range(first, count, epoch);
  }
  join_before(first, limits, epoch);
}

/// More than a part of one block.
void ListTree::erase_range(size_t first, size_t count, Epoch& epoch) {
  Cursor from = blocks_.at(first);
  Cursor to = blocks_.at(first + count);
  const size_t offset = first - from.offset();
  const size_t in_first = offset == 0 ? 0 : from->extra() - offset;
  const size_t in_last = to ? first + count - to.offset() : 0;
  // The blocks that lose a part are written in place from here on: then the whole ones go, and
  // what is left to do can't fail.
  const auto thaw = [&](size_t index) {
    Cursor at = blocks_.at(index);
    blocks_.edit(at, [&](Owned<Pack>& block) { block.thaw(epoch); });
  };
  if (in_first != 0) thaw(first);
  if (in_last != 0) thaw(first + count);
  const size_t whole = first + in_first;
  from = blocks_.at(whole);
  to = blocks_.at(first + count - in_last);
  blocks_.erase_range(from, to);
  if (in_last != 0) edit_erase(from, (*from)->begin(), in_last, epoch);
  if (in_first == 0) return;
  from = blocks_.at(first);
  edit_erase(from, (*from)->at(offset), in_first, epoch);
}

bool ListTree::turn(ListEnd from, ListEnd to, Bytes element, const ListLimits& limits,
                    Epoch& epoch) {
  if (blocks_.slots() != 1) return from == to && put_back(from, element, limits, epoch);
  Cursor only = blocks_.begin();
  const size_t kept = (*only)->listpack_bytes() - Pack::element_bytes(element);
  if (!limits.allow_in_block(kept, only->extra() - 1u, element)) return false;
  blocks_.edit(only, [&](Owned<Pack>& block) {
    const unsigned held = block.extra();
    turn_in_block(block, from, to, element, epoch);
    block.set_extra(held);
  });
  return true;
}

/// Of several blocks. Alone in its block the element leaves none behind, and goes to the next one
/// that has room, as if it were pushed.
bool ListTree::put_back(ListEnd end, Bytes element, const ListLimits& limits, Epoch& epoch) {
  const bool head = end == ListEnd::kHead;
  Cursor outer = head ? blocks_.begin() : blocks_.last();
  const size_t held = outer->extra();
  if (held != 1) {
    const size_t kept = (*outer)->listpack_bytes() - Pack::element_bytes(element);
    return limits.allow_in_block(kept, held - 1, element);
  }
  Cursor next = outer;
  head ? next.next() : next.previous();
  if (!has_room(*next, element, limits)) return true;
  const size_t index = head ? 0 : size();
  edit_insert(next, head ? (*next)->begin() : (*next)->end(), std::span(&element, 1), epoch);
  try {
    outer = blocks_.at(index);
    blocks_.extract(outer).drop(epoch);
  } catch (const std::bad_alloc&) {
    next = blocks_.at(head ? 1 : index - 1);
    edit_erase(next, head ? (*next)->begin() : (*next)->last(), 1, epoch);
    throw;
  }
  return true;
}

void ListTree::turn_in_block(Owned<Pack>& block, ListEnd from, ListEnd to, Bytes element,
                             Epoch& epoch) {
  if (from == to) return;
  Pack::insert(block, to == ListEnd::kHead ? block->begin() : block->end(), element, epoch);
  Pack::erase(block, from == ListEnd::kHead ? block->begin() : block->last(), 1, epoch);
}

size_t ListTree::remove(Bytes element, ListEnd from, size_t most, const ListLimits& limits,
                        Epoch& epoch) {
  const bool head = from == ListEnd::kHead;
  size_t removed = 0;
  // The elements before `index`, or from there on, have been looked at.
  for (size_t index = head ? 0 : size(); removed < most && index != (head ? size() : 0);) {
    Cursor at = blocks_.at(head ? index : index - 1);
    const size_t start = at.offset();
    const size_t held = at->extra();
    const size_t n = remove_in(at, element, from, most - removed, epoch);
    removed += n;
    index = head ? start + held - n : start;
    join_before(head ? start : start + held - n, limits, epoch);
  }
  return removed;
}

/// In one block, which may go as a whole.
size_t ListTree::remove_in(Cursor& at, Bytes element, ListEnd from, size_t most, Epoch& epoch) {
  const size_t matches = count_matches(**at, element);
  const size_t removed = std::min(matches, most);
  if (removed == 0) return 0;
  if (removed == at->extra()) {
    blocks_.extract(at).drop(epoch);
    return removed;
  }
  blocks_.edit(at, [&](Owned<Pack>& block) {
    const size_t held = block.extra();
    const size_t spared = from == ListEnd::kHead ? 0 : matches - removed;
    erase_matches(block, element, spared, removed, epoch);
    block.set_extra(static_cast<unsigned>(held - removed));
  });
  return removed;
}

}  // namespace sorrel
