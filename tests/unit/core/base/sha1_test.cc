#include "core/base/sha1.h"

#include <catch2/catch.hpp>
#include <string>

using namespace sorrel;

TEST_CASE("SHA-1 agrees with the standard's examples", "[sha1]") {
  CHECK(sha1_hex("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  CHECK(sha1_hex("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(sha1_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  CHECK(sha1_hex(std::string(1'000'000, 'a')) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST_CASE("SHA-1 doesn't care how its input is cut", "[sha1]") {
  for (size_t size = 0; size < 200; ++size) {
    const std::string text(size, 'x');
    const auto whole = sha1(text);
    for (size_t cut = 0; cut <= size; cut += 9) {
      CHECK(Sha1().update(text.substr(0, cut)).update(text.substr(cut)).finish() == whole);
    }
  }
}
