// PackedTexts: the elements of the packed forms that old servers wrote, as texts: ziplists (Redis
// 2.2 to 6.2) and zipmaps (Redis 2.4).
//
//   ziplist  | bytes (4) | offset of the last entry (4) | entries (2) | entry … | 0xff |
//            entry: | size of the entry before (1, or 0xfe and 4) | encoding (1 to 5) | text |
//   zipmap   | fields (1) | size | field | size | slack (1) | value | unused … | 0xff |
//            size: 1 byte up to 253, or 0xfe and 4
//
// Readers take any bytes whatever and answer false when they are not well formed, to the last byte.
// The texts point into those bytes, or into this object where they were integers.
#pragma once

#include "core/base/bytes.h"
#include "core/base/number.h"

#include <cstdint>
#include <deque>
#include <vector>

namespace sorrel {

class PackedTexts {
 public:
  const std::vector<Bytes>& texts() const { return texts_; }
  void clear();
  void add(Bytes text) { texts_.push_back(text); }
  void add(int64_t integer) { texts_.push_back(integers_.emplace_back(integer).view()); }

  [[nodiscard]] bool read_ziplist(Bytes ziplist);
  [[nodiscard]] bool read_zipmap(Bytes zipmap);

 private:
  bool read_ziplist_entry(Bytes& left);

  std::vector<Bytes> texts_;
  std::deque<IntegerText> integers_;  // which stay where they are
};

}  // namespace sorrel
