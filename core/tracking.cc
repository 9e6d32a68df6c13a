#include "core/tracking.h"

#include "core/command/context.h"
#include "core/command/keys.h"
#include "core/engine.h"

#include <algorithm>
#include <iterator>
#include <new>

namespace sorrel {
namespace {

constexpr Bytes kChannel = "__redis__:invalidate";
// A prefix in a session's set: node and string.
constexpr size_t kPrefixBytes = 64;
// What a turn frees of a table that was given up, and takes out of one that is over its limit.
constexpr size_t kReclaimPerTick = 64;
constexpr size_t kForgetPerTick = 100;

Output::Message text_of(const Output& bytes) {
  return std::make_shared<const std::string>(bytes.to_string());
}

}  // namespace

/// One message in the protocols that are asked for: of some keys, or of all of them. The keys are
/// the caller's, so that making one can't fail.
class Tracking::Invalidation {
 public:
  explicit Invalidation(std::span<const Bytes> keys) : keys_(keys) {}
  /// Of a message of one key, or of none: all.
  std::optional<std::string> key() const {
    if (keys_.empty()) return std::nullopt;
    return std::string(keys_.front());
  }

  const Output::Message& in(Protocol protocol) {
    Output::Message& message = protocol == Protocol::kResp3 ? resp3_ : resp2_;
    if (!message) message = encode(protocol);
    return message;
  }

 private:
  Output::Message encode(Protocol protocol) const {
    Output bytes;
    ReplyWriter writer(bytes, protocol);
    writer.push(protocol == Protocol::kResp3 ? 2 : 3);
    writer.bulk(protocol == Protocol::kResp3 ? "invalidate" : "message");
    if (protocol == Protocol::kResp2) writer.bulk(kChannel);
    if (keys_.empty()) {
      writer.null();
    } else {
      writer.array(keys_.size());
      for (const Bytes key : keys_) writer.bulk(key);
    }
    return text_of(bytes);
  }

