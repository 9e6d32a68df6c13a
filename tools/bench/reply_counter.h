// ReplyCounter: how many whole replies have come in over one connection, and nothing else.
//
// The load client lives on one core beside a server that it must outrun, so a reply is never built:
// the counter walks the bytes once, remembers where it stopped, and keeps the text of the first
// error. RESP2 only (the client never sends HELLO 3). A nested array needs no stack: every header
// `*n` adds n - 1 to what the current reply still owes, every other element takes one away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sorrel::bench {

class ReplyCounter {
 public:
  /// False when the bytes are not RESP2; the connection is then of no further use.
  [[nodiscard]] bool feed(std::string_view bytes);

  uint64_t replies() const { return replies_; }
  uint64_t errors() const { return errors_; }
  /// The first error reply without its '-', cut at kErrorTextBytesMax; empty when there was none.
  const std::string& first_error() const { return first_error_; }

 private:
  enum class State : uint8_t { kType, kLine, kErrorLine, kLength, kBody };
  static constexpr size_t kErrorTextBytesMax = 200;

  [[nodiscard]] bool open_element(char type);
  void close_length();
  void close_element();

  State state_ = State::kType;
  char type_ = 0;
  bool negative_ = false;
  int64_t length_ = 0;  // being read in kLength, left to skip in kBody
  uint64_t owed_ = 0;   // elements still owed to the current top-level reply
  uint64_t replies_ = 0;
  uint64_t errors_ = 0;
  std::string first_error_;
};

}  // namespace sorrel::bench
