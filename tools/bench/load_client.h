// LoadClient: as much load on a server as one core can make.
//
// One thread, one epoll, n connections. Each connection sends `pipeline` requests in one write,
// straight out of a RequestSet, and sends the next ones when all replies have come. The connections
// draw from the set in turn and start again at its end. Runs on the thread that calls it, which is
// expected to be pinned to another core than the server's, and never sleeps: to wake a client that
// shares the machine costs the server an interrupt of the other core, which is dear on a virtual
// machine and which no client on another machine would cost it.
//
// The first error reply, a closed connection, bytes that aren't RESP and a server that is silent
// for kSilenceSecondsMax end a run with a failure.
#pragma once

#include "core/base/result.h"
#include "tools/bench/reply_counter.h"
#include "tools/bench/request_set.h"
#include "tools/bench/socket.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace sorrel::bench {

struct LoadShape {
  uint32_t clients = 50;
  uint32_t pipeline = 1;
};

class LoadClient {
 public:
  /// `requests` must outlive the client and not be empty.
  static Result<LoadClient> connect_to(uint16_t port, LoadShape shape, const RequestSet& requests);

  /// Returns with requests under way, so that the next run goes on without a gap.
  Status run_for(std::chrono::nanoseconds duration);
  /// Sends exactly `count` requests and returns when all replies are there.
  Status run_count(uint64_t count);
  /// Waits for the replies that are still owed.
  Status drain();

  uint64_t replies() const { return replies_; }

 private:
  struct Connection {
    Socket socket;
    ReplyCounter counter;
    std::string_view unsent;
    uint64_t owed = 0;
    bool waits_to_send = false;
  };
  static constexpr int kSilenceSecondsMax = 60;
  static constexpr size_t kReadBytes = 64 * 1024;
  static constexpr uint64_t kNoLimit = UINT64_MAX;

  LoadClient(LoadShape shape, const RequestSet& requests)
      : shape_(shape), requests_(&requests), buffer_(kReadBytes) {}
  /// One epoll_wait and what follows from it.
  Status turn();
  Status start_idle_connections();
  Status send_next(Connection& connection);
  Status push(Connection& connection);
  Status receive(Connection& connection);
  void watch(Connection& connection, uint32_t events, int operation);

  LoadShape shape_;
  const RequestSet* requests_;
  std::vector<char> buffer_;
  Socket poll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  uint64_t cursor_ = 0;     // the next request of the set
  uint64_t allowance_ = 0;  // requests that may still be sent
  uint64_t owed_ = 0;
  uint64_t replies_ = 0;
  std::chrono::steady_clock::time_point last_event_;
};

}  // namespace sorrel::bench
