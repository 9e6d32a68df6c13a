// How much XREAD and XREADGROUP give: COUNT of each stream, MAXCOUNT and MAXSIZE of all together.
#pragma once

#include "core/command/arguments.h"

#include <cstdint>
#include <optional>

namespace sorrel {

struct StreamReadBounds {
  uint64_t count = UINT64_MAX;      // of each stream
  uint64_t max_count = UINT64_MAX;  // of all together
  uint64_t max_bytes = UINT64_MAX;  // of the reply; the entry that reaches it is the last one

  /// Takes one of the options, if one stands there; `fault` is the error's text, if it is wrong.
  bool take(Arguments& arguments, Bytes& fault) {
    Bytes text;
    if (arguments.take("COUNT", text)) {
      const std::optional<int64_t> number = parse_integer(text);
      if (!number) fault = errors::kNotAnInteger;
      count = number && *number > 0 ? static_cast<uint64_t>(*number) : UINT64_MAX;
    } else if (arguments.take("MAXCOUNT", text)) {
      if (!parse_positive(text, max_count)) fault = "ERR MAXCOUNT must be a positive integer";
    } else if (arguments.take("MAXSIZE", text)) {
      if (!parse_positive(text, max_bytes)) fault = "ERR MAXSIZE must be a positive integer";
    } else {
      return false;
    }
    return true;
  }
  /// Behind all options: the error's text; empty when all is well.
  Bytes fault() const {
    if (count == UINT64_MAX || count <= max_count) return {};
    return "ERR MAXCOUNT must be greater than or equal to COUNT";
  }

 private:
  static bool parse_positive(Bytes text, uint64_t& out) {
    const std::optional<int64_t> number = parse_integer(text);
    if (!number || *number <= 0) return false;
    out = static_cast<uint64_t>(*number);
    return true;
  }
};

}  // namespace sorrel
