// The ends of ranges as arguments: "5", "(5", "-inf" for scores; "[abc", "(abc", "-", "+" for
// members' bytes.
#pragma once

#include "core/base/bytes.h"
#include "core/value/zset_range.h"

#include <optional>

namespace sorrel {

std::optional<ScoreRange> parse_score_range(Bytes min, Bytes max);
std::optional<LexRange> parse_lex_range(Bytes min, Bytes max);

namespace errors {
inline constexpr Bytes kNotAScoreRange = "ERR min or max is not a float";
inline constexpr Bytes kNotALexRange = "ERR min or max not valid string range item";
}  // namespace errors

}  // namespace sorrel
