#include "core/base/crc64.h"

#include "core/base/random.h"

#include <catch2/catch.hpp>
#include <string>

using namespace sorrel;

TEST_CASE("CRC-64 has its check value and can be continued anywhere", "[crc64]") {
  CHECK(crc64(0, "123456789") == 0xe9c6d914c4b8d9ca);
  CHECK(crc64(0, "") == 0);
  Random random(4);
  std::string text(1000, '\0');
  for (char& c : text) c = static_cast<char>(random.next());
  uint64_t byte_by_byte = 0;
  for (const char& c : text) byte_by_byte = crc64(byte_by_byte, Bytes(&c, 1));
  CHECK(crc64(0, text) == byte_by_byte);
  for (size_t cut = 0; cut < text.size(); cut += 7) {
    CHECK(crc64(crc64(0, text.substr(0, cut)), text.substr(cut)) == byte_by_byte);
  }
}

TEST_CASE("CRC-64 is the same by either way, for any length and beginning", "[crc64]") {
  Random random(5);
  std::string text(2000, '\0');
  for (char& c : text) c = static_cast<char>(random.next());
  for (size_t size = 0; size < 700; ++size) {
    const uint64_t begun = random.next();
    const Bytes bytes = Bytes(text).substr(size % 17, size);
    if (crc64(begun, bytes) != crc64_by_tables(begun, bytes)) FAIL("length " << size);
  }
  CHECK(crc64(7, text) == crc64_by_tables(7, text));
}
