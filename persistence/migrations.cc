#include "persistence/migrations.h"

#include <utility>

namespace sorrel {

Migration* Migrations::find(uint64_t session_id) {
  const auto found = migrations_.find(session_id);
  return found == migrations_.end() ? nullptr : found->second.get();
}

Migration& Migrations::add(uint64_t session_id, Migration migration) {
  forget(session_id);
  auto made = std::make_unique<Migration>(std::move(migration));
  return *migrations_.emplace(session_id, std::move(made)).first->second;
}

void Migrations::forget(uint64_t session_id) {
  const auto found = migrations_.find(session_id);
  if (found == migrations_.end()) return;
  if (found->second->call) found->second->call->abort();
  migrations_.erase(found);
}

namespace {

IdleLinks::Peer peer_of(const Migration& migration) {
  IdleLinks::Peer peer = {migration.host, std::to_string(migration.port)};
  peer.insert(peer.end(), migration.auth.begin(), migration.auth.end());
  return peer;
}

}  // namespace

void Migrations::keep_link(const Migration& migration) {
  std::unique_ptr<PeerLink> link = migration.call->take_link();
  if (link != nullptr) idle_links_.keep(peer_of(migration), std::move(link), now_ms());
}

void Migrations::send(uint64_t session_id, std::string requests, size_t replies, bool waits) {
  Migration& migration = *find(session_id);
  PeerCall::Terms terms;
  terms.host = migration.host;
  terms.port = migration.port;
  terms.timeout_ms = migration.timeout_ms;
  terms.requests = std::move(requests);
  terms.replies = replies;
  std::unique_ptr<PeerLink> link = idle_links_.take(peer_of(migration));
  if (!waits) {
    migration.number = ++calls_;
    terms.done = [this, session_id, number = calls_] { answered(session_id, number); };
    migration.call = std::make_shared<PeerCall>(*network_, std::move(terms), std::move(link));
    return executor_.submit(migration.call);
  }
  terms.done = [] {};
  migration.call = std::make_shared<PeerCall>(*network_, std::move(terms), std::move(link));
  while (migration.call->run_step()) {
  }
  migration.call->completed();
  keep_link(migration);
}

// Whoever doesn't wait for it any more leaves the keys where they are.
void Migrations::answered(uint64_t session_id, uint64_t number) {
  const Migration* const migration = find(session_id);
  if (migration == nullptr || migration->number != number) return;
  keep_link(*migration);
  Session* const session = engine_.session(session_id);
  const bool waits = session != nullptr && session->blocked != nullptr &&
                     session->blocked->call.command->spec->name == "migrate";
  waits ? engine_.run_blocked(*session) : forget(session_id);
}

void Migrations::close() {
  for (const auto& [session_id, migration] : migrations_) {
    if (migration->call) migration->call->abort();
  }
  migrations_.clear();
  executor_.drain();
  idle_links_.close();
}

}  // namespace sorrel
