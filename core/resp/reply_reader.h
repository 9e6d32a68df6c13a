// ReplyReader: bytes become Replies; pure, incremental and bounded. The other side of ReplyWriter,
// for in-process clients, tests and tools.
//
// Like the RequestParser it is shown the caller's whole input again as that grows, remembers by
// offset where it stands and looks at no byte twice. Nested replies are kept on a stack of its own,
// never on the machine's.
//
// It reads what servers send and no more: the streamed strings and aggregates that RESP3 sketches
// are errors.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/resp/reply.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sorrel {

struct ReplyLimits {
  size_t depth_max = 128;                     // aggregates in aggregates
  size_t text_bytes_max = size_t{512} << 20;  // a string or a line
  size_t nodes_max = size_t{1} << 28;         // of one reply
};

class ReplyReader {
 public:
  enum class Outcome : uint8_t { kNeedMore, kReply, kError };

  explicit ReplyReader(ReplyLimits limits = {}) : limits_(limits) {}

  /// Reads bytes that are exactly one reply, which takes them over.
  static Result<Reply> read_whole(std::string bytes, ReplyLimits limits = {});

  /// Reads the next reply; after kReply, take() it before the next call. After kError there is
  /// nothing more to read.
  Outcome next(Bytes input);
  /// The reply that was read, with its own copy of its bytes; `input` as it was given to next().
  Reply take(Bytes input);

  /// The same of an input that ends with this reply, which takes the bytes over.
  Reply take_last(std::string input);

  /// Bytes at the front of the input that belong to no unfinished reply.
  size_t consumed() const { return begin_; }
  /// The same; the caller drops them before it calls next() again.
  size_t take_consumed();
  const std::string& error() const { return error_; }
  /// After kReply: where in the input the reply ends.
  size_t reply_end() const { return end_; }

 private:
  struct Frame {
    ReplyType type;
    size_t left;   // children still to come
    size_t first;  // the first child among the pending nodes
  };
  enum class Step : uint8_t { kGoOn, kNeedMore, kReply, kError };

  Step element(Bytes input);
  Step read_line(Bytes input, Bytes& line);
  Step scalar(char type, Bytes line);
  Step sized(char type, Bytes line);
  Step text_body(Bytes input);
  Step aggregate(ReplyType type, size_t children);
  Step add(ReplyNode node);
  Step fail(const char* what);

  ReplyLimits limits_;
  size_t begin_ = 0;               // the unfinished reply's first byte
  size_t cursor_ = 0;              // the line or the text under way
  size_t scanned_ = 0;             // the line under way has no end before it
  std::optional<ReplyNode> body_;  // a text whose header was read
  std::vector<Frame> frames_;
  std::vector<ReplyNode> pending_;  // children of open aggregates
  std::vector<ReplyNode> nodes_;    // finished
  size_t end_ = 0;                  // of the finished reply
  std::string error_;
};

}  // namespace sorrel
