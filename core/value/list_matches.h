// Matches: the elements of a pack that equal a text, counted and taken out: what LREM does to a
// list's pack, or to each of its blocks.
#pragma once

#include "core/structure/pack.h"

#include <cstddef>

namespace sorrel {

size_t count_matches(const Pack& pack, Bytes element);
/// Takes `count` matches out, behind the first `spared` of them; there are so many. When it throws
/// (only while a snapshot lives), nothing has changed.
void erase_matches(Owned<Pack>& pack, Bytes element, size_t spared, size_t count, Epoch& epoch);

}  // namespace sorrel
