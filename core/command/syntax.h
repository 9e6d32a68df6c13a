// Syntax: a command's arguments as a tree, parsed from the notation of its row.
//
// The notation is the one of the documentation pages:
//   UPPER            a token, written as it is           (pure-token)
//   lower            an argument by its name
//   TOKEN name       an argument announced by a token
//   a | b            one of them                         (oneof, named after its first word)
//   ( … )            holds alternatives together
//   [ … ]            may be left out                     (optional)
//   [ … ...]         and may be given again              (optional, multiple)
//   x [x ...]        one or more of x                    (multiple)
// An argument's type follows from its name, or stands behind it: `timeout:double`. Rows are ours,
// so a notation that doesn't parse is a programmer's failure (VERIFY).
#pragma once

#include "core/base/bytes.h"

#include <string>
#include <vector>

namespace sorrel {

struct SyntaxNode {
  enum class Kind : uint8_t { kArgument, kToken, kOneOf, kBlock };

  Kind kind = Kind::kArgument;
  std::string name;
  std::string written_type;  // of an argument; empty when its name tells
  std::string token;         // announces an argument, or is one
  bool optional = false;
  bool multiple = false;
  std::vector<SyntaxNode> children;

  /// "key", "integer", "double", "pattern", "unix-time", "string", "pure-token", "oneof", "block".
  Bytes type() const;
};

std::vector<SyntaxNode> parse_syntax(Bytes notation);

}  // namespace sorrel
