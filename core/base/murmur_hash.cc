#include "core/base/murmur_hash.h"

#include <cstring>

namespace sorrel {
namespace {

constexpr uint64_t kMultiplier = 0xc6a4a7935bd1e995;
constexpr int kShift = 47;

uint64_t load(const char* at, size_t bytes) {
  uint64_t word = 0;
  std::memcpy(&word, at, bytes);
  return word;
}

uint64_t scrambled(uint64_t word) {
  word *= kMultiplier;
  word ^= word >> kShift;
  return word * kMultiplier;
}

}  // namespace

uint64_t murmur_hash(Bytes bytes, uint64_t seed) {
  uint64_t hash = seed ^ (bytes.size() * kMultiplier);
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    hash = (hash ^ scrambled(load(bytes.data(), 8))) * kMultiplier;
  }
  if (!bytes.empty()) hash = (hash ^ load(bytes.data(), bytes.size())) * kMultiplier;
  hash = (hash ^ (hash >> kShift)) * kMultiplier;
  return hash ^ (hash >> kShift);
}

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

}  // namespace sorrel
