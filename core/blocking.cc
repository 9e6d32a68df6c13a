#include "core/blocking.h"

#include "core/engine.h"
#include "core/session.h"

#include <limits>
#include <new>

namespace sorrel {

NameMap<Blocking::Queue>& Blocking::queues(int db) {
  const auto number = static_cast<size_t>(db);
  if (queues_.size() <= number) queues_.resize(number + 1);
  return queues_[number];
}

size_t Blocking::keys() const {
  size_t keys = 0;
  for (const NameMap<Queue>& queues : queues_) keys += queues.size();
  return keys;
}

void Blocking::block(Context& context, const BlockRequest& request) {
  Session& session = context.session;
  const int64_t deadline_ms = request.timeout_ms == 0 ? 0 : context.now_ms() + request.timeout_ms;
  const auto call = request.call.empty() ? context.args : request.call;
  auto blocked = std::make_unique<BlockedCall>(BlockedCall{
      Transaction::keep(context.command, call), request.type, session.db, deadline_ms, {}});
  blocked->places.reserve(request.keys.size());
  if (deadline_ms != 0) deadlines_.emplace(deadline_ms, &session);
  session.blocked = std::move(blocked);
  session.set(Session::kBlocked);
  ++waiting_;
  engine_.books().ready_wanted = true;
  try {
    for (const Bytes key : request.keys) queue_up(session, key);
  } catch (const std::bad_alloc&) {
    release(session);
    throw;
  }
}

void Blocking::queue_up(Session& session, Bytes key) {
  std::string name(key);
  Queue mine(1, &session);
  Queue& queue = find_or_make(queues(session.db), key);
  // Named before in this call: nobody else has come meanwhile.
  if (!queue.empty() && queue.back() == &session) return;
  session.blocked->places.emplace_back(std::move(name), mine.begin());
  queue.splice(queue.end(), mine);
}

void Blocking::release(Session& session) {
  if (!session.blocked) return;
  const std::unique_ptr<BlockedCall> blocked = std::move(session.blocked);
  NameMap<Queue>& by_key = queues(blocked->db);
  for (const auto& [key, place] : blocked->places) {
    const auto found = by_key.find(key);
    found->second.erase(place);
    if (found->second.empty()) by_key.erase(found);
  }
  if (blocked->deadline_ms != 0) {
    auto at = deadlines_.lower_bound(blocked->deadline_ms);
    while (at->second != &session) ++at;
    deadlines_.erase(at);
  }
  session.unset(Session::kBlocked);
  --waiting_;
  engine_.books().ready_wanted = !empty();
}

void Blocking::key_ready(Bytes key, int db) {
  const NameMap<Queue>& by_key = queues(db);
  if (by_key.find(key) == by_key.end()) return;
  ready_.emplace_back(db, std::string(key));
  engine_.expect_follow_up();
}

void Blocking::look_again(int db) {
  if (empty()) return;
  for (const auto& [key, queue] : queues(db)) ready_.emplace_back(db, key);
  engine_.expect_follow_up();
}

// Serving one may make further keys ready (BLMOVE): they are served in their turn.
void Blocking::serve() {
  while (!ready_.empty()) {
    const std::vector<std::pair<int, std::string>> ready = std::move(ready_);
    ready_.clear();
    for (const auto& [db, key] : ready) serve_key(db, key);
  }
}

void Blocking::serve_key(int db, const std::string& key) {
  const Keyspace& keyspace = engine_.database(db);
  NameMap<Queue>& by_key = queues(db);
  const auto found = by_key.find(key);
  if (found == by_key.end()) return;
  // A session that is served leaves the queue, and the last one takes the queue along: so they are
  // counted, and the next one is known before.
  size_t left = found->second.size();
  auto next = found->second.begin();
  for (; left > 0; --left) {
    Session& session = **next;
    if (left > 1) ++next;
    const Entry* entry = keyspace.peek(key);
    if (entry == nullptr || entry->expired(engine_.now_ms())) return;
    if (entry->type() == session.blocked->type) engine_.run_blocked(session);
  }
}

void Blocking::end_overdue(int64_t now_ms) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_ms) {
    engine_.end_wait(*deadlines_.begin()->second);
  }
}

int64_t Blocking::next_deadline_ms() const {
  return deadlines_.empty() ? std::numeric_limits<int64_t>::max() : deadlines_.begin()->first;
}

}  // namespace sorrel
