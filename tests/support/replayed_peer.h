// ReplayedPeer: an engine in this process whose journal is put to the test: a second engine that
// sees nothing but the journal must come to hold the same data.
//
// It replays a year later, as after a restart, and is compared as of the original's time: what is
// written as if the time were now (a relative expiry) gives itself away, and so does a time that
// has come meanwhile and is acted on before the journal says so. Encodings are not compared,
// because they follow settings, which no journal tells of.
#pragma once

#include "core/journal.h"
#include "tests/support/engine_peer.h"

#include <memory>
#include <optional>
#include <string>

namespace sorrel::test {

class ReplayedPeer final : public Peer {
 public:
  /// `options` as on a server's command line.
  static Result<std::unique_ptr<ReplayedPeer>> start(const Words& options, int64_t unix_us);
  ~ReplayedPeer() override;

  Result<std::unique_ptr<Channel>> connect(Protocol protocol) override;
  void advance_ms(int64_t ms) override { original_->advance_ms(ms); }
  bool is_reference() const override { return false; }
  bool has_sockets() const override { return false; }

  /// Replays what has been journaled since the last time, and compares all data.
  std::optional<std::string> fault() override;

 private:
  ReplayedPeer(std::unique_ptr<EnginePeer> original, std::unique_ptr<EnginePeer> copy);
  std::string take_journal();
  Status replay(const std::string& journal);
  Status execute(Session& session, std::span<const Bytes> args);

  const std::unique_ptr<EnginePeer> original_;
  const std::unique_ptr<EnginePeer> copy_;
  Journal::Reader reader_;
  int database_ = 0;  // that the journal has selected
};

}  // namespace sorrel::test
