// Subscriptions: what one session listens to, and its place in each audience (core/pubsub.h).
//
// Owned by the session while it listens to anything.
#pragma once

#include "core/base/name_map.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sorrel {

enum class SubscriptionKind : uint8_t { kChannel, kPattern, kShard };

struct Subscriptions {
  std::array<NameMap<size_t>, 3> places;
  size_t name_bytes = 0;  // of the names and what holds them

  NameMap<size_t>& of(SubscriptionKind kind) { return places[static_cast<size_t>(kind)]; }
  const NameMap<size_t>& of(SubscriptionKind kind) const {
    return places[static_cast<size_t>(kind)];
  }
  /// What a client is told after each change: shard channels are counted apart.
  size_t count(SubscriptionKind kind) const {
    if (kind == SubscriptionKind::kShard) return of(kind).size();
    return of(SubscriptionKind::kChannel).size() + of(SubscriptionKind::kPattern).size();
  }
  bool empty() const { return places[0].empty() && places[1].empty() && places[2].empty(); }
  /// About what it takes; asked for after each of the session's turns.
  size_t bytes() const { return sizeof *this + name_bytes; }
};

}  // namespace sorrel
