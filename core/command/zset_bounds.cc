#include "core/command/zset_bounds.h"

#include "core/base/number.h"

namespace sorrel {
namespace {

bool parse_score_bound(Bytes text, double& score, bool& open) {
  open = text.starts_with('(');
  if (open) text.remove_prefix(1);
  // As strtod reads it, on which Redis stands: leading space is skipped, and nothing is 0.
  const size_t begin = text.find_first_not_of(" \t\n\v\f\r");
  if (begin == Bytes::npos) {
    score = 0;
    return text.empty();
  }
  // And what a double can't hold is infinite, or 0.
  const std::optional<long double> parsed = parse_long_real(text.substr(begin));
  score = static_cast<double>(parsed.value_or(0));
  return parsed.has_value();
}

std::optional<LexBound> parse_lex_bound(Bytes text) {
  using Kind = LexBound::Kind;
  if (text == "-") return LexBound{Kind::kLowest, {}};
  if (text == "+") return LexBound{Kind::kHighest, {}};
  if (text.starts_with('[')) return LexBound{Kind::kClosed, text.substr(1)};
  if (text.starts_with('(')) return LexBound{Kind::kOpen, text.substr(1)};
  return std::nullopt;
}

}  // namespace

std::optional<ScoreRange> parse_score_range(Bytes min, Bytes max) {
  ScoreRange range;
  if (!parse_score_bound(min, range.min, range.min_open)) return std::nullopt;
  if (!parse_score_bound(max, range.max, range.max_open)) return std::nullopt;
  return range;
}

std::optional<LexRange> parse_lex_range(Bytes min, Bytes max) {
  const std::optional<LexBound> low = parse_lex_bound(min);
  const std::optional<LexBound> high = parse_lex_bound(max);
  if (!low || !high) return std::nullopt;
  return LexRange{*low, *high};
}

}  // namespace sorrel
