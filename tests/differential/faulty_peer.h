// FaultyPeer: a right server made wrong, to prove that the differential runner can fail.
#pragma once

#include "tests/support/peer.h"

#include <functional>
#include <memory>
#include <string>

namespace sorrel::test {

struct Fault {
  std::function<std::string(std::string)> on_request = [](std::string bytes) { return bytes; };
  std::function<std::string(std::string)> on_reply = [](std::string bytes) { return bytes; };
};

/// Passes everything to `inner`, which it doesn't own, through the fault.
class FaultyPeer final : public Peer {
 public:
  FaultyPeer(Peer& inner, Fault fault) : inner_(inner), fault_(std::move(fault)) {}

  Result<std::unique_ptr<Channel>> connect(Protocol protocol) override;
  void advance_ms(int64_t ms) override { inner_.advance_ms(ms); }
  bool is_reference() const override { return false; }
  bool has_sockets() const override { return inner_.has_sockets(); }

 private:
  Peer& inner_;
  Fault fault_;
};

}  // namespace sorrel::test
