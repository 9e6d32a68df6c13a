// What the files of list commands share: the word for an end, an index counted from either end,
// elements taken and answered.
#pragma once

#include "core/command/context.h"
#include "core/commands/element_reply.h"
#include "core/value/list.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace sorrel {

inline std::optional<ListEnd> parse_list_end(Bytes word) {
  if (equals_ignore_case(word, "LEFT")) return ListEnd::kHead;
  if (equals_ignore_case(word, "RIGHT")) return ListEnd::kTail;
  return std::nullopt;
}

/// -1 is the last element, -2 the one before. Negative when it is before the first.
inline int64_t from_head(int64_t index, size_t size) {
  return index < 0 ? index + static_cast<int64_t>(size) : index;
}

/// True, or the error for one that no list can hold was answered.
inline bool check_list_elements(Context& context, std::span<const Bytes> elements) {
  for (const Bytes element : elements) {
    if (element.size() <= List::kElementBytesMax) continue;
    context.error("ERR Element too large");
    return false;
  }
  return true;
}

/// `count` elements at one end, the outermost first. There are so many.
inline void reply_elements(Context& context, const Collection& list, ListEnd end, size_t count) {
  context.reply.array(count);
  const bool head = end == ListEnd::kHead;
  ListCursor at(list, head ? 0 : List::size(list) - 1);
  for (; count != 0; --count) {
    reply_element(context, at.get());
    head ? at.next() : at.previous();
  }
}

/// Takes `count` elements from one end of the writer's list; there are so many.
inline void take_elements(KeyWriter& key, ListEnd end, size_t count) {
  Owned<Collection>& list = key.edit(Type::kList);
  const size_t first = end == ListEnd::kHead ? 0 : List::size(*list) - count;
  List::erase(list, first, count, key.values());
}

inline Bytes pop_event(ListEnd end) {
  return end == ListEnd::kHead ? "lpop" : "rpop";
}
inline Bytes push_event(ListEnd end) {
  return end == ListEnd::kHead ? "lpush" : "rpush";
}

}  // namespace sorrel
