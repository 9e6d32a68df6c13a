#include "core/value/list.h"

#include "core/value/list_matches.h"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

namespace sorrel {
namespace {

constexpr auto kPackTag = static_cast<uint8_t>(Collection::Tag::kPack);

size_t bytes_of(std::span<const Bytes> elements) {
  size_t bytes = 0;
  for (const Bytes element : elements) bytes += element.size();
  return bytes;
}

}  // namespace

std::vector<size_t> List::matches_in(const Pack& pack, size_t start, Bytes element) {
  std::vector<size_t> matches;
  for_each_match_in(pack, start, element, ListEnd::kHead, [&](size_t index) {
    matches.push_back(index);
    return true;
  });
  return matches;
}

// ---- Changing the encoding.

/// Before a list gets `more` elements: it is a tree afterwards if a pack would be too big with
/// them. The estimate, bare texts, is Redis's.
void List::prepare(Owned<Collection>& list, std::span<const Bytes> more, ValueContext& values) {
  if (list && !is_pack(*list)) return;
  constexpr size_t kEmptyListpackBytes = 7;
  const size_t bytes = list ? pack(*list).listpack_bytes() : kEmptyListpackBytes;
  const size_t elements = list ? pack(*list).size() : 0;
  if (limits(values).allow(bytes + bytes_of(more), elements + more.size())) return;
  become_tree(list, values.epoch);
}

void List::become_tree(Owned<Collection>& list, Epoch& epoch) {
  Owned<Collection> made = ListTree::make(epoch);
  if (list) {
    try {
      thaw_tree(made, epoch).adopt(as<Pack>(list));
    } catch (const std::bad_alloc&) {
      as<Pack>(list).set_extra(0);
      made.drop(epoch);
      throw;
    }
    list.drop(epoch);  // unless its pack is the first block now
  }
  list = std::move(made);
}

/// After a list has lost something: a pack again, if it is small enough. It may stay a tree when
/// there is no memory for what a snapshot needs.
void List::settle(Owned<Collection>& list, ValueContext& values) {
  if (is_pack(*list)) return;
  Epoch& epoch = values.epoch;
  try {
    if (epoch.frozen()) epoch.reserve();
    Owned<Pack> small = thaw_tree(list, epoch).take_small(limits(values));
    if (!small) return;
    list.drop(epoch);
    list = as_collection(std::move(small));
  } catch (const std::bad_alloc&) {
  }
}

// ---- Edits.

void List::push(Owned<Collection>& list, ListEnd end, std::span<const Bytes> elements,
                ValueContext& values) {
  const bool absent = !list;
  try {
    prepare(list, elements, values);
    if (end == ListEnd::kTail || elements.size() == 1) {
      return push_in_order(list, end, elements, values);
    }
    const std::vector<Bytes> reversed(elements.rbegin(), elements.rend());
    push_in_order(list, end, reversed, values);
  } catch (const std::bad_alloc&) {
    if (absent) list.drop(values.epoch);  // a tree that got nothing
    throw;
  }
}

void List::push_in_order(Owned<Collection>& list, ListEnd end, std::span<const Bytes> elements,
                         ValueContext& values) {
  Epoch& epoch = values.epoch;
  if (!list) {
    list = as_collection(Pack::make(epoch, kPackTag, elements));
  } else if (is_pack(*list)) {
    Owned<Pack>& small = as<Pack>(list);
    Pack::insert(small, end == ListEnd::kHead ? small->begin() : small->end(), elements, epoch);
  } else {
    thaw_tree(list, epoch).push(end, elements, limits(values), epoch);
  }
}

void List::append_block(Owned<Collection>& list, Owned<Pack>& block, ValueContext& values) {
  Epoch& epoch = values.epoch;
  if (!list && limits(values).allow(block->listpack_bytes(), block->size())) {
    list = as_collection(std::move(block));
    return;
  }
  if (!list || is_pack(*list)) become_tree(list, epoch);
  if (ListTree::can_be_block(*block)) return thaw_tree(list, epoch).adopt(block);
  PackElement::Scratch scratch;
  for (auto at = block->begin(); at != block->end(); at = block->next(at)) {
    const Bytes element = block->get(at).bytes(scratch);
    thaw_tree(list, epoch).push(ListEnd::kTail, std::span(&element, 1), limits(values), epoch);
  }
  block.drop(epoch);
}

void List::insert(Owned<Collection>& list, size_t index, Bytes element, ValueContext& values) {
  const std::span<const Bytes> one(&element, 1);
  if (index == size(*list)) return push(list, ListEnd::kTail, one, values);
  prepare(list, one, values);
  if (is_pack(*list)) {
    Pack::insert(as<Pack>(list), pack(*list).at(index), element, values.epoch);
  } else {
    thaw_tree(list, values.epoch).insert(index, element, limits(values), values.epoch);
  }
}

void List::replace(Owned<Collection>& list, size_t index, Bytes element, ValueContext& values) {
  prepare(list, std::span<const Bytes>(&element, 1), values);
  if (is_pack(*list)) {
    Pack::replace(as<Pack>(list), pack(*list).at(index), element, values.epoch);
  } else {
    thaw_tree(list, values.epoch).replace(index, element, limits(values), values.epoch);
    settle(list, values);
  }
}

void List::erase(Owned<Collection>& list, size_t first, size_t count, ValueContext& values) {
  if (count == 0) return;
  if (is_pack(*list)) {
    Pack::erase(as<Pack>(list), pack(*list).at(first), count, values.epoch);
  } else {
    thaw_tree(list, values.epoch).erase(first, count, limits(values), values.epoch);
    settle(list, values);
  }
}

bool List::turn(Owned<Collection>& list, ListEnd from, ListEnd to, Bytes element,
                ValueContext& values) {
  Epoch& epoch = values.epoch;
  if (!is_pack(*list)) {
    if (!thaw_tree(list, epoch).turn(from, to, element, limits(values), epoch)) return false;
    settle(list, values);
    return true;
  }
  const size_t kept = pack(*list).listpack_bytes() - Pack::element_bytes(element);
  if (!limits(values).allow(kept + element.size(), pack(*list).size())) return false;
  ListTree::turn_in_block(as<Pack>(list), from, to, element, epoch);
  return true;
}

size_t List::remove(Owned<Collection>& list, Bytes element, ListEnd from, size_t most,
                    ValueContext& values) {
  Epoch& epoch = values.epoch;
  if (!is_pack(*list)) {
    const size_t removed =
        thaw_tree(list, epoch).remove(element, from, most, limits(values), epoch);
    if (removed != 0) settle(list, values);
    return removed;
  }
  const size_t matches = count_matches(pack(*list), element);
  const size_t removed = std::min(matches, most);
  const size_t spared = from == ListEnd::kHead ? 0 : matches - removed;
  if (removed != 0) erase_matches(as<Pack>(list), element, spared, removed, epoch);
  return removed;
}

}  // namespace sorrel
