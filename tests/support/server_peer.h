// ServerPeer: a peer that is a process behind a socket: redis-server, or anything with its command
// line.
#pragma once

#include "tests/support/peer.h"
#include "tests/support/server_process.h"

#include <memory>
#include <string>

namespace sorrel::test {

enum class Transport { kTcp, kUnixSocket };

class ServerPeer final : public Peer {
 public:
  /// `reference`: the server whose answers are right by definition.
  static Result<std::unique_ptr<ServerPeer>> start(const std::string& binary, Transport transport,
                                                   bool reference, const Words& options = {});

  Result<std::unique_ptr<Channel>> connect(Protocol protocol) override;
  /// A process has the machine's clock: waits.
  void advance_ms(int64_t ms) override;
  bool is_reference() const override { return reference_; }
  bool has_sockets() const override { return true; }

  ServerProcess& process() { return *process_; }

 private:
  ServerPeer(std::unique_ptr<ServerProcess> process, Transport transport, bool reference)
      : process_(std::move(process)), transport_(transport), reference_(reference) {}

  std::unique_ptr<ServerProcess> process_;
  Transport transport_;
  bool reference_;
};

/// A blocking connection to a socket that somebody else serves.
Result<std::unique_ptr<Channel>> connect_tcp(int port);
Result<std::unique_ptr<Channel>> connect_unix(const std::string& path);

}  // namespace sorrel::test
