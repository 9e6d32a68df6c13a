#include "core/value/list_cursor.h"

namespace sorrel {

ListCursor::ListCursor(const Collection& list, size_t index) {
  if (list.tag() == Collection::Tag::kPack) {
    const auto& pack = reinterpret_cast<const Pack&>(list);
    position_ = pack.at(index);
    if (position_ != pack.end()) pack_ = &pack;
    return;
  }
  block_ = static_cast<const ListTree&>(list).blocks().at(index);
  if (!block_) return;
  pack_ = block_->get();
  position_ = pack_->at(index - block_.offset());
}

void ListCursor::next_block() {
  pack_ = nullptr;
  if (!block_) return;
  block_.next();
  if (!block_) return;
  pack_ = block_->get();
  position_ = pack_->begin();
}

void ListCursor::previous_block() {
  pack_ = nullptr;
  if (!block_ || block_.offset() == 0) return;
  block_.previous();
  pack_ = block_->get();
  position_ = pack_->last();
}

}  // namespace sorrel
