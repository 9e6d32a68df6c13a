// Migrations: keys on their way to another server (MIGRATE), a migration a session at most.
//
// The loop goes on meanwhile, and so do other clients: a key may change, or go, between being sent
// and being acknowledged. So a key is deleted only if it is still what was sent; else what it is
// now is sent as well, or that it has gone. The client waits as for a slow disk (core/blocking.h),
// and its call runs again when the other server has answered.
//
// Owned by Persistence. On the loop.
#pragma once

#include "core/engine.h"
#include "persistence/idle_links.h"
#include "persistence/peer_call.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sorrel {

struct Migration {
  struct Key {
    std::string name;
    uint64_t sum = 0;  // of the payload that was sent
    int64_t expires_ms = 0;
    bool gone = false;  // its deletion was sent
  };
  std::string host;
  int port = 0;
  int64_t timeout_ms = 0;
  int64_t database = 0;
  std::vector<std::string> auth;  // AUTH and its arguments, or nothing
  bool copy = false;
  bool replace = false;

  std::vector<Key> keys;  // of this round
  int rounds = 0;
  std::shared_ptr<PeerCall> call;
  uint64_t number = 0;  // of the call, among all
};

class Migrations {
 public:
  /// No network: every migration fails.
  Migrations(Engine& engine, Network* network, Executor& executor)
      : engine_(engine), network_(network), executor_(executor) {}

  bool possible() const { return network_ != nullptr; }
  /// The session's, or nullptr.
  Migration* find(uint64_t session_id);
  Migration& add(uint64_t session_id, Migration migration);
  void forget(uint64_t session_id);
  /// Sends the requests, of which each gets a reply; the session's call runs again when they are
  /// there. `waits`: they are there on return.
  void send(uint64_t session_id, std::string requests, size_t replies, bool waits);
  /// Closes connections that nobody has used for long.
  void tick() { idle_links_.close_old(now_ms()); }
  /// Nothing goes on any more.
  void close();

 private:
  int64_t now_ms() const { return engine_.clock().monotonic_ns() / 1'000'000; }
  void answered(uint64_t session_id, uint64_t number);
  void keep_link(const Migration& migration);

  Engine& engine_;
  Network* const network_;
  Executor& executor_;
  std::map<uint64_t, std::unique_ptr<Migration>> migrations_;
  uint64_t calls_ = 0;
  IdleLinks idle_links_;
};

}  // namespace sorrel
