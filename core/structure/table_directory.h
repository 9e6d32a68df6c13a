// Directory: from the top bits of a hash to the segment that holds its items, in two steps.
//
//   root (2^r words) → page (2^d words, d ≤ 9) → segment
//
// A page covers the hashes that begin with its prefix of p ≤ r bits, a segment those that begin
// with its own, of p ≤ depth ≤ p + d bits. Who covers more than one word's worth stands in all of
// them, as a run of equal words: a run is one reference, which is thawed, linked and let go as a
// whole. So nothing is ever doubled but one page, or the root alone (a word a page: 64 of them at
// 10 million items), and no change pays for more.
//
// What a find must know of the next block stands in the extra bits of the word that leads to it:
//
//   to the root or a page:  | 63 - bits (6) | prefix (6) |
//   to a segment:           | depth (6) | buckets (7) |
//
// Owned by a table. Blocks describe themselves as well, so that the retire list can free them.
#pragma once

#include "core/structure/owned.h"
#include "core/structure/table_segment.h"

#include <cstddef>
#include <cstdint>
#include <new>

namespace sorrel {

/// A root or a page: a power of two of words behind a header of 8 bytes.
template <class Child, uint8_t kKindNumber>
class WordBlock {
 public:
  static constexpr uint8_t kKind = kKindNumber;

  /// All words empty. Returns nullptr when there is no memory.
  static WordBlock* try_make(Heap& heap, unsigned prefix, unsigned bits) {
    void* memory = heap.try_allocate(bytes_for(bits));
    if (memory == nullptr) return nullptr;
    auto* block = ::new (memory) WordBlock(prefix, bits);
    for (size_t i = 0; i < block->size(); ++i) ::new (block->words() + i) Owned<Child>;
    return block;
  }
  static WordBlock* make(Heap& heap, unsigned prefix, unsigned bits) {
    WordBlock* block = try_make(heap, prefix, bits);
    if (block == nullptr) throw std::bad_alloc();
    return block;
  }

  unsigned prefix() const { return prefix_; }
  unsigned bits() const { return bits_; }
  size_t size() const { return size_t{1} << bits_; }
  Owned<Child>* words() { return reinterpret_cast<Owned<Child>*>(this + 1); }
  const Owned<Child>* words() const { return reinterpret_cast<const Owned<Child>*>(this + 1); }

  /// The extra bits of the word that leads here.
  unsigned word_extra() const { return prefix_ | (63u - bits_) << 6; }
  static unsigned prefix_of(const Owned<Child>& word) { return word.extra() & 63; }
  /// Which word of the block that such a word leads to stands for this hash.
  static size_t index(unsigned word_extra, uint64_t hash) {
    return ((hash << (word_extra & 63)) >> 1) >> (word_extra >> 6);
  }
  size_t index(uint64_t hash) const { return index(word_extra(), hash); }

  /// The first word of the run for `hash` of something that is `depth` bits deep, and its length.
  size_t run_length(unsigned depth) const { return size_t{1} << (prefix_ + bits_ - depth); }
  size_t run_begin(uint64_t hash, unsigned depth) const {
    return index(hash) & ~(run_length(depth) - 1);
  }
  /// Writes a run. What stood there has been taken care of.
  void link(uint64_t hash, unsigned depth, const Owned<Child>& child) {
    const size_t begin = run_begin(hash, depth);
    for (size_t i = 0; i < run_length(depth); ++i) words()[begin + i] = child.alias();
  }
  /// Thaws what the run leads to.
  Child& thaw_run(uint64_t hash, unsigned depth, Epoch& epoch) {
    Owned<Child>& word = words()[run_begin(hash, depth)];
    if (epoch.frozen() && !word.fresh()) {
      word.thaw(epoch);
      link(hash, depth, word.alias());
    }
    return word.thaw(epoch);
  }

  // The contract of Owned.
  static size_t bytes(const WordBlock& block) { return bytes_for(block.bits_); }
  static size_t weight(const WordBlock& block) { return block.size(); }
  static WordBlock* clone(const WordBlock& original, Epoch& epoch) {
    WordBlock* copy = make(epoch.heap(), original.prefix_, original.bits_);
    for (size_t i = 0; i < copy->size(); ++i) copy->words()[i] = original.words()[i].inherit();
    return copy;
  }
  static Remains next_child(WordBlock& block, size_t& position) {
    Owned<Child>* words = block.words();
    while (position < block.size()) {
      const size_t i = position++;
      // A run counts once, at its end: its block must stay readable up to there.
      const bool last_of_run = i + 1 == block.size() || !words[i].same_block(words[i + 1]);
      if (last_of_run) return words[i].remains();
    }
    return Remains{};
  }

