// Kind: what the epoch must know of a type in order to free it later: the contract of Owned<T>.
//
// A T is one heap block that describes itself. It is never destroyed as a C++ object: it is freed
// as bytes, so it must be trivially destructible or hold nothing but Owned references. It provides:
//
//   static constexpr uint8_t kKind            which kind it is, 0 to 63, unique in an instance (the
//                                             epoch VERIFYs that no two types share a number)
//   static size_t bytes(const T&)             what was asked of the heap for it
//
// and, if it isn't a plain run of bytes,
//
//   static T* clone(const T&, Epoch&)         a copy in a new block, in which every reference is
//   made
//                                             by Owned::inherit(), that is, not fresh. Throws
//                                             std::bad_alloc before anything is changed. Without it
//                                             the bytes are copied: right only when T owns nothing.
//
// and, if it may own other blocks,
//
//   static size_t weight(const T&)            about how many blocks are owned beneath it, cheaply;
//                                             0 exactly when there are none
//   static Remains next_child(T&, size_t& position)
//                                             the owned blocks one after the other, each exactly
//                                             once
//                                             (`position` starts at 0 and is T's to count with),
//                                             then an empty Remains
//
// With that, freeing anything, however big and deep, is one loop with a budget (teardown.h).
#pragma once

#include <cstddef>
#include <cstdint>

namespace sorrel {

struct Kind;

/// Something to be freed, with all that it owns: what Owned<T>::remains() makes of a reference.
struct Remains {
  void* block = nullptr;
  const Kind* kind = nullptr;
  explicit operator bool() const { return block != nullptr; }
};

struct Kind {
  uint8_t number;
  size_t (*bytes)(const void* block);
  size_t (*weight)(const void* block);                   // nullptr: owns nothing, ever
  Remains (*next_child)(void* block, size_t& position);  // nullptr likewise
};

/// T may own other blocks.
template <class T>
concept OwnsBlocks = requires(const T& thing) {
  T::weight(thing);
};

template <class T>
constexpr Kind make_kind() {
  Kind kind{T::kKind, [](const void* block) { return T::bytes(*static_cast<const T*>(block)); },
            nullptr, nullptr};
  if constexpr (OwnsBlocks<T>) {
    kind.weight = [](const void* block) { return T::weight(*static_cast<const T*>(block)); };
    kind.next_child = [](void* block, size_t& position) {
      return T::next_child(*static_cast<T*>(block), position);
    };
  }
  return kind;
}

template <class T>
inline constexpr Kind kKindOf = make_kind<T>();

inline size_t bytes_of(const Remains& remains) {
  return remains.kind->bytes(remains.block);
}
inline size_t weight_of(const Remains& remains) {
  return remains.kind->weight == nullptr ? 0 : remains.kind->weight(remains.block);
}

}  // namespace sorrel
