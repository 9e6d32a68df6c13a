// "IDS numids id [id ...]": the entries that a command names.
#pragma once

#include "core/command/arguments.h"
#include "core/value/stream_id.h"

#include <optional>
#include <vector>

namespace sorrel {

/// `arguments` stands behind the word IDS. The error's text; empty when all is well.
inline Bytes parse_id_block(Arguments& arguments, std::vector<StreamId>& ids) {
  if (arguments.done()) return errors::kSyntax;
  const std::optional<int64_t> count = parse_integer(arguments.next());
  if (!count || *count < 1) return "ERR Number of IDs must be a positive integer";
  if (static_cast<uint64_t>(*count) > arguments.left()) {
    return "ERR The `numids` parameter must match the number of arguments";
  }
  ids.clear();
  for (const Bytes text : arguments.next(static_cast<size_t>(*count))) {
    const std::optional<StreamId> id = parse_stream_id(text, 0);
    if (!id) return errors::kStreamId;
    ids.push_back(*id);
  }
  return {};
}

}  // namespace sorrel