 private:
  WordBlock(unsigned prefix, unsigned bits)
      : prefix_(static_cast<uint32_t>(prefix)), bits_(static_cast<uint32_t>(bits)) {}
  static size_t bytes_for(unsigned bits) { return sizeof(WordBlock) + (sizeof(uint64_t) << bits); }

  uint32_t prefix_;
  uint32_t bits_;
};

template <class T, class Limits>
class Directory {
 public:
  using Leaf = Segment<T, Limits>;
  using Page = WordBlock<Leaf, 128 + T::kKind>;
  using Root = WordBlock<Page, 192 + T::kKind>;
  static_assert(sizeof(Page) == 8 && T::kKind < 64);

  // The extra bits of a word that leads to a segment.
  static unsigned leaf_extra(const Leaf& leaf) { return leaf.depth() << 7 | leaf.buckets(); }
  static unsigned depth_of(const Owned<Leaf>& word) { return word.extra() >> 7; }
  static unsigned buckets_of(const Owned<Leaf>& word) { return word.extra() & 127; }

  /// The word for this hash under this root.
  [[gnu::always_inline]] static const Owned<Leaf>& word(const Owned<Root>& root, uint64_t hash) {
    const Owned<Page>& page = root->words()[Root::index(root.extra(), hash)];
    return page->words()[Page::index(page.extra(), hash)];
  }

  explicit operator bool() const { return static_cast<bool>(root_); }
  const Owned<Root>& root() const { return root_; }
  [[gnu::always_inline]] const Owned<Leaf>& word(uint64_t hash) const { return word(root_, hash); }
  /// Footprints of root, pages and segments.
  size_t bytes() const { return bytes_; }
  /// No segment is deeper than this.
  unsigned depth_bound() const {
    const Owned<Page>& first = root_->words()[0];
    return root_->bits() == 0 ? first->bits() : root_->bits() + Limits::kPageBits;
  }

  /// Root, page and a segment of one step. Only when there is no root.
  void start(Epoch& epoch);
  /// Empties it; the caller sees to what is returned.
  Owned<Root> take() {
    bytes_ = 0;
    return std::move(root_);
  }
  /// Begins as a copy of `original`, which is then let go alone.
  void inherit(const Directory& original) {
    root_ = original.root_.inherit();
    bytes_ = original.bytes_;
  }
  void freeze() { root_.freeze(); }
  Remains remains() { return root_.remains(); }

  /// Root and page of this hash, writable.
  Page& thaw_page(uint64_t hash, Epoch& epoch) {
    Root& root = root_.thaw(epoch);
    const Owned<Page>& page = root.words()[root.index(hash)];
    return root.thaw_run(hash, page->prefix(), epoch);
  }
  /// The segment that `word`, one of this directory's, leads to, writable: only while no snapshot
  /// lives.
  Leaf& unfrozen_leaf(const Owned<Leaf>& word) { return *word.pointer(); }
  /// Root, page and segment of this hash, writable.
  Leaf& thaw_leaf(uint64_t hash, Epoch& epoch) {
    if (epoch.frozen()) [[unlikely]]
      thaw_path(hash, epoch);
    Owned<Page>& page = root_.thawed().words()[Root::index(root_.extra(), hash)];
    return page.thawed().words()[Page::index(page.extra(), hash)].thawed();
  }

  /// Links a segment that has just been made, in place of what covers its hashes.
  void link(uint64_t hash, Leaf* made, Epoch& epoch) {
    Owned<Leaf> leaf = Owned<Leaf>::adopt(made, epoch);
    leaf.set_extra(leaf_extra(*made));
    thaw_page(hash, epoch).link(hash, made->depth(), leaf);
    bytes_ += epoch.heap().footprint(Leaf::bytes(*made));
  }
  /// Lets a segment go whose items have moved and whose run has been, or is about to be, rewritten.
  void release(Owned<Leaf> leaf, Epoch& epoch) { release_block(leaf, epoch); }

  /// Moves the root, and the page and segment of this hash, where the heap wants them moved.
  void relocate(uint64_t hash, Epoch& epoch);

  /// Makes the page of this hash fine enough for a segment of this depth. Throws std::bad_alloc,
  /// with every step taken so far a valid one.
  void deepen(uint64_t hash, unsigned depth, Epoch& epoch);
  /// After a merge: a page, two, or the root may do with half the words. Does what memory allows.
  void tighten(uint64_t hash, Epoch& epoch);

