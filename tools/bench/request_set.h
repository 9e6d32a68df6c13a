// RequestSet: requests encoded before the clock starts, back to back in one buffer.
//
// A client that wants n requests sends one stretch of the buffer as it is; nothing is formatted,
// copied or drawn at random while the server is being measured. Random keys come from the order in
// which the requests were written. Immutable once built; shared by both servers of a contest, so
// that both get the same bytes in the same order.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::bench {

class RequestSet {
 public:
  /// Appends one command.
  void add(std::initializer_list<std::string_view> words);
  void add(const std::vector<std::string_view>& words);
  /// Appends all of another set.
  void add(const RequestSet& more);

  uint64_t size() const { return ends_.size(); }
  /// The bytes of requests first .. first + count - 1; first + count <= size().
  std::string_view stretch(uint64_t first, uint64_t count) const;

 private:
  template <typename Words>
  void append(const Words& words);

  std::string bytes_;
  std::vector<uint64_t> ends_;
};

/// `prefix` and the number, zero-padded to `width` bytes in all: every key of a set is as long as
/// its neighbours, and the n-th key is the same in every set.
std::string numbered_key(std::string_view prefix, uint64_t number, size_t width);

}  // namespace sorrel::bench
