// What is told to the address sanitizer: freed bytes that stay in our hands are out of bounds.
//
// Without the sanitizer these are nothing. Blocks begin at multiples of 8, as the sanitizer wants.
#pragma once

#include <cstddef>

#ifdef SORREL_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace sorrel {

/// From now on any access to them is an error.
inline void poison([[maybe_unused]] const void* from, [[maybe_unused]] size_t bytes) {
#ifdef SORREL_ADDRESS_SANITIZER
  __asan_poison_memory_region(from, bytes);
#endif
}

inline void unpoison([[maybe_unused]] const void* from, [[maybe_unused]] size_t bytes) {
#ifdef SORREL_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(from, bytes);
#endif
}

}  // namespace sorrel
