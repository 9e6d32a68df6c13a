#include "core/commands/stream_nodes.h"

#include <algorithm>
#include <bit>
#include <vector>

namespace sorrel {
namespace {

constexpr unsigned kKeyBytes = 16;

/// Leading bytes that two IDs, as 16 bytes of big-endian, have in common. They differ.
unsigned common_bytes(StreamId a, StreamId b) {
  const auto leading = [](uint64_t difference) {
    return static_cast<unsigned>(std::countl_zero(difference)) / 8;
  };
  return a.ms != b.ms ? leading(a.ms ^ b.ms) : 8 + leading(a.seq ^ b.seq);
}

/// Keys come in order. A node for each key; one for each place where keys part; and one for each
/// run of bytes, however long, that leads from such a place to the next, or to a key.
class RadixCount {
 public:
  void add(StreamId key) {
    if (keys_++ != 0) part(common_bytes(last_, key));
    last_ = key;
  }
  size_t finish() {
    if (keys_ == 0) return 1;  // the root
    if (keys_ == 1) return 2;
    leave_key(shared_);
    while (!parts_.empty()) close(0, parts_.size() == 1);
    return nodes_;
  }

 private:
  void part(unsigned shared) {
    leave_key(keys_ == 2 ? shared : std::max(shared_, shared));
    while (!parts_.empty() && parts_.back() > shared) close(shared, false);
    if (parts_.empty() || parts_.back() < shared) parts_.push_back(shared);
    shared_ = shared;
  }
  /// The key before, of which so many bytes were shared with a neighbour.
  void leave_key(unsigned shared) { nodes_ += shared + 1 < kKeyBytes ? 2 : 1; }
  /// The deepest place where keys part has got all its keys.
  void close(unsigned shared, bool is_first) {
    const unsigned depth = parts_.back();
    parts_.pop_back();
    const unsigned above = parts_.empty() ? shared : std::max(parts_.back(), shared);
    const bool has_run = is_first ? depth != 0 : depth > above + 1;
    nodes_ += has_run ? 2 : 1;
  }

  size_t keys_ = 0;
  size_t nodes_ = 0;
  StreamId last_;
  unsigned shared_ = 0;
  std::vector<unsigned> parts_;  // depths, on the way to the last key
};

}  // namespace

size_t count_radix_nodes(const Stream& stream) {
  RadixCount count;
  size_t counted = 0;
  auto at = stream.blocks().begin();
  for (; at && counted < kCountedBlocksMax; at.next(), ++counted) count.add(at->first);
  const size_t nodes = count.finish();
  return at ? nodes * stream.blocks().slots() / counted : nodes;
}

}  // namespace sorrel
