#include "core/blocking.h"

#include "core/engine.h"
#include "core/session.h"

#include <algorithm>
#include <new>
#include <set>
#include <utility>

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

size_t Blocking::keys_watched_to_go() const {
  size_t keys = 0;
  for (const NameMap<Queue>& queues : queues_) {
    for (const auto& [key, queue] : queues) keys += queue.when_gone != 0 ? 1 : 0;
  }
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
  ++waiting_for_[static_cast<size_t>(request.type)];
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
  BlockedCall::Sessions mine(1, &session);
  Queue& queue = find_or_make(queues(session.db), key);
  // Named before in this call: nobody else has come meanwhile.
  if (!queue.sessions.empty() && queue.sessions.back() == &session) return;
  session.blocked->places.emplace_back(std::move(name), mine.begin());
  queue.sessions.splice(queue.sessions.end(), mine);
  queue.when_gone += session.blocked->when_gone ? 1 : 0;
}

std::unique_ptr<BlockedCall> Blocking::release(Session& session) {
  if (!session.blocked) return nullptr;
  std::unique_ptr<BlockedCall> blocked = std::move(session.blocked);
  NameMap<Queue>& by_key = queues(blocked->db);
  for (const auto& [key, place] : blocked->places) {
    const auto found = by_key.find(key);
    found->second.sessions.erase(place);
    found->second.when_gone -= blocked->when_gone ? 1 : 0;
    if (found->second.sessions.empty()) {
      by_key.erase(found);
    } else if (blocked->again_ms != kNever) {
      // Its kin counted on it to look when the time comes.
      note(key, blocked->db, true);
    }
  }
  if (blocked->deadline_ms != 0) deadlines_.erase({blocked->deadline_ms, session.id});
  if (blocked->again_ms != kNever) agains_.erase({blocked->again_ms, session.id});
  if (blocked->for_disk) std::erase(disk_waiters_, &session);
  session.unset(Session::kBlocked);
  --waiting_;
  --waiting_for_[static_cast<size_t>(blocked->type)];
  engine_.books().ready_wanted = !empty();
  return blocked;
}

// One that has gone, or is of a type that nobody waits for, concerns only those who wait for its
// end. For the others it has no place in the order of keys yet: it gets one when it is made anew.
bool Blocking::concerns(const Queue& queue, Bytes key, int db) const {
  if (queue.when_gone != 0) return true;
  const Entry* const entry = engine_.database(db).peek(key);
  return entry != nullptr && waiting_for_[static_cast<size_t>(entry->type())] != 0;
}

void Blocking::note(Bytes key, int db, bool is_new) {
  const auto number = static_cast<size_t>(db);
  if (number >= queues_.size()) return;
  const auto found = queues_[number].find(key);
  if (found == queues_[number].end() || !concerns(found->second, key, db)) return;
  try {
    ready_.push_back({db, std::string(key), is_new});
  } catch (const std::bad_alloc&) {
    overlooked_ = true;
  }
  engine_.expect_follow_up();
}

void Blocking::look_again(int db) {
  if (empty()) return;
  try {
    note_all(db);
  } catch (const std::bad_alloc&) {
    overlooked_ = true;
  }
  engine_.expect_follow_up();
}

// Throws std::bad_alloc.
void Blocking::note_all(int db) {
  for (const auto& [key, queue] : queues(db)) {
    if (concerns(queue, key, db)) ready_.push_back({db, key, true});
  }
}

// Serving one may make further keys ready (BLMOVE): they are served in their turn. Where memory
// ends in the middle, the next turn goes on.
void Blocking::serve() {
  while (has_ready()) {
    if (std::exchange(gave_up_, false)) serve_disk_waiters();
    for (size_t db = 0; overlooked_ && db < queues_.size(); ++db) note_all(static_cast<int>(db));
    overlooked_ = false;
    const std::vector<Ready> ready = std::exchange(ready_, {});
    try {
      for (const Ready& each : ready) serve_key(each);
    } catch (const std::bad_alloc&) {
      overlooked_ = true;
      throw;
    }
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
  Queue& queue = found->second;
  size_t left = queue.sessions.size();
  std::set<std::string> in_vain;
  auto next = queue.sessions.begin();
  for (; left > 0; --left) {
    Session& session = **next;
    if (left > 1) ++next;
    if (session.has(Session::kCloseNow)) continue;
    const Entry* entry = keyspace.peek(key);
    const BlockedCall& call = *session.blocked;
    const bool gone = entry == nullptr || entry->expired(engine_.now_ms());
    if (gone && queue.when_gone == 0) return;
    const bool fits = !gone && entry->type() == call.type && (is_new || call.as_it_grows);
    if (!fits && !call.when_gone) continue;
    if (in_vain.find(call.kin) != in_vain.end()) continue;
    engine_.run_blocked(session);
    if (session.blocked && !session.blocked->kin.empty()) in_vain.insert(session.blocked->kin);
  }
}

// Who waits for the disk answers for itself, when the command that runs has ended.
void Blocking::give_up(Session& session) {
  if (!session.blocked->for_disk) return engine_.end_wait(session);
  session.blocked->given_up = true;
  gave_up_ = true;
  engine_.expect_follow_up();
}

void Blocking::serve_disk_waiters() {
  const std::vector<Session*> waiting = disk_waiters_;
  for (Session* session : waiting) engine_.run_blocked(*session);
}

// The gate's states in which a call that writes isn't let in.
bool Blocking::may_run_again() const {
  return !engine_.paused().postpones(true) && !engine_.loading() &&
         engine_.write_refusal().empty() && !engine_.stopped();
}

void Blocking::end_overdue(int64_t now_ms) {
  while (may_run_again() && !agains_.empty() && agains_.begin()->first.first <= now_ms) {
    Session& session = *agains_.begin()->second;
    if (session.has(Session::kCloseNow)) {
      release(session);
      continue;
    }
    engine_.run_blocked(session);
    if (session.blocked && session.blocked->again_ms <= now_ms) set_again(session, kNever);
  }
  while (!deadlines_.empty() && deadlines_.begin()->first.first <= now_ms) {
    Session& session = *deadlines_.begin()->second;
    const bool answers_itself = session.blocked->for_disk && !session.has(Session::kCloseNow);
    answers_itself ? engine_.run_blocked(session) : engine_.end_wait(session);
  }
  serve();
}

int64_t Blocking::next_deadline_ms() const {
  const int64_t deadline_ms = deadlines_.empty() ? kNever : deadlines_.begin()->first.first;
  if (agains_.empty() || !may_run_again()) return deadline_ms;
  return std::min(deadline_ms, agains_.begin()->first.first);
}

}  // namespace sorrel
