// Tracking: who is told when a key changes, so that clients can keep what they have read.
//
// A session that tracks is told of the change of each key that it has read since it was last told
// of it; one that tracks by broadcast, of every key with one of its prefixes. It is told by an
// "invalidate" push, or the session that it names is: by a push too, or in RESP2 by a message on
// "__redis__:invalidate". https://redis.io/docs/latest/develop/reference/client-side-caching/
//
// Keys are known by name alone, whatever their database: as in Redis. The table of what was read
// holds at most tracking-table-max-keys; for a new one beyond, keys drawn at random are given up,
// and whoever had read them is told as if they had changed. So is a flush: one message without
// keys. A session that can't be told for want of memory is closed: its cache goes with it.
//
// Owned by the engine. While nobody tracks there is no table, and nobody is told of changes.
//
// A session hears of its own command's changes behind the reply; of a broadcast, everybody at the
// end of the turn, in one message a prefix.
//
// Departures from Redis: the null that tells of a flush is written in the protocol of whoever reads
// it; the table goes with the last session that tracks; and ids of sessions that have gone leave a
// key's list when it would grow.
#pragma once

#include "core/base/bytes.h"
#include "core/structure/epoch.h"
#include "core/structure/table.h"
#include "core/tracked_key.h"
#include "core/tracking_state.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sorrel {

class Context;
struct Command;
class Engine;
class Session;

class Tracking {
 public:
  explicit Tracking(Engine& engine);

  /// Also for a session that tracks: new options, and further prefixes (which must not overlap).
  void start(Session& session, const TrackingOptions& options, std::span<const Bytes> prefixes);
  void stop(Session& session);
  bool active() const { return clients_ != 0; }

  /// A call of a session that tracks has run: the keys it read are remembered.
  void remember(const Context& context);
  /// What the session, whose command has ended, must hear of its own changes.
  void send_own(Session& session);
  /// CLIENT CACHING spoke of this command, which has ended, and no further.
  void end_command(Session& session, const Command* command);

  /// Never throws: it is called in the middle of changes.
  void key_changed(Bytes key);
  /// A database has lost all its keys.
  void flushed();
  /// What is to be broadcast of this turn.
  void broadcast();
  /// tracking-table-max-keys has become less than there are: some of them are taken for changed.
  bool over_limit() const { return keys_over_limit() != 0; }
  void forget_over_limit();
  /// Bounded work of a turn; true when there is more.
  bool tick();

  size_t clients() const { return clients_; }
  size_t keys() const { return keys_.size(); }
  /// Pairs of a key and a session that has read it.
  size_t items() const { return items_; }
  size_t prefixes() const { return prefixes_.size(); }
  /// Memory of the table, all of it in the engine's heap.
  size_t bytes() const { return keys_.bytes() + key_bytes_; }

 private:
  class Invalidation;
  /// Whose prefix it is, and what changed in this turn: the key, and who alone changed it (0:
  /// several, or nobody).
  struct Prefix {
    std::map<uint64_t, Session*> sessions;
    std::map<std::string, uint64_t, std::less<>> changed;
  };

  void add_prefix(Session& session, Bytes prefix);
  void join(Session& session, Bytes name);
  void drop_prefixes(Session& session);
  void remember(Session& session, Bytes key);
  std::vector<uint64_t> readers_with(const TrackedKey& key, uint64_t session) const;
  size_t footprint(const TrackedKey& key);
  size_t keys_over_limit() const;
  void forget_random();
  void forget_all();
  void invalidate(Bytes key, uint64_t hash, bool changed_by_client);
  void note_for_broadcast(Bytes key);
  void broadcast(Prefix& prefix);
  void tell_of_others(Session& session, const Prefix& prefix);
  void tell(Session& session, Invalidation& message);
  template <class Delivery>
  void or_close(Session& session, Delivery&& delivery);
  void deliver(Session& session, uint64_t redirect, Invalidation& message);
  void tell_redirect_is_broken(Session& session, uint64_t redirect);

  Engine& engine_;
  Epoch epoch_;  // no snapshot reads the table
  Table<TrackedKey> keys_;
  size_t key_bytes_ = 0;
  size_t items_ = 0;
  size_t clients_ = 0;
  std::map<std::string, Prefix, std::less<>> prefixes_;
  std::map<size_t, size_t> prefix_lengths_;  // how many prefixes have that length
  bool to_broadcast_ = false;
  /// What a session whose command runs is to be told: a key, or nothing for all of them; and who
  /// is told instead. (The command may end the tracking; what has changed before is told.)
  struct Own {
    uint64_t session;
    std::optional<std::string> key;
    uint64_t redirect;
  };
  std::vector<Own> own_;
};

}  // namespace sorrel
