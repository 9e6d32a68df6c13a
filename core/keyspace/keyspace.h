// Keyspace: one numbered database: its keys, and the indexes of those that expire, whole or in
// parts.
//
// Owned by the engine. Reads go through find_live(), which never shows an expired key and deletes
// it on the way; writes go through KeyWriter, and nothing else changes an entry.
//
// Invariants:
// 1. An entry is in `expiries()` exactly when it has an expiry, in `element_expiries()` exactly
//    when its collection has elements that expire, and in `schedules()` exactly when it is a stream
//    that has something to do by itself.
// 2. No command sees a key whose time has come. Elements whose time has come may be there still
//    (Collection::live_size); no reader shows them.
#pragma once

#include "core/base/bytes.h"
#include "core/keyspace/access_clock.h"
#include "core/keyspace/active_expiry.h"
#include "core/keyspace/bookkeeping.h"
#include "core/keyspace/entry.h"
#include "core/keyspace/expiry.h"
#include "core/structure/compaction.h"
#include "core/structure/table.h"
#include "core/value/value_context.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sorrel {

/// How a read counts.
enum class Touch : uint8_t {
  kCount,  // a hit or miss, and the access clock is set: a command that uses the value
  kLook,   // a hit or miss: TYPE, TTL, EXISTS
  kQuiet,  // a hit or miss, and no event for a miss: OBJECT
  kPeek,   // nothing
};

class Keyspace {
 public:
  /// `active` hears of it when something expires in it; nullptr: nothing goes by itself.
  Keyspace(ValueContext& values, int number, int64_t now_ms, ActiveExpiry* active = nullptr);

  /// Elements that are deleted because somebody looks at the key. Readers pass over the others: the
  /// active side gets to them.
  static constexpr size_t kElementsExpiredOnAccess = 64;

  int number() const { return number_; }
  size_t size() const { return table_.size(); }
  uint64_t hash(Bytes key) const { return values_.hash(key); }
  /// What stands under the key, its time come or not. Nothing is counted, and nothing goes.
  const Entry* peek(Bytes key) const { return table_.find(key, hash(key)); }

  /// The entry, or nullptr when there is none or its time has come (then it is deleted, journaled
  /// and announced first). Valid until the next mutation of the keyspace.
  const Entry* find_live(Bookkeeping& books, Bytes key, uint64_t hash, Touch touch);
  /// The same for an entry that is there.
  const Entry* live(Bookkeeping& books, const Entry& entry);
  /// Whether find_live() would find nothing: the key's time has come, or that of all its elements.
  /// For whoever lists keys, and deletes none on the way.
  static bool is_gone(const Entry& entry, int64_t expired_until_ms);

  /// Deletes a key on the server's own account: journaled as DEL or UNLINK, announced, and gone.
  void remove(Bookkeeping& books, const Entry& entry, EventClass event_class, Bytes event,
              bool unlink);
  /// Deletes a key whose time has come: journal, event, count.
  void expire(Bookkeeping& books, const Entry& entry);
  /// Adds a stream's delayed entries that are due, at most `budget` of them, which it reduces, and
  /// gives the entry.
  const Entry& add_delayed(Bookkeeping& books, const Entry& entry, size_t& budget);
  /// Deletes elements whose time has come, at most `budget` of them, which it reduces. Gives the
  /// entry, or nullptr when nothing was left of it: then the key is gone, all at once.
  const Entry* expire_elements(Bookkeeping& books, const Entry& entry, size_t& budget);
  /// The same for those of the named elements whose time has come.
  void expire_named(Bookkeeping& books, const Entry& entry, std::span<const Bytes> elements);
  /// For a command that makes something of all elements of `entry` (which may be nullptr): those
  /// whose time has come go first, all of them, so that whoever reads the journal finds what the
  /// command finds. Gives the entry.
  const Entry* settle(Bookkeeping& books, const Entry* entry);
  /// Deletes keys and elements that are due, the active side of expiry. Each of them and each step
  /// of the search costs one of `budget`; when that is used up there may be more to do.
  void expire_due(Bookkeeping& books, size_t& budget);
  /// Whether anything expires in it at all.
  bool expires() const {
    return expiries_.size() + element_expiries_.size() + schedules_.size() != 0;
  }
  /// ActiveExpiry has forgotten it.
  void leave_active_expiry() { in_active_expiry_ = false; }

  /// Every key goes at once; memory comes back in slices through the epoch.
  void clear();
  void swap(Keyspace& other);

  // ---- Compaction (core/compactor.h). No snapshot lives.
  /// A value that is too big for one step, and how far it has been walked.
  struct BigValue {
    std::string key;
    uint64_t position;
  };
  /// Keys of which something has moved, and others that were looked at.
  struct Compacted {
    uint64_t moved = 0;
    uint64_t kept = 0;
  };
  /// Walks entries from `position` on, which becomes the position to go on from, 0 at the end. What
  /// is too big is added to `big`.
  Compacted compact(uint64_t& position, Compaction& step, std::vector<BigValue>& big);
  /// Walks on in the last of `big`, and takes it out when it is through, or gone.
  Compacted compact_big(std::vector<BigValue>& big, Compaction& step);

  Table<Entry>& table() { return table_; }
  const Table<Entry>& table() const { return table_; }
  ExpiryIndex& expiries() { return expiries_; }
  const ExpiryIndex& expiries() const { return expiries_; }
  ExpiryIndex& element_expiries() { return element_expiries_; }
  const ExpiryIndex& element_expiries() const { return element_expiries_; }
  const ExpiryIndex& schedules() const { return schedules_; }
  /// Of the two, that which keeps entries of this type.
  ExpiryIndex& element_index(Type type) {
    return type == Type::kStream ? schedules_ : element_expiries_;
  }
  /// All indexes: an entry comes, goes, or is copied. Room must have been made for one that comes.
  void index(Entry& entry);
  void unindex(const Entry& entry);
  void moved(Entry& entry);
  /// Its elements expire, or it has something to do, from another time on, kNever included. Room
  /// must have been made.
  void move_element_expiry(Entry& entry, int64_t at_ms);
  Epoch& epoch() { return epoch_; }
  ValueContext& values() { return values_; }

  static void touch(Bookkeeping& books, const Entry& entry) {
    if (books.no_touch) return;
    entry.set_access_clock(touched_clock(books, entry.access_clock()));
  }

 private:
  static uint64_t rehash_entry(const Entry& entry, const void* keyspace);
  bool expire_all_elements(Bookkeeping& books, const Entry& entry);
  Entry& thaw_to_expire(const Entry& entry);
  void retain(Bookkeeping& books, const Entry& entry, size_t& budget);
  void tell_expired(Bookkeeping& books, Entry& entry, std::span<const std::string> gone);
  uint64_t compact_entry(Owned<Entry>& reference, Compaction& step);
  void join_active_expiry();

  ValueContext& values_;
  Epoch& epoch_;
  int number_;
  bool in_active_expiry_ = false;
  ActiveExpiry* const active_;
  Table<Entry> table_;
  ExpiryIndex expiries_;
  ExpiryIndex element_expiries_;
  ExpiryIndex schedules_;
};

}  // namespace sorrel
