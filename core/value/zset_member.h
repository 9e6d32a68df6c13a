// ZsetMember: a member of a big sorted set with its score, in one heap block.
//
//   0       8      9
//   | score | size | text …                  size up to 254
//   | score | 255  | size (4) | text …       longer
//
// A member of 15 bytes takes 24. Owned by the table of its set (core/value/zset_tree.h); the slots
// of the set's tree point at it.
//
// Invariant: immutable. A change of the score puts a new member in the place of the old one, so
// that no snapshot, and no slot, ever looks at a member that moves.
#pragma once

#include "core/base/bytes.h"
#include "core/structure/epoch.h"
#include "core/structure/owned.h"
#include "core/value/kinds.h"

#include <cstdint>
#include <cstring>
#include <string_view>

namespace sorrel {

class ZsetMember {
 public:
  static Owned<ZsetMember> make(Epoch& epoch, Bytes text, double score) {
    void* block = epoch.heap().allocate(bytes_for(text.size()));
    return Owned<ZsetMember>::adopt(::new (block) ZsetMember(text, score), epoch);
  }

  double score() const { return score_; }
  Bytes text() const {
    const char* const after = reinterpret_cast<const char*>(this) + kShortHeaderBytes;
    if (size_ != kLong) [[likely]]
      return {after, size_};
    uint32_t size;
    std::memcpy(&size, after, sizeof size);
    return {after + sizeof size, size};
  }

  // The contracts of Table and of Owned<T>.
  std::string_view table_key() const { return text(); }
  static constexpr uint8_t kKind = kinds::kZsetMember;
  static size_t bytes(const ZsetMember& member) { return bytes_for(member.text().size()); }
  static ZsetMember* clone(const ZsetMember& from, Epoch& epoch) {
    const size_t size = bytes(from);
    return static_cast<ZsetMember*>(std::memcpy(epoch.heap().allocate(size), &from, size));
  }

 private:
  static constexpr uint8_t kLong = 255;
  static constexpr size_t kShortHeaderBytes = 9;

  static size_t bytes_for(size_t size) {
    return kShortHeaderBytes + (size < kLong ? 0 : sizeof(uint32_t)) + size;
  }
  ZsetMember(Bytes text, double score)
      : score_(score), size_(text.size() < kLong ? static_cast<uint8_t>(text.size()) : kLong) {
    char* at = reinterpret_cast<char*>(this) + kShortHeaderBytes;
    if (size_ == kLong) {
      const auto size = static_cast<uint32_t>(text.size());
      std::memcpy(at, &size, sizeof size);
      at += sizeof size;
    }
    text.copy(at, text.size());
  }

  double score_;
  uint8_t size_;
};

}  // namespace sorrel
