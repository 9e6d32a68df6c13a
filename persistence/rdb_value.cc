#include "persistence/rdb_value.h"

#include "core/value/stream.h"
#include "persistence/rdb_member_expiry.h"
#include "persistence/rdb_stream_extras.h"
#include "persistence/rdb_stream_schedule.h"

namespace sorrel {

void RdbValue::reset() {
  if (collection_) collection_.drop(epoch_);
  if (chunks_) chunks_.drop(epoch_);
  type_ = Type::kString;
  text_.clear();
}

void RdbValue::become(Type type, Owned<Collection>&& made) {
  reset();
  type_ = type;
  collection_ = std::move(made);
  // So that it can be dropped again.
  if (epoch_.frozen()) epoch_.reserve();
  // A stream is there with nothing in it.
  if (type == Type::kStream || !collection_ || collection_->size(type) != 0) return;
  collection_.drop(epoch_);
}

void RdbValue::append(Bytes piece) {
  // So that it can be dropped again.
  if (epoch_.frozen()) epoch_.reserve();
  if (chunks_) {
    const size_t size = chunks_->size();
    chunks_.thaw(epoch_).write(size + piece.size(), size, piece, epoch_);
  } else {
    chunks_ = ChunkedString::make(epoch_, piece, piece.size());
  }
}

bool RdbValue::apply_extra(Bytes name, Bytes field, ValueContext& values) {
  if (name == kMemberExpiryAux) {
    return type_ == Type::kSet && collection_ && MemberExpiries(field).apply(&collection_, values);
  }
  const bool schedules = is_stream_schedule(name);
  if (!schedules && !is_stream_extra(name)) return true;
  if (type_ != Type::kStream || !collection_) return false;
  Stream& stream = Stream::thaw(collection_, epoch_);
  if (!schedules) return apply_stream_extra(name, field, stream, epoch_);
  return apply_stream_schedule(name, stream_schedule_words(field), stream, epoch_);
}

void RdbValue::put(KeyWriter& writer, Expiry expiry) {
  if (chunks_) {
    writer.put_chunks(std::move(chunks_), expiry);
  } else if (type_ == Type::kString) {
    writer.put_string(text_, expiry);
  } else {
    writer.put_collection(type_, std::move(collection_));
    if (expiry.kind == Expiry::Kind::kAt) writer.set_expiry(expiry.at_ms);
  }
  reset();
}

}  // namespace sorrel
