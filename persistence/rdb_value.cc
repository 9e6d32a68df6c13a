#include "persistence/rdb_value.h"

#include "core/value/stream.h"
#include "persistence/rdb_stream_extras.h"

namespace sorrel {

void RdbValue::reset() {
  if (collection_) collection_.drop(epoch_);
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

bool RdbValue::apply_stream_extra(Bytes name, Bytes value) {
  return type_ == Type::kStream && collection_ &&
         sorrel::apply_stream_extra(name, value, Stream::thaw(collection_, epoch_), epoch_);
}

void RdbValue::put(KeyWriter& writer, Expiry expiry) {
  if (type_ == Type::kString) {
    writer.put_string(text_, expiry);
  } else {
    writer.put_collection(type_, std::move(collection_));
    if (expiry.kind == Expiry::Kind::kAt) writer.set_expiry(expiry.at_ms);
  }
  reset();
}

}  // namespace sorrel
