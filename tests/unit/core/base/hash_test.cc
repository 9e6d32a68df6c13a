#include "core/base/hash.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

using namespace sorrel;

// Seeds are drawn at random; neighbours would be too much alike for keys of three bytes.
constexpr uint64_t kSeed = 0x9e3779b97f4a7c15;
constexpr uint64_t kOther = 0xbf58476d1ce4e5b9;

TEST_CASE("the hash depends on every byte, on the length and on the seed", "[hash]") {
  for (size_t size : {1u, 3u, 8u, 16u, 17u, 100u, 128u, 200u, 1000u}) {
    std::string text(size, 'k');
    std::set<uint64_t> seen{hash_bytes(text, kSeed), hash_bytes(text, kOther),
                            hash_bytes(text + "k", kSeed)};
    for (char& c : text) {
      c = 'j';
      seen.insert(hash_bytes(text, kSeed));
      c = 'k';
    }
    CHECK(seen.size() == 3 + size);
    CHECK(hash_bytes(text, kSeed) == hash_bytes(std::string(text), kSeed));
  }
  CHECK(hash_bytes("", kSeed) != hash_bytes("", kOther));
}
