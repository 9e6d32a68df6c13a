#include "core/value/stream_id.h"

#include <charconv>
#include <system_error>

namespace sorrel {
namespace {

constexpr bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// As the C library's strtoull reads, where a canonical negative number is refused before: blanks,
/// zeros and a sign may stand in front, and -n counts back from 2^64.
std::optional<uint64_t> parse_part(Bytes text) {
  const auto plain = parse_integer(text);
  if (plain) return *plain < 0 ? std::nullopt : std::optional<uint64_t>(*plain);
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return negative ? 0 - value : value;
}

/// Redis reads C strings: a NUL ends one.
constexpr size_t kTextBytesMax = 127;
Bytes until_nul(Bytes text) {
  return text.substr(0, text.find('\0'));
}

}  // namespace

std::optional<StreamId> parse_stream_id(Bytes text, uint64_t missing_seq) {
  if (text.size() > kTextBytesMax) return std::nullopt;
  text = until_nul(text);
  const size_t dash = text.find('-');
  const auto ms = parse_part(text.substr(0, dash));
  if (!ms) return std::nullopt;
  if (dash == Bytes::npos) return StreamId{*ms, missing_seq};
  const auto seq = parse_part(text.substr(dash + 1));
  if (!seq) return std::nullopt;
  return StreamId{*ms, *seq};
}

std::optional<StreamId> parse_stream_id_or_end(Bytes text, uint64_t missing_seq) {
  const Bytes word = text.size() <= kTextBytesMax ? until_nul(text) : text;
  if (word == "-") return StreamId::min();
  if (word == "+") return StreamId::max();
  return parse_stream_id(text, missing_seq);
}

std::optional<StreamBound> parse_stream_bound(Bytes text, uint64_t missing_seq) {
  const bool exclusive = text.size() > 1 && text.front() == '(';
  const auto id = exclusive ? parse_stream_id(text.substr(1), missing_seq)
                            : parse_stream_id_or_end(text, missing_seq);
  if (!id) return std::nullopt;
  return StreamBound{*id, exclusive};
}

std::optional<StreamIdWish> parse_stream_id_wish(Bytes text) {
  if (text == "*") return StreamIdWish{};
  const bool next_of_ms = text.size() <= kTextBytesMax && until_nul(text).ends_with("-*");
  if (!next_of_ms) {
    const auto id = parse_stream_id(text, 0);
    if (!id) return std::nullopt;
    return StreamIdWish{StreamIdWish::Kind::kExactly, *id};
  }
  const Bytes word = until_nul(text);
  const Bytes ms = word.substr(0, word.size() - 2);
  const auto id = ms.find('-') == Bytes::npos ? parse_stream_id(ms, 0) : std::nullopt;
  if (!id) return std::nullopt;
  return StreamIdWish{StreamIdWish::Kind::kNextOfMs, *id};
}

std::optional<StreamId> make_stream_id(const StreamIdWish& wish, StreamId last, uint64_t now_ms) {
  switch (wish.kind) {
    case StreamIdWish::Kind::kExactly:
      return wish.id;
    case StreamIdWish::Kind::kNextOfMs: {
      if (last.ms != wish.id.ms) return wish.id;
      if (last.seq == UINT64_MAX) return std::nullopt;
      return StreamId{last.ms, last.seq + 1};
    }
    case StreamIdWish::Kind::kNext:
      break;
  }
  if (now_ms > last.ms) return StreamId{now_ms, 0};
  if (!last.increment()) return std::nullopt;
  return last;
}

}  // namespace sorrel
