// WatchIndex: which sessions watch which keys.
//
// Owned by the engine. While it is empty nobody is told of changes, and a key that nobody watches
// costs one look-up when others are watched. A change marks the watching sessions' transactions;
// EXEC looks at the mark.
#pragma once

#include "core/base/bytes.h"
#include "core/keyspace/keyspace.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sorrel {

class Session;

class WatchIndex {
 public:
  bool empty() const { return keys_.empty(); }
  /// Watches another key; one that is watched already stays as it is. Throws std::bad_alloc, and
  /// the key isn't watched.
  void add(Session& session, Keyspace& db, Bytes key, int64_t now_ms);
  /// Forgets all that the session watches.
  void remove_all(Session& session);
  /// Whether one of the session's keys is past its time, though nobody has deleted it yet.
  bool any_expired(const Session& session, const std::function<Keyspace&(int)>& database,
                   int64_t now_ms) const;

  void key_changed(Bytes key, const Keyspace& db, int64_t now_ms);
  /// `db` is about to lose its keys, or (`successor` given) to get that one's: whoever watches a
  /// key that is in either sees a change.
  void database_replaced(const Keyspace& db, const Keyspace* successor, int64_t now_ms);

 private:
  struct Key {
    int db;
    std::string name;
  };
  struct View {
    int db;
    Bytes name;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(const View& key) const {
      return std::hash<Bytes>{}(key.name) + static_cast<size_t>(key.db) * 0x9e3779b97f4a7c15;
    }
    size_t operator()(const Key& key) const { return (*this)(View{key.db, key.name}); }
  };
  struct Equal {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return a.db == b.db && Bytes(a.name) == Bytes(b.name);
    }
  };

  bool watches(const Session& session, int db, Bytes key) const;
  void list(Session& session, int db, Bytes key);

  std::unordered_map<Key, std::vector<Session*>, Hash, Equal> keys_;
};

}  // namespace sorrel
