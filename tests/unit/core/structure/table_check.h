// TableCheck: holds a table to the invariants that its headers state. Looks at everything, so it is
// for tests. A fault is a sentence; none is empty.
#pragma once

#include "core/structure/table.h"

#include <string>

namespace sorrel {

template <class T, class Limits>
class TableCheck {
 public:
  using Map = Directory<T, Limits>;
  using Leaf = typename Map::Leaf;
  using Page = typename Map::Page;
  using Root = typename Map::Root;

  /// Calls `block(const void*, bytes, fresh)` for the root, each page and segment, once each, and
  /// `item(const Owned<T>&, fresh)` for each slot. `fresh`: all bits on the way are set.
  template <class OnBlock, class OnItem>
  static void visit(const Table<T, Limits>& table, OnBlock&& block, OnItem&& item) {
    if (!table.directory_) return;
    const Owned<Root>& root = table.directory_.root();
    block(root.get(), Root::bytes(*root), root.fresh());
    each_of_run(*root, [&](const Owned<Page>& page) {
      const bool page_fresh = root.fresh() && page.fresh();
      block(page.get(), Page::bytes(*page), page_fresh);
      each_of_run(*page, [&](const Owned<Leaf>& leaf) {
        const bool leaf_fresh = page_fresh && leaf.fresh();
        block(leaf.get(), Leaf::bytes(*leaf), leaf_fresh);
        for (unsigned index = 0; index < leaf->buckets(); ++index) {
          const auto* line = leaf->line(index);
          for (unsigned slot = 0; slot < line->kSlots; ++slot) {
            if (line->taken(slot)) item(line->slots[slot], leaf_fresh && line->slots[slot].fresh());
          }
        }
      });
    });
  }

  static std::string fault(const Table<T, Limits>& table, const Heap& heap) {
    if (!table.directory_) return table.size() == 0 ? "" : "items without a directory";
    const Owned<Root>& root = table.directory_.root();
    if (root.extra() != root->word_extra()) return "the root's word doesn't tell its geometry";
    if (root->prefix() != 0) return "the root has a prefix";
    size_t items = 0;
    std::string fault;
    for (size_t i = 0; i < root->size() && fault.empty(); ++i) {
      fault = page_fault(table, *root, i, items);
    }
    if (!fault.empty()) return fault;
    if (items != table.size()) return "size() isn't the number of items";
    size_t bytes = 0;
    visit(
        table, [&](const void*, size_t block_bytes, bool) { bytes += heap.footprint(block_bytes); },
        [](const Owned<T>&, bool) {});
    return bytes == table.bytes() ? "" : "bytes() isn't the sum of the blocks";
  }

 private:
  template <class Block, class Visit>
  static void each_of_run(const Block& block, Visit&& visit) {
    const auto* words = block.words();
    for (size_t i = 0; i < block.size(); ++i) {
      if (i == 0 || !words[i].same_block(words[i - 1])) visit(words[i]);
    }
  }

  static uint64_t position_of(size_t word, unsigned bits) {
    return bits == 0 ? 0 : static_cast<uint64_t>(word) << (64 - bits);
  }

  static std::string page_fault(const Table<T, Limits>& table, const Root& root, size_t word,
                                size_t& items) {
    const Owned<Page>& page = root.words()[word];
    if (!page) return "an empty word in the root";
    if (page.extra() != page->word_extra()) return "a page's word doesn't tell its geometry";
    if (page->prefix() > root.bits()) return "a page is deeper than the root";
    if (page->bits() > Limits::kPageBits) return "a page is too big";
    const uint64_t position = position_of(word, root.bits());
    const size_t run = root.run_length(page->prefix());
    if (word % run != 0) {
      const Owned<Page>& before = root.words()[word - 1];
      return before.same_block(page) && before.fresh() == page.fresh() ? "" : "a torn run of pages";
    }
    for (size_t i = 0; i < page->size(); ++i) {
      const uint64_t inside =
          position | (page->prefix() == 0 ? position_of(i, page->bits())
                                          : position_of(i, page->bits()) >> page->prefix());
      const std::string fault = leaf_fault(table, *page, i, inside, items);
      if (!fault.empty()) return fault;
    }
    return "";
  }

  static std::string leaf_fault(const Table<T, Limits>& table, const Page& page, size_t word,
                                uint64_t position, size_t& items) {
    const Owned<Leaf>& leaf = page.words()[word];
    if (!leaf) return "an empty word in a page";
    if (leaf.extra() != Map::leaf_extra(*leaf)) return "a segment's word doesn't tell its geometry";
    if (leaf->depth() < page.prefix() || leaf->depth() > page.prefix() + page.bits()) {
      return "a segment's depth isn't its page's";
    }
    if (leaf->depth() > table.directory_.depth_bound()) return "deeper than the bound";
    if (word % page.run_length(leaf->depth()) != 0) {
      const Owned<Leaf>& before = page.words()[word - 1];
      return before.same_block(leaf) && before.fresh() == leaf.fresh() ? ""
                                                                       : "a torn run of segments";
    }
    unsigned count = 0;
    for (unsigned index = 0; index < leaf->buckets(); ++index) {
      const std::string fault = bucket_fault(table, *leaf, index, position, count);
      if (!fault.empty()) return fault;
    }
    items += count;
    return count == leaf->count() ? "" : "a segment's count isn't that of its slots";
  }

  static std::string bucket_fault(const Table<T, Limits>& table, const Leaf& leaf, unsigned index,
                                  uint64_t position, unsigned& count) {
    const auto* line = leaf.line(index);
    if (reinterpret_cast<uintptr_t>(line) % 64 != 0) return "a bucket isn't on a line";
    if (line->away() != 0 && line->has_free()) return "items away from a bucket with a free slot";
    unsigned away = 0;
    leaf.for_each_of_home(index, [&](unsigned at, unsigned) {
      if (at == index) return;
      const unsigned distance = at > index ? at - index : at + leaf.buckets() - index;
      away |= 1u << (distance < 8 ? distance - 1 : 7);
    });
    if (away != line->away()) return "away bits that no item stands for";
    for (unsigned slot = 0; slot < line->kSlots; ++slot) {
      const Owned<T>& item = line->slots[slot];
      if (line->taken(slot) != static_cast<bool>(item)) return "a tag without an item";
      if (!item) continue;
      ++count;
      const uint64_t hash = table.rehash_(*item);
      if (leaf.depth() != 0 && (hash ^ position) >> (64 - leaf.depth()) != 0) {
        return "an item in a segment that isn't its own";
      }
      if (line->tag(slot) != HashBits::tag(hash)) return "a tag that isn't its item's";
      if (item.extra() != HashBits::slot_bits(hash, leaf.depth())) return "stale slot bits";
      const auto place = table.find(item->table_key(), hash);
      if (place != item.get()) return "an item that can't be found";
    }
    return "";
  }
};

template <class T, class Limits>
std::string fault_of(const Table<T, Limits>& table, const Heap& heap) {
  return TableCheck<T, Limits>::fault(table, heap);
}

}  // namespace sorrel
