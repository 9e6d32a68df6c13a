#include "core/base/crc64.h"

#include "core/base/crc64_fold.h"

#include <array>
#include <bit>
#include <cstring>

namespace sorrel {
namespace {

static_assert(std::endian::native == std::endian::little, "crc64 loads eight bytes at a time");

// kTables[k][b]: what byte b contributes when k bytes follow it.
constexpr auto kTables = [] {
  constexpr uint64_t kReflected = 0x95ac9329ac4bc9b5;
  std::array<std::array<uint64_t, 256>, 8> tables{};
  for (uint64_t byte = 0; byte < 256; ++byte) {
    uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? (crc >> 1) ^ kReflected : crc >> 1;
    tables[0][byte] = crc;
  }
  for (size_t k = 1; k < tables.size(); ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint64_t crc = tables[k - 1][byte];
      tables[k][byte] = (crc >> 8) ^ tables[0][crc & 0xff];
    }
  }
  return tables;
}();

uint64_t add_byte(uint64_t crc, char c) {
  return (crc >> 8) ^ kTables[0][(crc ^ static_cast<unsigned char>(c)) & 0xff];
}

}  // namespace

uint64_t crc64_by_tables(uint64_t crc, Bytes bytes) {
  while (bytes.size() >= 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data(), sizeof word);
    word ^= crc;
    crc = kTables[7][word & 0xff] ^ kTables[6][word >> 8 & 0xff] ^ kTables[5][word >> 16 & 0xff] ^
          kTables[4][word >> 24 & 0xff] ^ kTables[3][word >> 32 & 0xff] ^
          kTables[2][word >> 40 & 0xff] ^ kTables[1][word >> 48 & 0xff] ^ kTables[0][word >> 56];
    bytes.remove_prefix(8);
  }
  for (const char c : bytes) crc = add_byte(crc, c);
  return crc;
}

uint64_t crc64(uint64_t crc, Bytes bytes) {
  if (bytes.size() < crc64_fold::kBytesMin || !crc64_fold::available()) {
    return crc64_by_tables(crc, bytes);
  }
  const size_t folded = bytes.size() - bytes.size() % crc64_fold::kStepBytes;
  const std::array<char, 16> rest = crc64_fold::fold(crc, bytes.substr(0, folded));
  return crc64_by_tables(crc64_by_tables(0, Bytes(rest.data(), rest.size())), bytes.substr(folded));
}

}  // namespace sorrel
