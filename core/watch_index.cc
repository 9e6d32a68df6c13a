#include "core/watch_index.h"

#include "core/session.h"

#include <algorithm>
#include <new>

namespace sorrel {
namespace {

WatchedKey& watched_key(Session& session, int db, Bytes key) {
  std::vector<WatchedKey>& watched = session.transaction->watched;
  return *std::find_if(watched.begin(), watched.end(),
                       [&](const WatchedKey& other) { return other.db == db && other.key == key; });
}

}  // namespace

void WatchIndex::add(Session& session, Keyspace& db, Bytes key, int64_t now_ms) {
  if (!session.transaction) session.transaction = std::make_unique<Transaction>();
  if (watches(session, db.number(), key)) return;
  std::vector<WatchedKey>& watched = session.transaction->watched;
  const Entry* entry = db.peek(key);
  watched.push_back({db.number(), std::string(key), entry != nullptr && entry->expired(now_ms)});
  try {
    list(session, db.number(), key);
  } catch (const std::bad_alloc&) {
    watched.pop_back();
    throw;
  }
  session.transaction->watched_bytes += watched.back().held_bytes();
}

// Few watch the same key; a session may watch very many.
bool WatchIndex::watches(const Session& session, int db, Bytes key) const {
  const auto found = keys_.find(View{db, key});
  if (found == keys_.end()) return false;
  const std::vector<Session*>& sessions = found->second;
  return std::find(sessions.begin(), sessions.end(), &session) != sessions.end();
}

void WatchIndex::list(Session& session, int db, Bytes key) {
  const auto found = keys_.find(View{db, key});
  if (found != keys_.end()) return found->second.push_back(&session);
  keys_.emplace(Key{db, std::string(key)}, std::vector<Session*>(1, &session));
}

void WatchIndex::remove_all(Session& session) {
  if (!session.transaction) return;
  for (const WatchedKey& watched : session.transaction->watched) {
    const auto found = keys_.find(View{watched.db, watched.key});
    std::erase(found->second, &session);
    if (found->second.empty()) keys_.erase(found);
  }
  session.transaction->watched.clear();
  session.transaction->watched_bytes = 0;
  session.transaction->watched_changed = false;
}

bool WatchIndex::any_expired(const Session& session, const std::function<Keyspace&(int)>& database,
                             int64_t now_ms) const {
  const std::vector<WatchedKey>& watched = session.transaction->watched;
  return std::any_of(watched.begin(), watched.end(), [&](const WatchedKey& key) {
    if (key.was_expired) return false;
    const Entry* entry = database(key.db).peek(key.key);
    return entry != nullptr && entry->expired(now_ms);
  });
}

void WatchIndex::key_changed(Bytes key, const Keyspace& db, int64_t now_ms) {
  const auto found = keys_.find(View{db.number(), key});
  if (found == keys_.end()) return;
  const Entry* entry = db.peek(key);
  const bool is_gone = entry == nullptr || entry->expired(now_ms);
  for (Session* session : found->second) {
    if (session->transaction->watched_changed) continue;
    WatchedKey& mine = watched_key(*session, db.number(), key);
    // It had gone for every reader before it was watched.
    if (std::exchange(mine.was_expired, false) && is_gone) continue;
    session->transaction->watched_changed = true;
  }
}

// A key whose time had come when it was watched has changed only if there is a live one now, and
// one that wasn't there only if it is.
void WatchIndex::database_replaced(const Keyspace& db, const Keyspace* successor, int64_t now_ms) {
  for (const auto& [key, sessions] : keys_) {
    if (key.db != db.number()) continue;
    const bool was_there = db.peek(key.name) != nullptr;
    const Entry* next = successor != nullptr ? successor->peek(key.name) : nullptr;
    if (!was_there && next == nullptr) continue;
    const bool expired_next = next != nullptr && next->expired(now_ms);
    for (Session* session : sessions) {
      WatchedKey& mine = watched_key(*session, key.db, key.name);
      const bool was_nothing = mine.was_expired || !was_there;
      if (was_nothing) mine.was_expired = expired_next;
      if (was_nothing && (next == nullptr || expired_next)) continue;
      session->transaction->watched_changed = true;
    }
  }
}

}  // namespace sorrel