  const std::span<const Bytes> keys_;
  Output::Message resp2_;
  Output::Message resp3_;
};

Tracking::Tracking(Engine& engine)
    : engine_(engine),
      epoch_(engine.heap()),
      keys_(
          epoch_,
          [](const TrackedKey& key, const void* values) {
            return static_cast<const ValueContext*>(values)->hash(key.table_key());
          },
          &engine.value_context()) {}

// ---- Who tracks.

void Tracking::start(Session& session, const TrackingOptions& options,
                     std::span<const Bytes> prefixes) {
  const bool is_new = !session.tracking;
  if (is_new) {
    session.tracking = std::make_unique<TrackingState>();
    session.set(Session::kTracking);
    ++clients_;
    engine_.look_at_observers();
  }
  try {
    if (options.broadcast && prefixes.empty()) add_prefix(session, "");
    if (options.broadcast) {
      for (const Bytes prefix : prefixes) add_prefix(session, prefix);
    }
  } catch (const std::bad_alloc&) {
    if (is_new) stop(session);
    throw;
  }
  session.tracking->options = options;
  session.tracking->broken_redirect = false;
}

void Tracking::stop(Session& session) {
  if (!session.tracking) return;
  // What its command has still to tell it goes where it was told to go last.
  for (Own& own : own_) {
    if (own.session == session.id) own.redirect = session.tracking->options.redirect;
  }
  drop_prefixes(session);
  session.tracking.reset();
  session.unset(Session::kTracking);
  if (--clients_ == 0) {
    forget_all();
    engine_.look_at_observers();
  }
}

void Tracking::add_prefix(Session& session, Bytes prefix) {
  TrackingState& state = *session.tracking;
  if (state.prefixes.contains(prefix)) return;
  const auto mine = state.prefixes.emplace(prefix).first;
  try {
    join(session, prefix);
  } catch (const std::bad_alloc&) {
    state.prefixes.erase(mine);
    throw;
  }
  state.prefix_bytes += prefix.size() + kPrefixBytes;
}

// Throws std::bad_alloc, and nothing has changed.
void Tracking::join(Session& session, Bytes name) {
  const auto found = prefixes_.find(name);
  if (found != prefixes_.end()) {
    found->second.sessions.emplace(session.id, &session);
    return;
  }
  Prefix prefix;
  prefix.sessions.emplace(session.id, &session);
  const auto length = prefix_lengths_.try_emplace(name.size(), 0).first;
  try {
    prefixes_.emplace(name, std::move(prefix));
  } catch (const std::bad_alloc&) {
    if (length->second == 0) prefix_lengths_.erase(length);
    throw;
  }
  ++length->second;
}

void Tracking::drop_prefixes(Session& session) {
  for (const std::string& name : session.tracking->prefixes) {
    const auto found = prefixes_.find(name);
    found->second.sessions.erase(session.id);
    if (!found->second.sessions.empty()) continue;
    prefixes_.erase(found);
    const auto length = prefix_lengths_.find(name.size());
    if (--length->second == 0) prefix_lengths_.erase(length);
  }
}

// ---- What was read.

void Tracking::remember(const Context& context) {
  Session& session = context.session;
  const TrackingState& state = *session.tracking;
  const CommandSpec& spec = *context.command.spec;
  if (state.options.broadcast || (spec.flags & kReadonly) == 0) return;
  if (state.options.opt_in && !state.caching) return;
  if (state.options.opt_out && state.caching) return;
  const auto keys = keys_of(spec, context.args);
  if (!keys) return;
  try {
    for (const KeyReference& key : *keys) {
      if ((key.flags & kKeyNotKey) == 0) remember(session, context.arg(key.index));
    }
  } catch (const std::bad_alloc&) {
    session.set(Session::kCloseAfterReply);
  }
}

void Tracking::remember(Session& session, Bytes key) {
  const uint64_t hash = engine_.value_context().hash(key);
  const auto place = keys_.locate(key, hash);
  if (!place) {
    Owned<TrackedKey> made = TrackedKey::make(epoch_, key, {&session.id, 1});
    key_bytes_ += footprint(*made);
    try {
      keys_.insert(std::move(made), hash);
    } catch (const std::bad_alloc&) {
      key_bytes_ -= footprint(*made);
      made.drop(epoch_);
      throw;
    }
    ++items_;
    const auto limit = static_cast<size_t>(engine_.values().tracking_table_max_keys);
    if (limit != 0 && keys_.size() > limit) forget_random();
    return;
  }
  const TrackedKey& known = keys_.item(place);
  if (known.contains(session.id)) return;
  if (!known.full()) {
    keys_.thaw(place).add(session.id);
    ++items_;
    return;
  }
  const std::vector<uint64_t> readers = readers_with(known, session.id);
  Owned<TrackedKey> larger = TrackedKey::make(epoch_, key, readers);
  items_ += readers.size() - known.sessions().size();
  key_bytes_ += footprint(*larger) - footprint(known);
  keys_.replace(place, std::move(larger));
}

// Who has read the key and is still there, and one more.
std::vector<uint64_t> Tracking::readers_with(const TrackedKey& key, uint64_t session) const {
  std::vector<uint64_t> readers;
  readers.reserve(key.sessions().size() + 1);
  for (const uint64_t id : key.sessions()) {
    if (engine_.session(id) != nullptr) readers.push_back(id);
  }
  readers.insert(std::lower_bound(readers.begin(), readers.end(), session), session);
  return readers;
}

size_t Tracking::footprint(const TrackedKey& key) {
  return epoch_.heap().footprint(TrackedKey::bytes(key));
}

void Tracking::forget_random() {
  const std::string key(keys_.random(engine_.random())->table_key());
  invalidate(key, engine_.value_context().hash(key), false);
}

// Without memory for putting the table off it stays, and is in nobody's way.
void Tracking::forget_all() {
  try {
    keys_.clear();
  } catch (const std::bad_alloc&) {
    return;
  }
  items_ = key_bytes_ = 0;
}

// ---- What has changed.

void Tracking::key_changed(Bytes key) {
  if (!active()) return;
  if (!prefixes_.empty()) note_for_broadcast(key);
  if (!keys_.empty()) invalidate(key, engine_.value_context().hash(key), true);
}

void Tracking::invalidate(Bytes key, uint64_t hash, bool changed_by_client) {
  const auto place = keys_.locate(key, hash);
  if (!place) return;
  Owned<TrackedKey> tracked = keys_.extract(place);
  items_ -= tracked->sessions().size();
  key_bytes_ -= footprint(*tracked);
  Invalidation message({&key, 1});
  for (const uint64_t id : tracked->sessions()) {
    Session* const session = engine_.session(id);
    // It may have read the key before it went over to broadcasts.
    if (session == nullptr || !session->tracking || session->tracking->options.broadcast) continue;
    const bool loops = changed_by_client && session == engine_.executing();
    if (!loops || !session->tracking->options.no_loop) tell(*session, message);
  }
  tracked.drop(epoch_);
}

void Tracking::note_for_broadcast(Bytes key) {
  const Session* const executing = engine_.executing();
  const uint64_t by = executing == nullptr ? 0 : executing->id;
  for (const auto& [length, count] : prefix_lengths_) {
    if (length > key.size()) break;
    const auto found = prefixes_.find(key.substr(0, length));
    if (found == prefixes_.end()) continue;
    Prefix& prefix = found->second;
    const auto before = prefix.changed.find(key);
    to_broadcast_ = true;
    if (before != prefix.changed.end()) {
      if (before->second != by) before->second = 0;
      continue;
    }
    try {
      prefix.changed.emplace(key, by);
    } catch (const std::bad_alloc&) {
      for (const auto& [id, session] : prefix.sessions) engine_.cut_off(*session);
    }
  }
}

void Tracking::flushed() {
  if (!active()) return;
  Invalidation everything({});
  for (Session& session : engine_.sessions()) {
    if (session.tracking) tell(session, everything);
  }
  forget_all();
}

// ---- Telling it.

// A session that can't be told goes, and its cache with it.
template <class Delivery>
void Tracking::or_close(Session& session, Delivery&& delivery) {
  try {
    delivery();
  } catch (const std::bad_alloc&) {
    engine_.cut_off(session);
  }
}

// Now, or when its own command has ended.
void Tracking::tell(Session& session, Invalidation& message) {
  const uint64_t redirect = session.tracking->options.redirect;
  or_close(session, [&] {
    if (&session != engine_.executing()) return deliver(session, redirect, message);
    own_.push_back({session.id, message.key(), redirect});
    engine_.expect_follow_up();
  });
}

void Tracking::send_own(Session& session) {
  for (const Own& own : own_) {
    if (own.session != session.id) continue;
    const Bytes key = own.key ? Bytes(*own.key) : Bytes();
    Invalidation message({&key, own.key ? size_t{1} : size_t{0}});
    // The command may have said anew who is told.
    const bool tracks = session.tracking != nullptr;
    const uint64_t redirect = tracks ? session.tracking->options.redirect : own.redirect;
    or_close(session, [&] { deliver(session, redirect, message); });
  }
  std::erase_if(own_, [&](const Own& own) { return own.session == session.id; });
}

void Tracking::end_command(Session& session, const Command* command) {
  const Command* const parent = command == nullptr ? nullptr : command->parent;
  const bool speaks_of_next = parent != nullptr && parent->name == "client";
  const bool goes_on = session.in_multi() || session.has(Session::kBlocked);
  if (!goes_on && !speaks_of_next) session.tracking->caching = false;
}

void Tracking::broadcast() {
  if (!to_broadcast_) return;
  for (auto& [name, prefix] : prefixes_) {
    if (!prefix.changed.empty()) broadcast(prefix);
  }
  to_broadcast_ = false;
}

void Tracking::broadcast(Prefix& prefix) {
  std::vector<Bytes> keys;
  for (const auto& [key, by] : prefix.changed) keys.emplace_back(key);
  Invalidation message(keys);
  for (const auto& [id, listener] : prefix.sessions) {
    Session* const session = listener;  // clang 14 takes no binding into a lambda
    if (!session->tracking->options.no_loop) {
      tell(*session, message);
      continue;
    }
    or_close(*session, [&] { tell_of_others(*session, prefix); });
  }
  prefix.changed.clear();
}

// A session that doesn't want to hear of what it has changed itself.
void Tracking::tell_of_others(Session& session, const Prefix& prefix) {
  std::vector<Bytes> keys;
  for (const auto& [key, by] : prefix.changed) {
    if (by != session.id) keys.emplace_back(key);
  }
  Invalidation others(keys);
  if (!keys.empty()) tell(session, others);
}

void Tracking::deliver(Session& session, uint64_t redirect, Invalidation& message) {
  Session* const target = redirect == 0 ? &session : engine_.session(redirect);
  if (target == nullptr) return tell_redirect_is_broken(session, redirect);
  // RESP2 has no pushes: only who listens to channels takes a message at any time.
  const bool listens = redirect != 0 && target->has(Session::kSubscribed);
  if (target->protocol == Protocol::kResp2 && !listens) return;
  engine_.push(*target, message.in(target->protocol));
}

void Tracking::tell_redirect_is_broken(Session& session, uint64_t redirect) {
  if (session.tracking) session.tracking->broken_redirect = true;
  if (session.protocol == Protocol::kResp2) return;
  Output bytes;
  ReplyWriter writer(bytes, session.protocol);
  writer.push(2);
  writer.bulk("tracking-redir-broken");
  writer.integer(static_cast<int64_t>(redirect));
  engine_.push(session, text_of(bytes));
}

bool Tracking::tick() {
  const bool more = epoch_.reclaim(kReclaimPerTick);
  forget_over_limit();
  return more || over_limit();
}

size_t Tracking::keys_over_limit() const {
  const auto limit = static_cast<size_t>(engine_.values().tracking_table_max_keys);
  return limit != 0 && keys_.size() > limit ? keys_.size() - limit : 0;
}

void Tracking::forget_over_limit() {
  for (size_t i = std::min(keys_over_limit(), kForgetPerTick); i > 0; --i) forget_random();
}

}  // namespace sorrel
