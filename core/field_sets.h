// FieldSets: lists of field names that a session has declared for HIMPORT SET, each under a name.
// https://redis.io/docs/latest/commands/himport/
//
// Owned by the session, from the first HIMPORT PREPARE on; RESET forgets them.
#pragma once

#include "core/base/name_map.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace sorrel {

class FieldSets {
 public:
  using Fields = std::vector<std::string>;
  static constexpr size_t kSetsMax = 10'000;

  size_t size() const { return sets_.size(); }
  /// Names, and what holds them.
  size_t bytes() const { return bytes_; }
  /// nullptr when there is none of that name.
  const Fields* find(Bytes name) const;
  /// In the place of one of that name.
  void put(Bytes name, std::span<const Bytes> fields);
  /// False when there is none of that name.
  bool erase(Bytes name);

 private:
  NameMap<Fields> sets_;
  size_t bytes_ = 0;
};

}  // namespace sorrel
