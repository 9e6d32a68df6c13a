// Network and PeerLink: connections that this server makes to others: MIGRATE's now, a replica's to
// its primary later.
//
// Core and persistence open no sockets: whoever makes the instance gives a Network in
// (server/posix_network.h), and tests one that follows a script. A link is used by one background
// job, a step at a time: each call waits for so long at most, so that a job can be aborted.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sorrel {

/// Closed when it is destroyed.
class PeerLink {
 public:
  PeerLink() = default;
  virtual ~PeerLink() = default;
  PeerLink(const PeerLink&) = delete;
  PeerLink& operator=(const PeerLink&) = delete;

  /// How many of the bytes were taken; 0: none within that time (it may not be connected yet).
  virtual Result<size_t> send(Bytes bytes, int wait_ms) = 0;
  /// How many bytes have come; 0: none within that time. That the peer has gone is a failure.
  virtual Result<size_t> receive(char* out, size_t most, int wait_ms) = 0;
};

class Network {
 public:
  Network() = default;
  virtual ~Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Any thread. Begins to connect, and waits for nothing but the name's resolution, which is what
  /// may fail.
  virtual Result<std::unique_ptr<PeerLink>> connect(const std::string& host, int port) = 0;
};

}  // namespace sorrel
