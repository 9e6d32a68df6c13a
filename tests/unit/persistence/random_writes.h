// Random write commands on keys of every type, few enough that they meet, with values that are
// packs at times and tables or trees at others.
#pragma once

#include "core/base/random.h"

#include <string>
#include <vector>

namespace sorrel {

class RandomWrites {
 public:
  explicit RandomWrites(uint64_t seed) : random_(seed) {}

  std::vector<std::string> next();

 private:
  using Words = std::vector<std::string>;

  Words of_string();
  Words of_list();
  Words of_hash();
  Words of_set();
  Words of_zset();
  Words of_stream();
  Words of_keys();

  std::string key(char type) { return type + std::to_string(random_.below(8)); }
  std::string any_key() { return key("slhczx"[random_.below(6)]); }
  std::string member() { return "member:" + std::to_string(random_.below(3000)); }
  std::string number(uint64_t below) { return std::to_string(random_.below(below)); }
  std::string text();
  /// One, as a rule, and hundreds at times.
  size_t many() { return random_.below(8) == 0 ? 50 + random_.below(600) : 1 + random_.below(4); }

  Random random_;
};

}  // namespace sorrel
