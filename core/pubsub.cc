#include "core/pubsub.h"

#include "core/engine.h"
#include "core/session.h"

#include <new>

namespace sorrel {
namespace {

// What a name costs in a map, beside its bytes: node, string, bucket.
constexpr size_t kNameBytes = 64;

Output::Message encode(Protocol protocol, const std::vector<Bytes>& words) {
  Output bytes;
  ReplyWriter writer(bytes, protocol);
  writer.push(words.size());
  for (const Bytes word : words) writer.bulk(word);
  return std::make_shared<const std::string>(bytes.to_string());
}

}  // namespace

/// One message in the protocols that are asked for.
class PubSub::Encoded {
 public:
  explicit Encoded(std::initializer_list<Bytes> words) : words_(words) {}
  const Output::Message& in(Protocol protocol) {
    Output::Message& message = protocol == Protocol::kResp3 ? resp3_ : resp2_;
    if (!message) message = encode(protocol, words_);
    return message;
  }

 private:
  const std::vector<Bytes> words_;
  Output::Message resp2_;
  Output::Message resp3_;
};

PubSub::Audience& PubSub::audience(SubscriptionKind kind, Bytes name) {
  if (kind == SubscriptionKind::kPattern) return patterns_[name];
  return find_or_make(channels_of(kind), name);
}

PubSub::Audience* PubSub::find_audience(SubscriptionKind kind, Bytes name) {
  if (kind == SubscriptionKind::kPattern) return patterns_.find(name);
  NameMap<Audience>& channels = channels_of(kind);
  const auto found = channels.find(name);
  return found == channels.end() ? nullptr : &found->second;
}

void PubSub::drop_audience(SubscriptionKind kind, Bytes name) {
  if (kind == SubscriptionKind::kPattern) return patterns_.erase(name);
  NameMap<Audience>& channels = channels_of(kind);
  channels.erase(channels.find(name));
}

void PubSub::count_client(Session& session, bool before) {
  const bool now = session.subscriptions != nullptr;
  if (now == before) return;
  now ? session.set(Session::kSubscribed) : session.unset(Session::kSubscribed);
  now ? ++clients_ : --clients_;
}

bool PubSub::subscribe(Session& session, SubscriptionKind kind, Bytes name) {
  const bool before = session.subscriptions != nullptr;
  if (!before) session.subscriptions = std::make_unique<Subscriptions>();
  NameMap<size_t>& mine = session.subscriptions->of(kind);
  if (mine.find(name) != mine.end()) return false;
  try {
    size_t& place = mine.emplace(std::string(name), 0).first->second;
    place = join(session, kind, name);
  } catch (const std::bad_alloc&) {
    if (const auto found = mine.find(name); found != mine.end()) mine.erase(found);
    if (!before) session.subscriptions.reset();
    throw;
  }
  session.subscriptions->name_bytes += name.size() + kNameBytes;
  count_client(session, before);
  return true;
}

// Puts the session into an audience; returns its place there.
size_t PubSub::join(Session& session, SubscriptionKind kind, Bytes name) {
  Audience& listeners = audience(kind, name);
  try {
    listeners.push_back(&session);
  } catch (const std::bad_alloc&) {
    if (listeners.empty()) drop_audience(kind, name);
    throw;
  }
  return listeners.size() - 1;
}

// Takes the session out of an audience: the last one there takes its place.
void PubSub::leave(Session& session, SubscriptionKind kind, Bytes name, size_t place) {
  Audience& listeners = *find_audience(kind, name);
  Session* const last = listeners.back();
  listeners[place] = last;
  listeners.pop_back();
  if (last != &session) {
    NameMap<size_t>& theirs = last->subscriptions->of(kind);
    theirs.find(name)->second = place;
  }
  if (listeners.empty()) drop_audience(kind, name);
}

bool PubSub::unsubscribe(Session& session, SubscriptionKind kind, Bytes name) {
  if (!session.subscriptions) return false;
  NameMap<size_t>& mine = session.subscriptions->of(kind);
  const auto found = mine.find(name);
  if (found == mine.end()) return false;
  leave(session, kind, found->first, found->second);
  session.subscriptions->name_bytes -= name.size() + kNameBytes;
  mine.erase(found);
  if (session.subscriptions->empty()) session.subscriptions.reset();
  count_client(session, true);
  return true;
}

void PubSub::unsubscribe_all(Session& session) {
  if (!session.subscriptions) return;
  for (const SubscriptionKind kind :
       {SubscriptionKind::kChannel, SubscriptionKind::kPattern, SubscriptionKind::kShard}) {
    for (const auto& [name, place] : session.subscriptions->of(kind)) {
      leave(session, kind, name, place);
    }
  }
  session.subscriptions.reset();
  count_client(session, true);
}

size_t PubSub::deliver(const Audience& audience, Encoded& message) {
  for (Session* session : audience) engine_.push_message(*session, message.in(session->protocol));
  return audience.size();
}

size_t PubSub::publish(Bytes channel, Bytes message) {
  size_t receivers = 0;
  const auto found = channels_.find(channel);
  if (found != channels_.end()) {
    Encoded encoded({"message", channel, message});
    receivers += deliver(found->second, encoded);
  }
  patterns_.for_each_match(channel, [&](Bytes pattern, const Audience& audience) {
    Encoded encoded({"pmessage", pattern, channel, message});
    receivers += deliver(audience, encoded);
  });
  return receivers;
}

size_t PubSub::publish_to_shard(Bytes channel, Bytes message) {
  const auto found = shard_channels_.find(channel);
  if (found == shard_channels_.end()) return 0;
  Encoded encoded({"smessage", channel, message});
  return deliver(found->second, encoded);
}

size_t PubSub::subscribers(SubscriptionKind kind, Bytes name) const {
  const NameMap<Audience>& channels = channels_of(kind);
  const auto found = channels.find(name);
  return found == channels.end() ? 0 : found->second.size();
}

}  // namespace sorrel
