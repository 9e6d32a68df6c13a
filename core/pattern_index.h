// PatternIndex: which glob patterns may match a channel, without trying all of them.
//
// A pattern's literal prefix (the bytes before its first special character) must be the channel's
// beginning. Patterns are kept by that prefix, and prefixes by their length; a message asks, for
// each length that occurs, for the patterns under the channel's first bytes of that length, and
// only those are matched. Ten thousand patterns like "user:17:*" cost a few look-ups a message.
//
// It owns nothing but its keys; T is what a pattern leads to.
#pragma once

#include "core/base/bytes.h"
#include "core/base/glob.h"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>

namespace sorrel {

/// The bytes that anything `pattern` matches begins with.
inline Bytes literal_prefix(Bytes pattern) {
  return pattern.substr(0, pattern.find_first_of("*?[\\"));
}

/// For maps by name that are asked with views.
struct BytesHash {
  using is_transparent = void;
  size_t operator()(Bytes bytes) const { return std::hash<Bytes>{}(bytes); }
};
template <class T>
using NameMap = std::unordered_map<std::string, T, BytesHash, std::equal_to<>>;

template <class T>
class PatternIndex {
 public:
  size_t size() const { return size_; }

  /// What the pattern leads to, made when it is new.
  T& operator[](Bytes pattern) {
    const Bytes prefix = literal_prefix(pattern);
    NameMap<T>& siblings = under(prefix);
    auto found = siblings.find(pattern);
    if (found == siblings.end()) {
      found = siblings.emplace(std::string(pattern), T()).first;
      ++size_;
    }
    return found->second;
  }
  T* find(Bytes pattern) {
    const Bytes prefix = literal_prefix(pattern);
    const auto length = lengths_.find(prefix.size());
    if (length == lengths_.end()) return nullptr;
    const auto group = length->second.find(prefix);
    if (group == length->second.end()) return nullptr;
    const auto found = group->second.find(pattern);
    return found == group->second.end() ? nullptr : &found->second;
  }
  /// It must be there.
  void erase(Bytes pattern) {
    const Bytes prefix = literal_prefix(pattern);
    const auto length = lengths_.find(prefix.size());
    const auto group = length->second.find(prefix);
    group->second.erase(group->second.find(pattern));
    --size_;
    if (!group->second.empty()) return;
    length->second.erase(group);
    if (length->second.empty()) lengths_.erase(length);
  }

  /// Calls `visit(Bytes pattern, T&)` for each pattern that matches.
  template <class Visit>
  void for_each_match(Bytes channel, Visit&& visit) {
    for (auto& [length, groups] : lengths_) {
      if (length > channel.size()) break;
      const auto group = groups.find(channel.substr(0, length));
      if (group == groups.end()) continue;
      for (auto& [pattern, value] : group->second) {
        if (glob_match(pattern, channel)) visit(Bytes(pattern), value);
      }
    }
  }

 private:
  NameMap<T>& under(Bytes prefix) {
    NameMap<NameMap<T>>& groups = lengths_[prefix.size()];
    const auto found = groups.find(prefix);
    return found != groups.end() ? found->second
                                 : groups.emplace(std::string(prefix), NameMap<T>()).first->second;
  }

  std::map<size_t, NameMap<NameMap<T>>> lengths_;
  size_t size_ = 0;
};

}  // namespace sorrel
