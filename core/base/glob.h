// Glob: the patterns of KEYS, SCAN MATCH, PSUBSCRIBE, CONFIG GET and ACL.
//
//   *        any bytes, none too        ?     one byte
//   [abc]    one of these               [^a]  one byte that is none of these
//   [a-z]    a range, either way round  \x    the byte x itself, inside a class too
//
// Redis's peculiarities are kept, because patterns in the field rely on them: an unclosed class
// ends with the pattern; an escape inside a class compares with case even when case is ignored; the
// empty string matches only the empty pattern ("*" doesn't match it). Departure: there is no
// recursion, hence no nesting limit; the work is at most pattern × text steps whatever the pattern.
#pragma once

#include "core/base/bytes.h"

namespace sorrel {

enum class Case { kSensitive, kIgnored };

bool glob_match(Bytes pattern, Bytes text, Case letters = Case::kSensitive);

/// Does the pattern hold any byte that isn't literal? If not, a look-up may replace the match.
bool glob_is_literal(Bytes pattern);

}  // namespace sorrel
