// NameMap: a map by name that is asked with views: nothing is copied to look a name up.
#pragma once

#include "core/base/bytes.h"

#include <cstddef>
#include <functional>
#include <string>
#include <unordered_map>

namespace sorrel {

struct NameHash {
  using is_transparent = void;
  size_t operator()(Bytes name) const { return std::hash<Bytes>{}(name); }
};
template <class T>
using NameMap = std::unordered_map<std::string, T, NameHash, std::equal_to<>>;

/// What has that name, made when nothing has.
template <class T>
T& find_or_make(NameMap<T>& map, Bytes name) {
  const auto found = map.find(name);
  return found != map.end() ? found->second : map.try_emplace(std::string(name)).first->second;
}

}  // namespace sorrel
