#include "core/value/hyperloglog.h"

#include "core/base/murmur_hash.h"
#include "core/base/random.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

using namespace sorrel;

namespace {

// The registers by the book, and the string that must hold the same.
struct Pair {
  HyperLogLog::Registers model{};
  std::string string = HyperLogLog::empty();

  void add(const std::vector<std::string>& texts, size_t sparse_bytes_max);
  HyperLogLog::Registers registers() const {
    HyperLogLog::Registers registers{};
    REQUIRE(HyperLogLog(string).merge_into(registers));
    return registers;
  }
};

void Pair::add(const std::vector<std::string>& texts, size_t sparse_bytes_max) {
  const std::vector<Bytes> elements(texts.begin(), texts.end());
  const std::string before = string;  // a replacement is made from it
  const HyperLogLog::Change change =
      HyperLogLog(before).add(elements, sparse_bytes_max, [this] { return string.data(); });
  REQUIRE_FALSE(change.corrupt);
  if (!change.replacement.empty()) string = change.replacement;
  size_t raised = 0;
  for (const Bytes bytes : elements) {
    const HyperLogLog::Element element = HyperLogLog::element(bytes);
    uint8_t& rank = model[element.index];
    raised += rank < element.rank;
    rank = std::max(rank, element.rank);
  }
  REQUIRE(change.raised == raised);
}

std::vector<std::string> some(Random& random) {
  std::vector<std::string> texts(random.below(20));
  for (std::string& text : texts) text = std::to_string(random.below(5000));
  return texts;
}

}  // namespace

// That it is MurmurHash64A is told by the golden files: the strings are redis-server's.
TEST_CASE("each byte counts in the hash, at every length", "[hyperloglog]") {
  CHECK(murmur_hash("", 1) != murmur_hash("", 2));
  for (size_t size = 1; size <= 17; ++size) {
    const std::string text(size, 'a');
    for (size_t at = 0; at < size; ++at) {
      std::string other = text;
      other[at] = 'b';
      CHECK(murmur_hash(text, 0xadc83b19) != murmur_hash(other, 0xadc83b19));
    }
  }
}

TEST_CASE("a HyperLogLog's registers are the model's, sparse and dense", "[hyperloglog]") {
  for (const size_t sparse_bytes_max : {0, 18, 19, 40, 300, 3000, 20000}) {
    CAPTURE(sparse_bytes_max);
    Random random(sparse_bytes_max);
    Pair pair;
    for (int step = 0; step < 200; ++step) {
      pair.add(some(random), sparse_bytes_max);
      REQUIRE(HyperLogLog::is_one(pair.string));
      REQUIRE(pair.registers() == pair.model);
      REQUIRE(HyperLogLog(pair.string).cardinality() == HyperLogLog::cardinality_of(pair.model));
      const bool fits = pair.string.size() <= std::max<size_t>(sparse_bytes_max, 18);
      REQUIRE(fits == HyperLogLog(pair.string).is_sparse());
    }
  }
}

TEST_CASE("merged HyperLogLogs have counted what all of them have", "[hyperloglog]") {
  int sparse_pairs = 0;
  for (const size_t sparse_bytes_max : {18, 100, 5000}) {
    Random random(sparse_bytes_max);
    Pair left;
    Pair right;
    for (int step = 0; step < 30; ++step) {
      left.add(some(random), sparse_bytes_max);
      right.add(some(random), step % 2 == 0 ? 5000 : sparse_bytes_max);
    }
    HyperLogLog::Registers registers = left.registers();
    REQUIRE(HyperLogLog(right.string).merge_into(registers));
    const HyperLogLog both[] = {HyperLogLog(left.string), HyperLogLog(right.string)};
    if (both[0].is_sparse() && both[1].is_sparse()) {
      ++sparse_pairs;
      REQUIRE(HyperLogLog::cardinality_of_sparse(both) == HyperLogLog::cardinality_of(registers));
    }
    for (const bool dense : {false, true}) {
      const HyperLogLog::Change change =
          HyperLogLog(left.string).merge(registers, dense, sparse_bytes_max);
      HyperLogLog::Registers merged{};
      REQUIRE(HyperLogLog(change.replacement).merge_into(merged));
      CHECK(merged == registers);
      CHECK_FALSE(HyperLogLog(change.replacement).cached_cardinality());
      if (dense) CHECK_FALSE(HyperLogLog(change.replacement).is_sparse());
    }
  }
  CHECK(sparse_pairs != 0);
}

TEST_CASE("the estimate is within three standard errors", "[hyperloglog]") {
  Pair pair;
  uint64_t count = 0;
  for (const uint64_t until : {1, 10, 100, 1000, 10000, 100000, 300000}) {
    std::vector<std::string> texts;
    while (count < until) texts.push_back("element:" + std::to_string(count++));
    pair.add(texts, 3000);
    const auto estimate = static_cast<double>(*HyperLogLog(pair.string).cardinality());
    CAPTURE(until, estimate);
    CHECK(std::abs(estimate / static_cast<double>(until) - 1) < 3 * 1.04 / 128);
  }
}

TEST_CASE("strings that can't be right are called corrupt", "[hyperloglog]") {
  const std::string header = HyperLogLog::empty().substr(0, HyperLogLog::kHeaderBytes);
  const auto corrupt = [&](const std::string& runs) {
    const std::string string = header + runs;
    HyperLogLog::Registers registers{};
    return HyperLogLog::is_one(string) && !HyperLogLog(string).cardinality() &&
           !HyperLogLog(string).merge_into(registers) && !HyperLogLog(string).to_dense() &&
           !HyperLogLog::cardinality_of_sparse(std::vector{HyperLogLog(string)});
  };
  CHECK(corrupt(""));
  CHECK(corrupt(std::string(1, '\0')));
  CHECK(corrupt("\x7f"));              // half a long zero
  CHECK(corrupt("\x7f\xff\x80"));      // one register too many
  CHECK(corrupt("\x7f\xfe"));          // one too few
  CHECK(corrupt("\x7f\xff\x7f\xff"));  // twice as many
  CHECK_FALSE(corrupt("\x7f\xff"));
  CHECK_FALSE(corrupt("\x7f\xfe\x80"));

  CHECK_FALSE(HyperLogLog::is_one(""));
  CHECK_FALSE(HyperLogLog::is_one("HYLL"));
  CHECK_FALSE(HyperLogLog::is_one(header.substr(0, 15)));
  std::string dense = header;
  dense[4] = 0;
  CHECK_FALSE(HyperLogLog::is_one(dense));
  dense.resize(HyperLogLog::kDenseBytes);
  CHECK(HyperLogLog::is_one(dense));
  dense += 'x';
  CHECK_FALSE(HyperLogLog::is_one(dense));
  dense[4] = 2;
  CHECK_FALSE(HyperLogLog::is_one(dense));
}

TEST_CASE("a dense HyperLogLog of any bytes has an estimate", "[hyperloglog]") {
  std::string dense = *HyperLogLog(HyperLogLog::empty()).to_dense();
  for (const int byte : {0x00, 0x41, 0x7f, 0x80, 0xff}) {
    std::fill(dense.begin() + HyperLogLog::kHeaderBytes, dense.end(), static_cast<char>(byte));
    HyperLogLog::Registers registers{};
    CHECK(HyperLogLog(dense).merge_into(registers));
    CHECK(HyperLogLog(dense).cardinality() == HyperLogLog::cardinality_of(registers));
  }
}
