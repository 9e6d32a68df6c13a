#include "core/blocking.h"

#include "core/engine.h"
#include "core/session.h"

#include <algorithm>
#include <new>
#include <set>

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
  auto blocked = std::make_unique<BlockedCall>(BlockedCall{Transaction::keep(context.command, call),
                                                           request.type,
                                                           session.db,
                                                           deadline_ms,
                                                           request.when_gone,
                                                           kNever,
                                                           std::string(request.kin),
                                                           request.as_it_grows,
                                                           request.for_disk,
                                                           {}});
  blocked->places.reserve(request.keys.size());
  if (deadline_ms != 0) deadlines_.emplace(std::pair(deadline_ms, session.id), &session);
  session.blocked = std::move(blocked);
  session.set(Session::kBlocked);
  ++waiting_;
  if (request.when_gone) ++waiting_when_gone_;
  engine_.books().ready_wanted = true;
  try {
    if (request.for_disk) disk_waiters_.push_back(&session);
    set_again(session, request.again_ms);
    for (const Bytes key : request.keys) queue_up(session, key);
  } catch (const std::bad_alloc&) {
    release(session);
    throw;
  }
}

void Blocking::set_again(Session& session, int64_t again_ms) {
  int64_t& set = session.blocked->again_ms;
  if (set == again_ms) return;
  if (again_ms != kNever) agains_.emplace(std::pair(again_ms, session.id), &session);
  if (set != kNever) agains_.erase({set, session.id});
  set = again_ms;
}

void Blocking::wait_on(Session& session, const BlockRequest& request) {
  set_again(session, request.again_ms);
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

std::unique_ptr<BlockedCall> Blocking::release(Session& session) {
  if (!session.blocked) return nullptr;
  std::unique_ptr<BlockedCall> blocked = std::move(session.blocked);
  NameMap<Queue>& by_key = queues(blocked->db);
  for (const auto& [key, place] : blocked->places) {
    const auto found = by_key.find(key);
    found->second.erase(place);
    if (found->second.empty()) {
      by_key.erase(found);
    } else if (blocked->again_ms != kNever) {
      // Its kin counted on it to look when the time comes.
      ready_.push_back({blocked->db, key, true});
      engine_.expect_follow_up();
    }
  }
  if (blocked->deadline_ms != 0) deadlines_.erase({blocked->deadline_ms, session.id});
  if (blocked->again_ms != kNever) agains_.erase({blocked->again_ms, session.id});
  if (blocked->for_disk) std::erase(disk_waiters_, &session);
  session.unset(Session::kBlocked);
  --waiting_;
  if (blocked->when_gone) --waiting_when_gone_;
  engine_.books().ready_wanted = !empty();
  return blocked;
}

void Blocking::key_ready(Bytes key, int db) {
  const NameMap<Queue>& by_key = queues(db);
  if (by_key.find(key) == by_key.end()) return;
  ready_.push_back({db, std::string(key), true});
  engine_.expect_follow_up();
}

void Blocking::list_grew(Bytes key, int db) {
  const NameMap<Queue>& by_key = queues(db);
  if (by_key.find(key) == by_key.end()) return;
  ready_.push_back({db, std::string(key), false});
  engine_.expect_follow_up();
}

void Blocking::look_again(int db) {
  if (empty()) return;
  for (const auto& [key, queue] : queues(db)) ready_.push_back({db, key, true});
  engine_.expect_follow_up();
}

// Serving one may make further keys ready (BLMOVE): they are served in their turn.
void Blocking::serve() {
  while (!ready_.empty()) {
    const std::vector<Ready> ready = std::move(ready_);
    ready_.clear();
    for (const Ready& each : ready) serve_key(each);
  }
}

void Blocking::serve_key(const Ready& ready) {
  const auto& [db, key, is_new] = ready;
  const Keyspace& keyspace = engine_.database(db);
  NameMap<Queue>& by_key = queues(db);
  const auto found = by_key.find(key);
  if (found == by_key.end()) return;
  // A session that is served leaves the queue, and the last one takes the queue along: so they are
  // counted, and the next one is known before.
  size_t left = found->second.size();
  std::set<std::string> in_vain;
  auto next = found->second.begin();
  for (; left > 0; --left) {
    Session& session = **next;
    if (left > 1) ++next;
    const Entry* entry = keyspace.peek(key);
    const BlockedCall& call = *session.blocked;
    const bool gone = entry == nullptr || entry->expired(engine_.now_ms());
    if (gone && waiting_when_gone_ == 0) return;
    const bool fits = !gone && entry->type() == call.type && (is_new || call.as_it_grows);
    if (!fits && !call.when_gone) continue;
    if (in_vain.find(call.kin) != in_vain.end()) continue;
    engine_.run_blocked(session);
    if (session.blocked && !session.blocked->kin.empty()) in_vain.insert(session.blocked->kin);
  }
}

void Blocking::serve_disk_waiters() {
  const std::vector<Session*> waiting = disk_waiters_;
  for (Session* session : waiting) engine_.run_blocked(*session);
}

void Blocking::end_overdue(int64_t now_ms) {
  while (!agains_.empty() && agains_.begin()->first.first <= now_ms) {
    Session& session = *agains_.begin()->second;
    engine_.run_blocked(session);
    if (session.blocked && session.blocked->again_ms <= now_ms) set_again(session, kNever);
  }
  while (!deadlines_.empty() && deadlines_.begin()->first.first <= now_ms) {
    Session& session = *deadlines_.begin()->second;
    session.blocked->for_disk ? engine_.run_blocked(session) : engine_.end_wait(session);
  }
  serve();
}

int64_t Blocking::next_deadline_ms() const {
  const int64_t deadline_ms = deadlines_.empty() ? kNever : deadlines_.begin()->first.first;
  return agains_.empty() ? deadline_ms : std::min(deadline_ms, agains_.begin()->first.first);
}

}  // namespace sorrel
