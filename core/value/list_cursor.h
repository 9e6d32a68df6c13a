// ListCursor: where one is in a list, whatever its encoding, for reading.
//
//   for (ListCursor at(list, 0); at; at.next()) reply(at.get());
//
// Good until the list's next change. In a list that a snapshot froze, any thread may use one while
// the snapshot lives.
#pragma once

#include "core/structure/pack.h"
#include "core/value/list_tree.h"

#include <cstddef>
#include <vector>

namespace sorrel {

class ListCursor {
 public:
  /// At element number `index`; false when there are not so many.
  ListCursor(const Collection& list, size_t index);

  explicit operator bool() const { return pack_ != nullptr; }
  PackElement get() const { return pack_->get(position_); }
  /// To the next element; from the last to none.
  void next() {
    position_ = pack_->next(position_);
    if (position_ == pack_->end()) next_block();
  }
  /// To the element before; from the first to none.
  void previous() {
    if (position_ == pack_->begin()) return previous_block();
    position_ = pack_->previous(position_);
  }

 private:
  void next_block();
  void previous_block();

  const Pack* pack_ = nullptr;
  Pack::Position position_ = Pack::kNone;
  ListTree::Blocks::Cursor block_;  // set only in a tree
};

}  // namespace sorrel
