#include "core/value/bits.h"

#include "core/base/random.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace sorrel;

namespace {

// The model: one bit at a time.

uint64_t count_slowly(Bytes bytes, BitSpan span) {
  uint64_t count = 0;
  for (uint64_t i = span.first; i <= span.last; ++i) count += bit_at(bytes, i);
  return count;
}

std::optional<uint64_t> find_slowly(Bytes bytes, bool value, BitSpan span) {
  for (uint64_t i = span.first; i <= span.last; ++i) {
    if (bit_at(bytes, i) == value) return i;
  }
  return std::nullopt;
}

bool combined(BitOperation operation, const std::vector<bool>& bits) {
  size_t others = 0;
  for (size_t i = 1; i < bits.size(); ++i) others += bits[i];
  const size_t all = others + bits[0];
  switch (operation) {
    case BitOperation::kAnd:
      return all == bits.size();
    case BitOperation::kOr:
      return all != 0;
    case BitOperation::kXor:
      return all % 2 == 1;
    case BitOperation::kNot:
      return !bits[0];
    case BitOperation::kDiff:
      return bits[0] && others == 0;
    case BitOperation::kDiff1:
      return !bits[0] && others != 0;
    case BitOperation::kAndOr:
      return bits[0] && others != 0;
    case BitOperation::kOne:
      return all == 1;
  }
  return false;
}

// Bytes at random; often all ones or all zeros, so that searches go far.
std::string random_bytes(Random& random, size_t size) {
  std::string bytes(size, random.below(2) == 0 ? '\0' : '\xff');
  if (random.below(2) == 0) {
    for (char& c : bytes) c = static_cast<char>(random.next());
  } else if (size != 0) {
    bytes[random.below(size)] ^= static_cast<char>(1u << random.below(8));
  }
  return bytes;
}

}  // namespace

TEST_CASE("bits are counted and found as one by one", "[bits]") {
  Random random(1);
  for (int round = 0; round < 3000; ++round) {
    const std::string bytes = random_bytes(random, 1 + random.below(200));
    const uint64_t a = random.below(bytes.size() * 8);
    const uint64_t b = random.below(bytes.size() * 8);
    const BitSpan span{std::min(a, b), std::max(a, b)};
    REQUIRE(count_bits(bytes, span) == count_slowly(bytes, span));
    REQUIRE(find_bit(bytes, true, span) == find_slowly(bytes, true, span));
    REQUIRE(find_bit(bytes, false, span) == find_slowly(bytes, false, span));
    REQUIRE(count_bits(bytes) == count_slowly(bytes, BitSpan{0, bytes.size() * 8 - 1}));
  }
  REQUIRE(count_bits(Bytes()) == 0);
}

TEST_CASE("fields are read and written at any place and width", "[bits]") {
  Random random(2);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = random_bytes(random, 24);
    const unsigned width = 1 + static_cast<unsigned>(random.below(64));
    const uint64_t position = random.below(24 * 8 - width + 1);
    uint64_t expected = 0;
    for (unsigned i = 0; i < width; ++i) expected = expected << 1 | bit_at(bytes, position + i);
    REQUIRE(read_field(bytes, position, width) == expected);

    const std::string before = bytes;
    const uint64_t value = random.next();
    write_field(bytes.data(), position, width, value);
    const uint64_t mask = ~uint64_t{0} >> (64 - width);
    REQUIRE(read_field(bytes, position, width) == (value & mask));
    write_field(bytes.data(), position, width, expected);
    REQUIRE(bytes == before);
  }
  REQUIRE(read_field("\xff", 4, 8) == 0xf0);
  REQUIRE(read_field("\xff", 8, 64) == 0);
}

TEST_CASE("strings of different lengths are combined as if they ended in zeros", "[bits]") {
  Random random(3);
  for (int round = 0; round < 400; ++round) {
    const auto operation = static_cast<BitOperation>(random.below(8));
    std::vector<std::string> strings(operation == BitOperation::kNot ? size_t{1}
                                                                     : size_t{1} + random.below(5));
    size_t size = 0;
    for (std::string& string : strings) {
      string = random_bytes(random, random.below(round % 20 == 0 ? 9000 : 40));
      size = std::max(size, string.size());
    }
    const std::vector<Bytes> sources(strings.begin(), strings.end());
    std::string out(size, 'x');
    combine_bits(operation, sources, 0, out.data(), size);
    for (uint64_t i = 0; i < size * 8; ++i) {
      std::vector<bool> bits;
      for (const Bytes source : sources) bits.push_back(bit_at(source, i));
      if (bit_at(out, i) != combined(operation, bits)) FAIL("bit " << i);
    }
  }
}
