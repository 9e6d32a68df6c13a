#include "tools/bench/string_requests.h"

#include "core/base/random.h"

#include <numeric>

namespace sorrel::bench {
namespace {

constexpr uint64_t kSeed = 1;

}  // namespace

std::string plain_key(uint64_t number) {
  return numbered_key("key:", number, kKeyBytes);
}

std::string plain_value(size_t bytes) {
  static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  Random random(kSeed);
  std::string value;
  while (value.size() < bytes) value += kLetters[random.below(kLetters.size())];
  if (!value.empty()) value[0] = 'v';
  return value;
}

RequestSet fill_requests(uint64_t count) {
  const std::string value = plain_value(kValueBytes);
  RequestSet requests;
  for (uint64_t i = 0; i < count; i++) requests.add({"SET", plain_key(i), value});
  return requests;
}

RequestSet get_requests(uint64_t count, uint64_t keys) {
  Random random(kSeed);
  RequestSet requests;
  for (uint64_t i = 0; i < count; i++) requests.add({"GET", plain_key(random.below(keys))});
  return requests;
}

RequestSet set_requests(uint64_t count, uint64_t keys) {
  const std::string value = plain_value(kValueBytes);
  Random random(kSeed);
  RequestSet requests;
  for (uint64_t i = 0; i < count; i++) requests.add({"SET", plain_key(random.below(keys)), value});
  return requests;
}

RequestSet mixed_requests(uint64_t keys, uint64_t count) {
  const std::string value = plain_value(kValueBytes);
  Random random(kSeed);
  RequestSet requests;
  for (uint64_t i = 0; i < count; i++) {
    const std::string key = plain_key(random.below(keys));
    i % 5 == 0 ? requests.add({"SET", key, value}) : requests.add({"GET", key});
  }
  return requests;
}

RequestSet each_key_requests(std::string_view command, uint64_t count) {
  // A step that shares no factor with the count visits every number once, far from its neighbours.
  uint64_t step = count * 5 / 8 + 1;
  while (std::gcd(step, count) != 1) step++;
  RequestSet requests;
  for (uint64_t i = 0, at = 0; i < count; i++, at = (at + step) % count) {
    requests.add({command, plain_key(at)});
  }
  return requests;
}

}  // namespace sorrel::bench
