#include "core/base/crc16.h"

#include <catch2/catch.hpp>

using namespace sorrel;

TEST_CASE("CRC-16 has its check value", "[crc16]") {
  CHECK(crc16("123456789") == 0x31c3);
  CHECK(crc16("") == 0);
}

TEST_CASE("a key's slot is that of its hash tag", "[crc16]") {
  CHECK(key_slot("foo") == 12182);
  CHECK(key_slot("bar") == 5061);
  CHECK(key_slot("") == 0);
  CHECK(key_slot("{user1000}.following") == key_slot("user1000"));
  CHECK(key_slot("a{user1000}b{x}") == key_slot("user1000"));
  CHECK(key_slot("foo{}{bar}") == crc16("foo{}{bar}") % kSlots);
  CHECK(key_slot("foo{{bar}}zap") == key_slot("{bar"));
  CHECK(key_slot("foo{bar") == crc16("foo{bar") % kSlots);
  CHECK(key_slot("}foo{bar}") == key_slot("bar"));
}
