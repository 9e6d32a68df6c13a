// RequestParser: bytes from a client become requests; pure, incremental and bounded.
//
//   *3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n      a multibulk request
//   SET key "va\x6cue"\r\n                               an inline request, for people
//
// The caller owns the input buffer and shows all of it that isn't taken yet, from the same logical
// start, again and again as it grows. Arguments are views into that buffer, collected in a
// RequestBatch that connections share; only inline arguments with quotes get memory of their own.
// The parser itself is a connection's: it remembers by offset where it stands in an unfinished
// request, so no byte is looked at twice however the input is cut up.
//
//   input:   [ request | request | half a requ ]
//             ^ begin    ^        ^ consumed()  ^ as far as the parser has seen
//
// Contract with the caller:
//   1. next() or fill() adds requests to the batch. Their views live until the buffer moves.
//   2. When the requests are executed (or their arguments copied), take_consumed() says how many
//      bytes at the front are done with; the caller drops exactly these before it parses again.
//   3. A caller that stops in the middle of a batch (a client that blocks) calls rewind() with the
//      end of the last request it executed; the rest is parsed again later.
//   4. After kError the connection answers error() and closes.
//
// Departures from Redis: NUL is a byte like any other in an inline request (Redis never sees the
// end of such a line), and a line is too long when it exceeds the limit, whether or not its end has
// arrived (Redis looks only at what it happens to have read).
#pragma once

#include "core/base/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sorrel {

struct RequestLimits {
  size_t bulk_bytes_max = size_t{512} << 20;  // proto-max-bulk-len
  size_t line_bytes_max = 64 * 1024;          // an inline request, a header
  size_t arguments_max = INT32_MAX;
  /// A client that hasn't authenticated yet gets the small limits, and one request a batch, because
  /// that request may be the one that authenticates.
  bool authenticated = true;
  size_t unauthenticated_arguments_max = 10;
  size_t unauthenticated_bulk_bytes_max = 16 * 1024;
};

/// Parsed requests whose arguments are views: filled by parsers, executed, cleared, used again.
class RequestBatch {
 public:
  static constexpr size_t kRequestsMax = 64;
  /// After a giant request no more than this is kept.
  static constexpr size_t kKeptArgumentsMax = 4096;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == kRequestsMax; }

  std::span<const Bytes> operator[](size_t request) const {
    const size_t begin = request == 0 ? 0 : requests_[request - 1].arguments_end;
    return {arguments_.get() + begin, requests_[request].arguments_end - begin};
  }
  std::span<const Bytes> back() const { return (*this)[size_ - 1]; }
  /// Where in the input the request ends: the place to rewind() to after it.
  size_t input_end(size_t request) const { return requests_[request].input_end; }

  /// Forgets all requests.
  void clear();

 private:
  friend class RequestParser;

  struct Request {
    size_t arguments_end;
    size_t input_end;
  };

  /// Memory for `count` arguments of the next request.
  Bytes* room(size_t count) {
    if (capacity_ - arguments_size_ < count) [[unlikely]]
      grow(arguments_size_ + count);
    return arguments_.get() + arguments_size_;
  }
  void grow(size_t capacity_min);
  /// Puts a line's words into room(); how many, or nullopt when its quotes aren't balanced.
  std::optional<size_t> split_inline(Bytes line);
  void commit(size_t count, size_t input_end) {
    arguments_size_ += count;
    requests_[size_] = Request{arguments_size_, input_end};
    ++size_;
  }

  std::unique_ptr<Bytes[]> arguments_;
  size_t capacity_ = 0;
  size_t arguments_size_ = 0;  // of all requests
  size_t size_ = 0;            // requests
  std::array<Request, kRequestsMax> requests_;
  std::forward_list<std::string> unquoted_;  // arguments whose bytes aren't in the input
};

class RequestParser {
 public:
  enum class Outcome : uint8_t { kNeedMore, kRequest, kError };

  /// Adds the next request to the batch, which mustn't be full.
  Outcome next(Bytes input, const RequestLimits& limits, RequestBatch& batch);
  /// Adds requests until the batch is full or the input ends: kRequest if at least one was added. A
  /// protocol error behind good requests is reported by the next call.
  Outcome fill(Bytes input, const RequestLimits& limits, RequestBatch& batch);

  /// Bytes at the front of the input that belong to no unfinished request.
  size_t consumed() const { return begin_; }
  /// The same; from now on offsets count from there: the caller drops these bytes.
  size_t take_consumed();
  /// Forgets what was parsed behind `offset`, the end of a request since the last take_consumed().
  void rewind(size_t offset);

  /// How many more bytes than `input` the argument under way needs; 0 when that isn't known. A
  /// buffer that grows by this much at once needn't grow again for it.
  size_t bytes_wanted(Bytes input) const;
  /// After kError: the reply's text, "ERR Protocol error: …".
  const std::string& error() const { return error_; }
  size_t memory_bytes() const { return partial_.capacity() * sizeof(Extent); }

 private:
  // An argument of an unfinished request: offsets from the request's begin, because the buffer may
  // move before it is finished.
  struct Extent {
    size_t offset;
    size_t size;
  };
  enum class Line : uint8_t { kFound, kIncomplete, kTooLong };
  enum class Step : uint8_t { kGoOn, kNeedMore, kRequest, kError };

  bool at_start() const { return scanned_ == begin_; }
  size_t take_whole(Bytes input, const RequestLimits& limits, RequestBatch& batch,
                    size_t requests_max);
  Outcome resume(Bytes input, const RequestLimits& limits, RequestBatch& batch);
  Step first_line(Bytes input, const RequestLimits& limits, RequestBatch& batch);
  Step inline_request(Bytes line, RequestBatch& batch);
  Step multibulk_header(Bytes line, const RequestLimits& limits);
  Step argument(Bytes input, const RequestLimits& limits, RequestBatch& batch);
  Step bulk_header(Bytes line, const RequestLimits& limits);
  void finish(Bytes input, RequestBatch& batch);
  Line find_line(Bytes input, char end, size_t line_bytes_max, Bytes& line);
  Step fail(Bytes what);
  void start_at(size_t offset);

  static constexpr size_t kNoBulk = SIZE_MAX;

  size_t begin_ = 0;             // the unfinished request's first byte
  size_t cursor_ = 0;            // the line or the argument under way
  size_t scanned_ = 0;           // the line under way has no end before it
  size_t arguments_left_ = 0;    // 0: the request's first line is still to come
  size_t bulk_bytes_ = kNoBulk;  // the size of the argument under way, if its header was seen
  std::vector<Extent> partial_;
  std::string error_;
};

}  // namespace sorrel
