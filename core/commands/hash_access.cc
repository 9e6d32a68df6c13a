#include "core/commands/hash_access.h"

namespace sorrel {

bool read_hash(Context& context, Bytes key, std::optional<HashReader>& hash) {
  const Entry* entry;
  if (!context.read(key, Type::kHash, entry)) return false;
  if (entry != nullptr) {
    hash.emplace(*entry->collection(), context.db().values(), context.books().expired_until_ms);
  }
  return true;
}

std::optional<HashReader> hash_of(Context& context, const KeyWriter& key) {
  if (!key.exists()) return std::nullopt;
  return HashReader(*key.entry()->collection(), context.db().values(),
                    context.books().expired_until_ms);
}

HashWriter edit_hash(Context& context, KeyWriter& key) {
  return HashWriter(key.edit(Type::kHash), key.values(), context.books().expired_until_ms);
}

}  // namespace sorrel
