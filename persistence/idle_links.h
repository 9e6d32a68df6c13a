// IdleLinks: connections to other servers that a call has left whole, kept for the next one to the
// same server: MIGRATE key by key would connect for each.
//
// One for each server, and for each way of having authenticated there: what a connection may do is
// nobody else's. Owned by Migrations. On the loop.
#pragma once

#include "persistence/network.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {

class IdleLinks {
 public:
  /// As long as Redis keeps them, and as many.
  static constexpr int64_t kIdleMsMax = 10'000;
  static constexpr size_t kLinksMax = 64;

  /// Host, port, and what was authenticated with.
  using Peer = std::vector<std::string>;

  /// nullptr: there is none. It may have been closed on the other side.
  std::unique_ptr<PeerLink> take(const Peer& peer) {
    auto found = idle_.extract(peer);
    return found.empty() ? nullptr : std::move(found.mapped().link);
  }
  void keep(const Peer& peer, std::unique_ptr<PeerLink> link, int64_t now_ms) {
    if (idle_.size() < kLinksMax || idle_.contains(peer)) idle_[peer] = {std::move(link), now_ms};
  }
  void close_old(int64_t now_ms) {
    std::erase_if(idle_,
                  [&](const auto& idle) { return now_ms - idle.second.since_ms >= kIdleMsMax; });
  }
  void close() { idle_.clear(); }

 private:
  struct Idle {
    std::unique_ptr<PeerLink> link;
    int64_t since_ms = 0;
  };
  std::map<Peer, Idle> idle_;
};

}  // namespace sorrel
