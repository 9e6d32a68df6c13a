// The keys of a call, from the command's key specifications.
#pragma once

#include "core/command/spec.h"

#include <optional>
#include <span>
#include <vector>

namespace sorrel {

struct KeyReference {
  size_t index;    // argument number
  uint16_t flags;  // KeyFlag
};

/// Nothing when the arguments don't hold what a specification looks for (a count that is no number,
/// or runs past the end).
std::optional<std::vector<KeyReference>> keys_of(const CommandSpec& spec,
                                                 std::span<const Bytes> args);

size_t key_spec_count(const CommandSpec& spec);

/// First key, last key and step as COMMAND INFO has told them since before key specifications:
/// zeros when the keys don't lie so.
struct KeyRange {
  int first = 0;
  int last = 0;
  int step = 0;
};
KeyRange legacy_range(const CommandSpec& spec);

}  // namespace sorrel
