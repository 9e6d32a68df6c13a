#include "core/base/lzf.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace sorrel {
namespace {

constexpr size_t kLiteralsMax = 32;
constexpr size_t kDistanceMax = 1 << 13;
constexpr size_t kMatchMin = 3;
constexpr size_t kMatchMax = 264;
constexpr unsigned kHashBitsMax = 14;
/// Up to here a loop costs less than calls.
constexpr size_t kShortCopyMax = 16;

class Compressor {
 public:
  // A short input gets a short history: clearing it is most of its cost.
  Compressor(Bytes input, char* output, size_t capacity)
      : begin_(input.data()),
        end_(begin_ + input.size()),
        out_begin_(output),
        out_(output),
        out_end_(output + capacity),
        hash_bits_(std::min<unsigned>(std::bit_width(input.size()) + 2, kHashBitsMax)) {
    std::fill_n(history_.begin(), size_t{1} << hash_bits_, 0);
  }

  size_t run() {
    const char* at = begin_;
    const char* literals = at;
    while (end_ - at >= static_cast<ptrdiff_t>(kMatchMin)) {
      const char* const match = find(at);
      if (match == nullptr) {
        ++at;
        continue;
      }
      const size_t length = match_length(match, at);
      if (!put_literals(literals, at) || !put_copy(length, static_cast<size_t>(at - match))) {
        return 0;
      }
      remember(at + 1, at + length);
      at += length;
      literals = at;
    }
    return put_literals(literals, end_) ? static_cast<size_t>(out_ - out_begin_) : 0;
  }

 private:
  // Where three bytes were seen last. Not every place is remembered, and two triples may share a
  // slot; since every candidate is compared, that only costs a match.
  uint32_t& last_seen(const char* at) {
    uint32_t three = 0;
    std::memcpy(&three, at, 3);
    return history_[three * 2654435761u >> (32 - hash_bits_)];
  }

  const char* find(const char* at) {
    uint32_t& slot = last_seen(at);
    const auto here = static_cast<uint32_t>(at - begin_);
    const uint32_t distance = here - slot;
    slot = here;
    if (distance == 0 || distance > kDistanceMax || distance > static_cast<size_t>(at - begin_)) {
      return nullptr;
    }
    return std::memcmp(at - distance, at, kMatchMin) == 0 ? at - distance : nullptr;
  }

  size_t match_length(const char* match, const char* at) const {
    const size_t most = std::min(kMatchMax, static_cast<size_t>(end_ - at));
    size_t length = kMatchMin;
    while (length < most && match[length] == at[length]) ++length;
    return length;
  }

  // Two places inside a copied run are enough to find it again.
  void remember(const char* from, const char* to) {
    if (end_ - to < static_cast<ptrdiff_t>(kMatchMin)) return;
    for (const char* at = std::max(from, to - 2); at < to; ++at) {
      last_seen(at) = static_cast<uint32_t>(at - begin_);
    }
  }

  bool put_literals(const char* from, const char* to) {
    while (from < to) {
      const size_t count = std::min(kLiteralsMax, static_cast<size_t>(to - from));
      if (static_cast<size_t>(out_end_ - out_) < count + 1) return false;
      *out_++ = static_cast<char>(count - 1);
      std::memcpy(out_, from, count);
      out_ += count;
      from += count;
    }
    return true;
  }

  bool put_copy(size_t length, size_t distance) {
    if (out_end_ - out_ < 3) return false;
    const size_t offset = distance - 1;
    const size_t coded = length - 2;
    *out_++ = static_cast<char>(std::min<size_t>(coded, 7) << 5 | offset >> 8);
    if (coded >= 7) *out_++ = static_cast<char>(coded - 7);
    *out_++ = static_cast<char>(offset & 0xff);
    return true;
  }

  const char* begin_;
  const char* end_;
  char* out_begin_;
  char* out_;
  char* out_end_;
  unsigned hash_bits_;
  std::array<uint32_t, 1 << kHashBitsMax> history_;
};

size_t item_bytes(unsigned control) {
  if (control < kLiteralsMax) return control + 2u;
  return control >> 5 == 7 ? 3 : 2;
}

/// Twice as much each time, where it overlaps itself; of a short copy, a byte.
void copy_back(size_t distance, size_t length, char*& out) {
  if (length <= kShortCopyMax) {
    for (const char* from = out - distance; length != 0; --length) *out++ = *from++;
    return;
  }
  for (; length > distance; distance *= 2) {
    std::memcpy(out, out - distance, distance);
    out += distance;
    length -= distance;
  }
  std::memcpy(out, out - distance, length);
  out += length;
}

/// The whole item at `at`, behind what stands from `begin` to `out`. False: it reaches back beyond
/// that, or is too long.
bool expand_item(const char* at, const char* begin, char*& out, const char* out_end) {
  const auto control = static_cast<unsigned char>(*at++);
  const auto room = static_cast<size_t>(out_end - out);
  if (control < kLiteralsMax) {
    const size_t count = size_t{control} + 1;
    if (count > room) return false;
    std::memcpy(out, at, count);
    out += count;
    return true;
  }
  size_t length = (control >> 5) + 2u;
  if (control >> 5 == 7) length += static_cast<unsigned char>(*at++);
  const size_t distance = ((control & 0x1fu) << 8 | static_cast<unsigned char>(*at)) + 1;
  if (distance > static_cast<size_t>(out - begin) || length > room) return false;
  copy_back(distance, length, out);
  return true;
}

/// Whole items, until `enough`.
bool expand_items(Bytes& input, const char* begin, char*& out, const char* enough,
                  const char* out_end) {
  while (out < enough && !input.empty()) {
    const size_t bytes = item_bytes(static_cast<unsigned char>(input.front()));
    if (bytes > input.size()) return true;
    if (!expand_item(input.data(), begin, out, out_end)) return false;
    input.remove_prefix(bytes);
  }
  return true;
}

}  // namespace

size_t lzf_compress(Bytes input, char* output, size_t capacity) {
  return Compressor(input, output, capacity).run();
}

bool lzf_decompress(Bytes input, char* output, size_t size) {
  char* out = output;
  char* const end = output + size;
  return expand_items(input, output, out, end, end) && input.empty() && out == end;
}

LzfExpander::LzfExpander(size_t piece_bytes)
    : piece_bytes_(piece_bytes),
      buffer_(new char[kDistanceMax + piece_bytes + kMatchMax]),
      begin_(buffer_.get()),
      end_(begin_) {}

bool LzfExpander::expand(Bytes& input) {
  const char* const enough = begin_ + piece_bytes_;
  return expand_items(input, buffer_.get(), end_, enough, enough + kMatchMax);
}

void LzfExpander::next() {
  begin_ += piece().size();
  const auto before = static_cast<size_t>(begin_ - buffer_.get());
  if (before <= kDistanceMax) return;
  const size_t forgotten = before - kDistanceMax;
  const auto kept = static_cast<size_t>(end_ - buffer_.get()) - forgotten;
  std::memmove(buffer_.get(), buffer_.get() + forgotten, kept);
  begin_ -= forgotten;
  end_ -= forgotten;
}

}  // namespace sorrel
