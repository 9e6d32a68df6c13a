#include "core/base/crc16.h"

#include <array>

namespace sorrel {
namespace {

constexpr auto kTable = [] {
  std::array<uint16_t, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) {
    unsigned crc = byte << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
    table[byte] = static_cast<uint16_t>(crc);
  }
  return table;
}();

Bytes hashed_part(Bytes key) {
  const size_t open = key.find('{');
  if (open == Bytes::npos) return key;
  const size_t close = key.find('}', open + 1);
  if (close == Bytes::npos || close == open + 1) return key;
  return key.substr(open + 1, close - open - 1);
}

}  // namespace

uint16_t crc16(Bytes bytes) {
  unsigned crc = 0;
  for (const char c : bytes) {
    crc = (crc << 8 & 0xffff) ^ kTable[crc >> 8 ^ static_cast<unsigned char>(c)];
  }
  return static_cast<uint16_t>(crc);
}

uint16_t key_slot(Bytes key) {
  return crc16(hashed_part(key)) & (kSlots - 1);
}

}  // namespace sorrel
