// Bookkeeping: what must happen beside every change of a key, in one place.
//
// Owned by the engine; given to keyspaces and key writers, so that the keyspace layer knows neither
// sessions nor commands. A change is counted (dirty), told to those who watch the key, announced as
// a keyspace event, and written to the journal by the engine when the command ends.
//
// It is not the journal and not the event system: it holds references to those who are.
#pragma once

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/keyspace/event_class.h"

#include <cstdint>

namespace sorrel {

class Journal;
struct Stats;

/// Who hears of keys. Implemented above; absent until somebody subscribes or watches.
class KeyListener {
 public:
  virtual ~KeyListener() = default;
  /// `event` is Redis's name for what happened ("set", "del", "expired", …).
  virtual void key_event(EventClass event_class, Bytes event, Bytes key, int db) = 0;
  /// The value or the life of `key` changed: watchers fail, caches are invalidated.
  virtual void key_changed(Bytes key, int db) = 0;
  /// A key that somebody may wait for came to be, grew, or is about to go.
  virtual void key_ready(Bytes key, int db) = 0;
  /// Every key of a database is about to go; those of `successor` take their place, unless it is
  /// kNobody.
  virtual void database_replaced(int db, int successor) = 0;
  static constexpr int kNobody = -1;
};

struct Bookkeeping {
  Bookkeeping(Journal& journal_in, Stats& stats_in, Random& random_in)
      : journal(journal_in), stats(stats_in), random(random_in) {}

  Journal& journal;
  Stats& stats;
  Random& random;

  /// Unix time of this turn; every command of the turn sees the same.
  int64_t now_ms = 0;
  /// Changes ever made; whoever saves the data remembers how many it has saved.
  uint64_t dirty = 0;
  /// Collections ever handed out to be changed, whether they were or not.
  uint64_t edits = 0;

  /// Which event classes somebody wants; 0 makes notify() a test and nothing else.
  uint32_t event_mask = 0;
  /// Whether anybody watches or tracks any key.
  bool changes_wanted = false;
  /// Whether anybody waits for any key.
  bool ready_wanted = false;
  KeyListener* listener = nullptr;

  /// Keys whose time is no later than this are gone: now_ms, but for the commands of an import
  /// source, to which every key that is there lives.
  int64_t expired_until_ms = 0;
  /// Whether a look at a key that is gone deletes it; off while nothing may change (CLIENT PAUSE),
  /// or somebody else says what expires (import-mode).
  bool expiry_deletes = true;
  /// The command that runs has said what the journal is to get when it ends: nothing goes in
  /// before.
  bool effects_wait = false;
  /// lazyfree-lazy-expire: an expired key is journaled as UNLINK instead of DEL.
  bool expiry_unlinks = false;

  /// Access clock policy (core/keyspace/eviction.h): what a touched key gets.
  bool lfu = false;
  bool lrm = false;        // only modifications touch
  uint32_t lru_clock = 0;  // seconds, 24 bits
  int lfu_log_factor = 10;
  int lfu_decay_minutes = 1;
  /// The session asked for CLIENT NO-TOUCH; set around its commands.
  bool no_touch = false;

  void notify(EventClass event_class, Bytes event, Bytes key, int db) {
    if (__builtin_expect((event_mask & event_class) != 0, 0) && listener != nullptr) {
      listener->key_event(event_class, event, key, db);
    }
  }
  void changed(Bytes key, int db) {
    if (__builtin_expect(changes_wanted, 0) && listener != nullptr) listener->key_changed(key, db);
  }
  void ready(Bytes key, int db) {
    if (__builtin_expect(ready_wanted, 0) && listener != nullptr) listener->key_ready(key, db);
  }
  void replaced(int db, int successor) {
    if (changes_wanted && listener != nullptr) listener->database_replaced(db, successor);
  }
};

}  // namespace sorrel