 private:
  [[gnu::noinline]] void thaw_path(uint64_t hash, Epoch& epoch) {
    Page& page = thaw_page(hash, epoch);
    page.thaw_run(hash, depth_of(page.words()[page.index(hash)]), epoch);
  }
  template <class Block>
  void release_block(Owned<Block>& block, Epoch& epoch) {
    bytes_ -= epoch.heap().footprint(Block::bytes(*block));
    block.release(epoch);
  }
  void link_page(uint64_t hash, Page* made, Epoch& epoch);
  void link_root(Root* made, Epoch& epoch);
  Owned<Page> page_word(uint64_t hash) const {
    return root_->words()[Root::index(root_.extra(), hash)].alias();
  }
  void double_page(uint64_t hash, Epoch& epoch);
  void split_page(uint64_t hash, Epoch& epoch);
  void double_root(Epoch& epoch);
  bool halve_page(uint64_t hash, Epoch& epoch);
  bool merge_pages(uint64_t hash, Epoch& epoch);
  void halve_root(Epoch& epoch);
  /// Copies the words of `from`, each as often as needed, to `to`.
  static void spread(const Page& from, bool fresh, Owned<Leaf>* to, size_t to_words);

  Owned<Root> root_;
  size_t bytes_ = 0;
};

template <class T, class Limits>
void Directory<T, Limits>::start(Epoch& epoch) {
  Heap& heap = epoch.heap();
  Root* root = Root::try_make(heap, 0, 0);
  Page* page = Page::try_make(heap, 0, 0);
  Leaf* leaf = Leaf::try_make(heap, Limits::kSteps.front(), 0);
  if (root == nullptr || page == nullptr || leaf == nullptr) {
    if (root != nullptr) heap.free(root, Root::bytes(*root));
    if (page != nullptr) heap.free(page, Page::bytes(*page));
    if (leaf != nullptr) heap.free(leaf, Leaf::bytes(*leaf));
    throw std::bad_alloc();
  }
  link_root(root, epoch);
  link_page(0, page, epoch);
  link(0, leaf, epoch);
}

// A segment's lines begin at a multiple of 64: its size is one, so they still do where it goes.
template <class T, class Limits>
void Directory<T, Limits>::relocate(uint64_t hash, Epoch& epoch) {
  root_.relocate(epoch);
  Root& root = root_.thawed();
  Owned<Page>& page_word = root.words()[Root::index(root_.extra(), hash)];
  if (page_word.relocate(epoch)) {
    const Owned<Page> moved = page_word.alias();
    root.link(hash, moved->prefix(), moved);
  }
  Page& page = page_word.thawed();
  Owned<Leaf>& leaf_word = page.words()[Page::index(page_word.extra(), hash)];
  if (leaf_word.relocate(epoch)) {
    const Owned<Leaf> moved = leaf_word.alias();
    page.link(hash, moved->depth(), moved);
  }
}

template <class T, class Limits>
void Directory<T, Limits>::link_root(Root* made, Epoch& epoch) {
  root_ = Owned<Root>::adopt(made, epoch);
  root_.set_extra(made->word_extra());
  bytes_ += epoch.heap().footprint(Root::bytes(*made));
}

template <class T, class Limits>
void Directory<T, Limits>::link_page(uint64_t hash, Page* made, Epoch& epoch) {
  Owned<Page> page = Owned<Page>::adopt(made, epoch);
  page.set_extra(made->word_extra());
  root_.thaw(epoch).link(hash, made->prefix(), page);
  bytes_ += epoch.heap().footprint(Page::bytes(*made));
}

template <class T, class Limits>
void Directory<T, Limits>::deepen(uint64_t hash, unsigned depth, Epoch& epoch) {
  while (true) {
    const Page& page = thaw_page(hash, epoch);
    if (page.prefix() + page.bits() >= depth) return;
    if (page.bits() < Limits::kPageBits) {
      double_page(hash, epoch);
    } else {
      if (page.prefix() == root_->bits()) double_root(epoch);
      split_page(hash, epoch);
    }
  }
}

template <class T, class Limits>
void Directory<T, Limits>::spread(const Page& from, bool fresh, Owned<Leaf>* to, size_t to_words) {
  const size_t times = to_words / from.size();
  for (size_t i = 0; i < to_words; ++i) {
    const Owned<Leaf>& word = from.words()[i / times];
    to[i] = fresh ? word.alias() : word.inherit();
  }
}

template <class T, class Limits>
void Directory<T, Limits>::double_page(uint64_t hash, Epoch& epoch) {
  Owned<Page> old = page_word(hash);
  Page* made = Page::make(epoch.heap(), old->prefix(), old->bits() + 1);
  spread(*old, true, made->words(), made->size());
  link_page(hash, made, epoch);
  release_block(old, epoch);
}

template <class T, class Limits>
void Directory<T, Limits>::split_page(uint64_t hash, Epoch& epoch) {
  Owned<Page> old = page_word(hash);
  const unsigned prefix = old->prefix() + 1;
  const unsigned bits = old->bits() - 1;
  Page* low = Page::make(epoch.heap(), prefix, bits);
  Page* high = Page::try_make(epoch.heap(), prefix, bits);
  if (high == nullptr) {
    epoch.heap().free(low, Page::bytes(*low));
    throw std::bad_alloc();
  }
  for (size_t i = 0; i < low->size(); ++i) {
    low->words()[i] = old->words()[i].alias();
    high->words()[i] = old->words()[low->size() + i].alias();
  }
  const uint64_t side = uint64_t{1} << (64 - prefix);
  link_page(hash & ~side, low, epoch);
  link_page(hash | side, high, epoch);
  release_block(old, epoch);
}

template <class T, class Limits>
void Directory<T, Limits>::double_root(Epoch& epoch) {
  Owned<Root> old = root_.alias();
  Root* made = Root::make(epoch.heap(), 0, old->bits() + 1);
  for (size_t i = 0; i < made->size(); ++i) made->words()[i] = old->words()[i / 2].alias();
  link_root(made, epoch);
  release_block(old, epoch);
}

template <class T, class Limits>
void Directory<T, Limits>::tighten(uint64_t hash, Epoch& epoch) {
  bool changed = halve_page(hash, epoch);
  if (merge_pages(hash, epoch)) changed = true;
  if (changed) halve_root(epoch);
}

template <class T, class Limits>
bool Directory<T, Limits>::halve_page(uint64_t hash, Epoch& epoch) {
  Owned<Page> old = page_word(hash);
  if (old->bits() == 0) return false;
  const unsigned deepest = old->prefix() + old->bits();
  for (size_t i = 0; i < old->size(); ++i) {
    if (depth_of(old->words()[i]) == deepest) return false;
  }
  Page* made = Page::try_make(epoch.heap(), old->prefix(), old->bits() - 1);
  if (made == nullptr) return false;
  for (size_t i = 0; i < made->size(); ++i) made->words()[i] = old->words()[2 * i].alias();
  link_page(hash, made, epoch);
  release_block(old, epoch);
  return true;
}

template <class T, class Limits>
bool Directory<T, Limits>::merge_pages(uint64_t hash, Epoch& epoch) {
  Owned<Page> mine = page_word(hash);
  const unsigned prefix = mine->prefix();
  if (prefix == 0) return false;
  const uint64_t side = uint64_t{1} << (64 - prefix);
  Owned<Page> buddy = page_word(hash ^ side);
  const unsigned finer = mine->bits() > buddy->bits() ? mine->bits() : buddy->bits();
  if (buddy->prefix() != prefix || finer == Limits::kPageBits) return false;
  Page* made = Page::try_make(epoch.heap(), prefix - 1, finer + 1);
  if (made == nullptr) return false;
  const size_t half = made->size() / 2;
  const bool mine_is_high = (hash & side) != 0;
  spread(*mine, true, made->words() + (mine_is_high ? half : 0), half);
  spread(*buddy, !epoch.frozen() || buddy.fresh(), made->words() + (mine_is_high ? 0 : half), half);
  link_page(hash, made, epoch);
  release_block(mine, epoch);
  release_block(buddy, epoch);
  return true;
}

template <class T, class Limits>
void Directory<T, Limits>::halve_root(Epoch& epoch) {
  Owned<Root> old = root_.alias();
  if (old->bits() == 0) return;
  for (size_t i = 0; i < old->size(); ++i) {
    if (Root::prefix_of(old->words()[i]) == old->bits()) return;
  }
  Root* made = Root::try_make(epoch.heap(), 0, old->bits() - 1);
  if (made == nullptr) return;
  for (size_t i = 0; i < made->size(); ++i) made->words()[i] = old->words()[2 * i].alias();
  link_root(made, epoch);
  release_block(old, epoch);
}

}  // namespace sorrel
