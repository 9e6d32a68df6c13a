#include "core/base/lzf.h"

#include "core/base/random.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#ifdef SORREL_HAVE_LIBLZF
#include <liblzf/lzf.h>
#endif

using namespace sorrel;

namespace {

std::string compress(Bytes input, size_t capacity) {
  std::string output(capacity, '\0');
  output.resize(lzf_compress(input, output.data(), capacity));
  return output;
}

// With room for the worst case: a control byte for every 32 literals.
std::string compress(Bytes input) {
  return compress(input, input.size() + input.size() / 32 + 4);
}

std::string expand(Bytes input, size_t size) {
  std::string output(size, '\0');
  REQUIRE(lzf_decompress(input, output.data(), size));
  return output;
}

bool expands(Bytes input, size_t size) {
  std::string output(size, '\0');
  return lzf_decompress(input, output.data(), size);
}

// By an expander that is given and gives so much at a time. It has failed when something is left.
std::string expand_in_pieces(Bytes input, size_t given, size_t piece_bytes) {
  LzfExpander expander(piece_bytes);
  std::string output;
  size_t at_hand = 0;
  while (true) {
    Bytes some = input.substr(0, at_hand);
    const size_t before = some.size();
    REQUIRE(expander.expand(some));
    input.remove_prefix(before - some.size());
    at_hand = some.size();
    if (!expander.full()) {
      if (at_hand == input.size()) break;
      at_hand = std::min(input.size(), at_hand + given);
      continue;
    }
    REQUIRE(expander.piece().size() == piece_bytes);
    output += expander.piece();
    expander.next();
  }
  CHECK(input.empty());
  CHECK(expander.ready() < piece_bytes);
  return output += expander.piece();
}

// Bytes with repetitions near and far, from a small or the full alphabet.
std::string sample(Random& random) {
  std::string text;
  const size_t size = random.below(3000);
  const uint64_t alphabet = random.below(2) == 0 ? 4 : 256;
  while (text.size() < size) {
    if (!text.empty() && random.below(3) == 0) {
      const size_t from = random.below(text.size());
      text += text.substr(from, random.below(600));
    } else {
      text.push_back(static_cast<char>(random.below(alphabet)));
    }
  }
  return text;
}

}  // namespace

TEST_CASE("what is compressed expands to the same bytes", "[lzf]") {
  Random random(5);
  for (int i = 0; i < 2'000; ++i) {
    const std::string text = sample(random);
    const std::string compressed = compress(text);
    REQUIRE(expand(compressed, text.size()) == text);
    REQUIRE_FALSE(expands(compressed, text.size() + 1));
    if (!text.empty()) REQUIRE_FALSE(expands(compressed, text.size() - 1));
  }
}

TEST_CASE("it expands in pieces of any size to the same", "[lzf]") {
  Random random(9);
  for (int i = 0; i < 500; ++i) {
    std::string text;
    while (text.size() < 30'000 && random.below(20) != 0) text += sample(random);
    const size_t given = 1 + random.below(random.below(2) == 0 ? 40 : 5'000);
    const size_t piece_bytes = 1 + random.below(random.below(2) == 0 ? 300 : 20'000);
    INFO(i << ": " << given << ", " << piece_bytes);
    REQUIRE(expand_in_pieces(compress(text), given, piece_bytes) == text);
  }
}

TEST_CASE("an expander refuses a copy from before the beginning", "[lzf]") {
  for (const char* offset : {"\x01", "\x05"}) {
    LzfExpander expander(100);
    Bytes input(
        "\x00"
        "a\x20",
        3);
    REQUIRE(expander.expand(input));
    CHECK(input.size() == 1);  // the item isn't whole
    const std::string whole = std::string(input) + offset;
    input = whole;
    CHECK_FALSE(expander.expand(input));
  }
}

TEST_CASE("repetition is found at any distance up to 8 KiB", "[lzf]") {
  Random random(6);
  std::string noise(8192, '\0');
  for (char& c : noise) c = static_cast<char>(random.next());
  CHECK(compress(noise + noise).size() < noise.size() * 11 / 10);
  CHECK(compress(std::string(100'000, 'a')).size() < 1'200);
  CHECK(expand(compress(noise + noise), 2 * noise.size()) == noise + noise);
}

TEST_CASE("what doesn't fit isn't compressed, and nothing is written beyond", "[lzf]") {
  Random random(7);
  const std::string text = sample(random) + "some more text, more text";
  const std::string whole = compress(text);
  for (size_t capacity = 0; capacity < whole.size(); ++capacity) {
    std::string output(capacity + 1, '#');
    REQUIRE(lzf_compress(text, output.data(), capacity) == 0);
    REQUIRE(output.back() == '#');
  }
  CHECK(compress(text, whole.size()) == whole);
}

TEST_CASE("the three forms of the format", "[lzf]") {
  CHECK(expand(Bytes("\x02"
                     "abc",
                     4),
               3) == "abc");
  CHECK(expand(Bytes("\x00"
                     "a\x20\x00",
                     4),
               4) == "aaaa");
  CHECK(expand(Bytes("\x00"
                     "a\xe0\x02\x00",
                     5),
               12) == "aaaaaaaaaaaa");
  CHECK(expand("", 0).empty());
}

TEST_CASE("malformed input is refused", "[lzf]") {
  CHECK_FALSE(expands(Bytes("\x05"
                            "abc",
                            4),
                      6));                        // too few literals
  CHECK_FALSE(expands(Bytes("\x20\x00", 2), 3));  // copy from before the beginning
  CHECK_FALSE(expands(Bytes("\x00"
                            "a\x20",
                            3),
                      4));  // no offset
  CHECK_FALSE(expands(Bytes("\x00"
                            "a\xe0",
                            3),
                      4));  // no length
  CHECK_FALSE(expands(Bytes("\x00"
                            "a\xe0\x02",
                            4),
                      12));  // length, but no offset
  CHECK_FALSE(expands(Bytes("\x00"
                            "a\x20\x01",
                            4),
                      4));  // one byte too far back
  CHECK_FALSE(expands(Bytes("\x00"
                            "a\xe0\xff\x00",
                            5),
                      100));
}

#ifdef SORREL_HAVE_LIBLZF
TEST_CASE("liblzf reads ours and we read liblzf's", "[lzf]") {
  Random random(8);
  size_t our_bytes = 0;
  size_t their_bytes = 0;
  for (int i = 0; i < 1'000; ++i) {
    const std::string text = sample(random);
    if (text.empty()) continue;
    const std::string ours = compress(text);
    std::string output(text.size(), '\0');
    REQUIRE(::lzf_decompress(ours.data(), static_cast<unsigned>(ours.size()), output.data(),
                             static_cast<unsigned>(output.size())) == output.size());
    REQUIRE(output == text);
    std::string theirs(text.size() + 200, '\0');
    theirs.resize(::lzf_compress(text.data(), static_cast<unsigned>(text.size()), theirs.data(),
                                 static_cast<unsigned>(theirs.size())));
    REQUIRE(expand(theirs, text.size()) == text);
    our_bytes += ours.size();
    their_bytes += theirs.size();
  }
  CHECK(our_bytes < their_bytes * 21 / 20);
}
#endif
