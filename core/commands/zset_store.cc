#include "core/commands/zset_store.h"

#include "core/structure/drop_on_throw.h"

#include <algorithm>

namespace sorrel {

void store_zset(Context& context, Bytes key_name, ZsetBuilder& result, Bytes event) {
  const auto members = static_cast<int64_t>(result.size());
  Owned<Collection> made = result.finish();
  const DropOnThrow guard(made, context.db().epoch());
  KeyWriter key = context.write(key_name);
  if (made) {
    key.put_collection(Type::kZset, std::move(made));
    key.notify(kEventZset, event);
  } else if (key.erase()) {
    key.notify(kEventGeneric, "del");
  }
  context.reply.integer(members);
}

RankRange indexes_to_ranks(int64_t start, int64_t stop, uint64_t size) {
  const auto count = static_cast<int64_t>(size);
  if (start < 0) start = std::max<int64_t>(start + count, 0);
  if (stop < 0) stop += count;
  stop = std::min(stop, count - 1);
  if (start > stop) return {};
  return {static_cast<uint64_t>(start), static_cast<uint64_t>(stop) + 1};
}

}  // namespace sorrel
