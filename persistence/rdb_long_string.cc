#include "persistence/rdb_long_string.h"

#include <algorithm>

namespace sorrel {

RdbLongString::RdbLongString(RdbInput& input, const RdbInput::StringHead& head)
    : input_(input), head_(head), left_(head.size), stored_(head.stored) {
  if (head.form == RdbInput::StringForm::kCompressed) expander_.emplace(kPieceBytes);
}

Bytes RdbLongString::next() {
  const size_t size = std::min<uint64_t>(left_, kPieceBytes);
  const Bytes piece = expander_ ? next_expanded(size) : next_plain(size);
  left_ -= size;
  return input_.ok() ? piece : Bytes();
}

Bytes RdbLongString::next_plain(size_t size) {
  const Bytes here = input_.some(size);
  if (here.size() == size) return here;
  buffer_.assign(here);
  while (buffer_.size() < size && input_.ok()) buffer_.append(input_.some(size - buffer_.size()));
  return buffer_;
}

Bytes RdbLongString::next_expanded(size_t size) {
  expander_->next();
  bool sound = expander_->expand(unread_);
  while (sound && !expander_->full() && gather()) sound = expander_->expand(unread_);
  const bool is_last = size == left_;
  const bool nothing_left = stored_ == 0 && unread_.empty() && expander_->ready() == size;
  if (!sound || expander_->ready() < size || (is_last && !nothing_left)) {
    input_.fail_at(head_.from, "a compressed string is damaged");
  }
  return expander_->piece();
}

// More than an item: what remains of the buffer is less. False when there is no more.
bool RdbLongString::gather() {
  if (stored_ == 0) return false;
  buffer_.erase(0, buffer_.size() - unread_.size());
  while (stored_ != 0 && buffer_.size() < kPieceBytes && input_.ok()) {
    const Bytes here = input_.some(std::min<uint64_t>(stored_, kPieceBytes - buffer_.size()));
    buffer_.append(here);
    stored_ -= here.size();
  }
  unread_ = buffer_;
  return input_.ok();
}

}  // namespace sorrel
