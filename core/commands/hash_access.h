// What the commands on hashes have in common: the hash at a key, a field in a reply, a row.
#pragma once

#include "core/command/context.h"
#include "core/commands/element_reply.h"
#include "core/value/hash.h"

#include <optional>

namespace sorrel {

/// False when an error was answered; nothing in `hash` when the key is absent.
bool read_hash(Context& context, Bytes key, std::optional<HashReader>& hash);
/// The hash of a key that a command may change; nothing when it is absent. Of a key that was
/// require()d.
std::optional<HashReader> hash_of(Context& context, const KeyWriter& key);
/// The same, writable. An absent key is made: something must be set.
HashWriter edit_hash(Context& context, KeyWriter& key);

constexpr CommandSpec hash_row(Bytes name, Handler handler, int arity, uint32_t flags,
                               unsigned key_flags, Bytes since, Bytes summary, Bytes complexity,
                               Bytes syntax, Bytes tips = {}) {
  return {.name = name,
          .handler = handler,
          .arity = arity,
          .flags = flags,
          .categories = kCategoryHash,
          .keys = {key_at(1, key_flags)},
          .group = "hash",
          .since = since,
          .summary = summary,
          .complexity = complexity,
          .syntax = syntax,
          .tips = tips};
}

}  // namespace sorrel
