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
#include "core/base/name_map.h"

#include <cstddef>
#include <map>
#include <new>

namespace sorrel {

/// The bytes that anything `pattern` matches begins with.
inline Bytes literal_prefix(Bytes pattern) {
  return pattern.substr(0, pattern.find_first_of("*?[\\"));
}

template <class T>
class PatternIndex {
 public:
  size_t size() const { return size_; }

  /// What the pattern leads to, made when it is new; all of it or, when that throws, nothing.
  T& operator[](Bytes pattern) {
    const Bytes prefix = literal_prefix(pattern);
    try {
      NameMap<T>& siblings = find_or_make(lengths_[prefix.size()], prefix);
      const size_t before = siblings.size();
      T& value = find_or_make(siblings, pattern);
      size_ += siblings.size() - before;
      return value;
    } catch (const std::bad_alloc&) {
      prune(prefix);
      throw;
    }
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
    prune(prefix);
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
  /// Nothing is kept for a prefix without patterns.
  void prune(Bytes prefix) {
    const auto length = lengths_.find(prefix.size());
    if (length == lengths_.end()) return;
    const auto group = length->second.find(prefix);
    if (group != length->second.end() && group->second.empty()) length->second.erase(group);
    if (length->second.empty()) lengths_.erase(length);
  }

  std::map<size_t, NameMap<NameMap<T>>> lengths_;
  size_t size_ = 0;
};

}  // namespace sorrel
