// The options of XADD and XTRIM that say how far a stream is to be cut down.
#pragma once

#include "core/command/arguments.h"
#include "core/value/stream.h"

#include <optional>
#include <vector>

namespace sorrel {

/// KEEPREF, DELREF or ACKED, if one of them stands there.
std::optional<StreamReferences> take_references(Arguments& arguments);
class TrimOptions {
 public:
  enum class Read : uint8_t { kTaken, kNotMine, kFailed };
  /// Takes one option, if one of these stands there. kFailed: the error was answered.
  Read read(Context& context, Arguments& arguments);
  /// After all options: whether they go together, and say how far if they must; or the error was
  /// answered.
  bool settle(Context& context, bool must_trim);

  bool asked() const { return trim_.kind != StreamTrim::Kind::kNone; }
  const StreamTrim& trim() const { return trim_; }
  /// The words by which the journal says the same, when entries have gone and this many are left:
  /// their bytes belong to `left`.
  std::vector<Bytes> effective(const IntegerText& left) const;

 private:
  bool read_threshold(Context& context, Arguments& arguments, StreamTrim::Kind kind);
  bool read_limit(Context& context, Bytes text);

  StreamTrim trim_;
  std::optional<uint64_t> limit_;
  bool references_given_ = false;
};

}  // namespace sorrel
