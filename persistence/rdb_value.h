// RdbValue: a value that has been read and has no key yet: text of a string, short or in chunks, or
// a collection.
//
// It owns what it holds and frees it if nobody takes it, so that a reader which fails on the way
// leaves nothing behind. Belongs to the loop's thread, as all values do.
#pragma once

#include "core/base/bytes.h"
#include "core/keyspace/key_writer.h"
#include "core/structure/epoch.h"
#include "core/value/chunked_string.h"
#include "core/value/collection.h"
#include "core/value/value.h"
#include "core/value/value_context.h"

#include <cstdint>
#include <string>
#include <utility>

namespace sorrel {

class RdbValue {
 public:
  explicit RdbValue(Epoch& epoch) : epoch_(epoch) {}
  ~RdbValue() { reset(); }
  RdbValue(const RdbValue&) = delete;
  RdbValue& operator=(const RdbValue&) = delete;

  Type type() const { return type_; }
  /// Nothing has been read into it, or a collection without elements: there is no key to be made.
  bool empty() const { return type_ != Type::kString && !collection_; }

  /// The text of a string that isn't long, to be written.
  std::string& text() { return text_; }
  /// A string of more than kPlainStringMax bytes gets these at its end.
  void append(Bytes piece);
  /// Only when it isn't a string.
  Owned<Collection>& collection() { return collection_; }

  void become_string() { reset(); }
  /// Whatever `made` holds, a collection without elements included: that is dropped.
  void become(Type type, Owned<Collection>&& made);
  void reset();
  /// An aux field that tells more of it (rdb_stream_extras.h, rdb_stream_schedule.h,
  /// rdb_member_expiry.h); others are passed over. False: it is damaged, or of another type.
  [[nodiscard]] bool apply_extra(Bytes name, Bytes field, ValueContext& values);

  /// Makes it the writer's key's value. It is empty afterwards.
  void put(KeyWriter& writer, Expiry expiry);

 private:
  Epoch& epoch_;
  Type type_ = Type::kString;
  std::string text_;
  Owned<ChunkedString> chunks_;  // in place of the text
  Owned<Collection> collection_;
};

}  // namespace sorrel
