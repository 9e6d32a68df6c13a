// PubSub: who listens to which channel, and the delivery of what is published.
//
// Owned by the engine. Three kinds of subscription share it: to a channel, to all channels that a
// pattern matches, and to a shard channel (a namespace of its own, which a cluster keeps on one
// node). A message is encoded once for each protocol and appended to every subscriber's output by
// reference; a subscriber in the middle of its own command gets it behind that command's reply.
//
// Invariant: a session is in an audience exactly when the audience's name is in the session's
// Subscriptions, with its place there. An audience is never empty.
#pragma once

#include "core/base/bytes.h"
#include "core/base/name_map.h"
#include "core/pattern_index.h"
#include "core/resp/output.h"
#include "core/subscriptions.h"

#include <cstddef>
#include <string>
#include <vector>

namespace sorrel {

class Session;
class Engine;

class PubSub {
 public:
  explicit PubSub(Engine& engine) : engine_(engine) {}

  /// False when it was subscribed already. Throws std::bad_alloc, and it isn't subscribed.
  bool subscribe(Session& session, SubscriptionKind kind, Bytes name);
  /// False when it wasn't.
  bool unsubscribe(Session& session, SubscriptionKind kind, Bytes name);
  /// Every kind; nobody is told.
  void unsubscribe_all(Session& session);

  /// To the channel's subscribers and those of matching patterns; returns how many got it.
  size_t publish(Bytes channel, Bytes message);
  size_t publish_to_shard(Bytes channel, Bytes message);

  size_t channels() const { return channels_.size(); }
  size_t patterns() const { return patterns_.size(); }
  size_t shard_channels() const { return shard_channels_.size(); }
  /// Sessions with any subscription.
  size_t clients() const { return clients_; }
  size_t subscribers(SubscriptionKind kind, Bytes name) const;
  /// Calls `visit(Bytes)` for each channel (or shard channel) somebody listens to.
  template <class Visit>
  void for_each_channel(SubscriptionKind kind, Visit&& visit) const {
    for (const auto& [name, audience] : channels_of(kind)) visit(Bytes(name));
  }

 private:
  using Audience = std::vector<Session*>;
  class Encoded;

  /// Not of patterns.
  const NameMap<Audience>& channels_of(SubscriptionKind kind) const {
    return kind == SubscriptionKind::kShard ? shard_channels_ : channels_;
  }
  NameMap<Audience>& channels_of(SubscriptionKind kind) {
    return kind == SubscriptionKind::kShard ? shard_channels_ : channels_;
  }
  Audience& audience(SubscriptionKind kind, Bytes name);
  Audience* find_audience(SubscriptionKind kind, Bytes name);
  void drop_audience(SubscriptionKind kind, Bytes name);
  size_t deliver(const Audience& audience, Encoded& message);
  size_t join(Session& session, SubscriptionKind kind, Bytes name);
  void leave(Session& session, SubscriptionKind kind, Bytes name, size_t place);
  void count_client(Session& session, bool before);

  Engine& engine_;
  NameMap<Audience> channels_;
  NameMap<Audience> shard_channels_;
  PatternIndex<Audience> patterns_;
  size_t clients_ = 0;
};

}  // namespace sorrel
