// ReloadedPeer: an engine in this process that has its data written to a snapshot file and read
// back, again and again while a file is played, and must not show it: what a reply tells after a
// reload is what it would have told without.
//
// At the end the data are compared with those before one more reload, encodings aside: an edited
// string, for one, is a plain one again.
#pragma once

#include "tests/support/engine_peer.h"

#include <memory>
#include <optional>
#include <string>

namespace sorrel::test {

class ReloadedPeer final : public Peer {
 public:
  /// `options` as on a server's command line.
  static Result<std::unique_ptr<ReloadedPeer>> start(const Words& options, int64_t unix_us);

  Result<std::unique_ptr<Channel>> connect(Protocol protocol) override;
  void advance_ms(int64_t ms) override { peer_->advance_ms(ms); }
  bool is_reference() const override { return false; }
  bool is_reloaded() const override { return true; }
  bool has_sockets() const override { return false; }
  std::optional<std::string> fault() override;

 private:
  class ReloadingChannel;

  explicit ReloadedPeer(std::unique_ptr<EnginePeer> peer) : peer_(std::move(peer)) {}
  void reload();

  const std::unique_ptr<EnginePeer> peer_;
  Status reloaded_;
  /// Commands until the next reload.
  int countdown_ = 0;
};

}  // namespace sorrel::test
