// Owned<T>: the reference that owns a heap block, and the gate through which it is written.
//
//   63        48 47                          3 2 1 0
//   |  extra   |           address            |- -|F|
//
// `extra` is 16 bits that belong to the container which holds the reference (a table keeps hash
// bits there, a directory the geometry of what it leads to); they cost nothing to read on the way.
// F is the fresh bit: "made since the newest live snapshot began". It is true only under a
// container that is itself fresh; with no live snapshot it means nothing.
//
// The compiler is the gate: `operator->` gives a const T; only thaw() gives one that can be
// written, and thaw() is not const, so what hangs under a frozen (const) parent can't be written.
// Move-only. Not destroyed: containers are freed as bytes. Whoever holds one drops it, moves it, or
// links it into something; a leak shows in Heap::used().
//
// Rules:
//  1. No raw pointer into a block is kept across a thaw of that block.
//  2. A reference that moves out of a container which isn't fresh loses its bit: transfer(). A
//     reference taken from a container that has been thawed moves as it is.
//  3. A copy of a container holds inherit()ed references, and the original is then let go alone
//     (release), never with what it owned.
//
// The contract of T is in kind.h.
#pragma once

#include "core/base/check.h"
#include "core/structure/epoch.h"
#include "core/structure/kind.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <new>

namespace sorrel {

template <class T, class Limits>
class Directory;

template <class T>
class Owned {
 public:
  constexpr Owned() = default;
  Owned(Owned&& other) noexcept : word_(other.word_) { other.word_ = 0; }
  /// The reference assigned to must be empty, or what it led to must have been taken care of.
  Owned& operator=(Owned&& other) noexcept {
    const uint64_t word = other.word_;
    other.word_ = 0;
    word_ = word;
    return *this;
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;

  /// Takes a block that was just made in `epoch`'s heap: fresh.
  static Owned adopt(T* made, Epoch& /*epoch*/) {
    const uint64_t address = reinterpret_cast<uint64_t>(made);
    VERIFY((address & ~kAddressMask) == 0 && address != 0);
    return Owned(address | kFreshBit);
  }

  explicit operator bool() const { return (word_ & kAddressMask) != 0; }
  const T* get() const { return pointer(); }
  const T* operator->() const { return pointer(); }
  const T& operator*() const { return *pointer(); }

  /// Writable. While a snapshot lives and the block isn't fresh, it is copied first and the old one
  /// is retired. Throws std::bad_alloc with nothing changed.
  T& thaw(Epoch& epoch) {
    if (epoch.frozen() && !fresh()) [[unlikely]]
      replace_by_copy(epoch);
    return *pointer();
  }

  /// Lets it go with all that it owns, and leaves this empty. Freed at once when that is allowed
  /// and little, retired otherwise. During a snapshot call Epoch::reserve first (the table's calls
  /// do).
  void drop(Epoch& epoch) {
    const Remains old = remains_of(pointer());
    const bool seen = epoch.frozen() && !fresh();
    word_ = 0;
    if (!old) return;
    if constexpr (OwnsBlocks<T>) {
      const size_t weight = weight_of(old);
      if (weight != 0) {
        // What it owns may be frozen although it is fresh itself.
        if (epoch.frozen() || weight > Epoch::kWeightFreedAtOnce) return epoch.retire_whole(old);
        return epoch.free_whole(old);
      }
    }
    seen ? epoch.retire_block(old) : epoch.free_block(old);
  }

  /// Lets the block alone go: what it owned has a new owner already (rule 3).
  void release(Epoch& epoch) {
    const Remains old = remains_of(pointer());
    const bool seen = epoch.frozen() && !fresh();
    word_ = 0;
    if (!old) return;
    seen ? epoch.retire_block(old) : epoch.free_block(old);
  }

  /// Moves it out of a container that may not be fresh: rule 2.
  Owned transfer(Epoch& /*epoch*/) {
    Owned moved(word_ & ~kFreshBit);
    word_ = 0;
    return moved;
  }

  /// Moves the block if the heap wants it moved (Heap, evacuation); true when it was. Any other
  /// word of this reference is the caller's to change.
  bool relocate(Epoch& epoch) {
    Heap& heap = epoch.heap();
    const size_t bytes = T::bytes(*pointer());
    if (!heap.should_move(pointer(), bytes)) return false;
    const auto now = reinterpret_cast<uint64_t>(heap.relocate(pointer(), bytes));
    if (now == (word_ & kAddressMask)) return false;
    word_ = (word_ & ~kAddressMask) | now;
    return true;
  }

  bool fresh() const { return (word_ & kFreshBit) != 0; }
  unsigned extra() const { return static_cast<unsigned>(word_ >> kExtraShift); }
  void set_extra(unsigned extra) {
    word_ = (word_ & kWithoutExtra) | (static_cast<uint64_t>(extra) << kExtraShift);
  }

  // For T::clone, T::next_child and containers: each of these makes a second reference to one
  // block, and the caller sees to it that only one of them is ever dropped.

  /// The same reference for the copy of its container: not fresh.
  Owned inherit() const { return Owned(word_ & ~kFreshBit); }
  /// The same reference, bit and all: for a word that stands beside this one, or in a container
  /// that takes this one's place and is as fresh as it.
  Owned alias() const { return Owned(word_); }
  /// From now on frozen: what a snapshot does to the references at the top.
  void freeze() { word_ &= ~kFreshBit; }
  /// For T::next_child: what is to be freed with its owner.
  Remains remains() { return remains_of(pointer()); }
  /// Two words of one reference.
  bool same_block(const Owned& other) const { return ((word_ ^ other.word_) & kAddressMask) == 0; }

 private:
  static constexpr int kExtraShift = 48;
  static constexpr uint64_t kFreshBit = 1;
  static constexpr uint64_t kWithoutExtra = (uint64_t{1} << kExtraShift) - 1;
  static constexpr uint64_t kAddressMask = kWithoutExtra & ~uint64_t{7};

  template <class, class>
  friend class Directory;

  explicit Owned(uint64_t word) : word_(word) {}
  /// Writable because the caller has just thawed it: a directory walks a path that it thawed whole.
  T& thawed() { return *pointer(); }
  T* pointer() const { return std::bit_cast<T*>(word_ & kAddressMask); }
  static Remains remains_of(T* block) {
    return block == nullptr ? Remains{} : Remains{block, &kKindOf<T>};
  }

  [[gnu::noinline]] void replace_by_copy(Epoch& epoch) {
    epoch.reserve();
    T* copy = copy_of(*pointer(), epoch);
    const uint64_t extra = word_ & ~kWithoutExtra;
    epoch.retire_block(remains_of(pointer()));
    word_ = reinterpret_cast<uint64_t>(copy) | extra | kFreshBit;
  }

  static T* copy_of(const T& original, Epoch& epoch) {
    if constexpr (requires { T::clone(original, epoch); }) {
      return T::clone(original, epoch);
    } else {
      static_assert(!OwnsBlocks<T>, "a type that owns blocks needs its own clone()");
      const size_t bytes = T::bytes(original);
      return static_cast<T*>(std::memcpy(epoch.heap().allocate(bytes), &original, bytes));
    }
  }

  uint64_t word_ = 0;
};

}  // namespace sorrel
