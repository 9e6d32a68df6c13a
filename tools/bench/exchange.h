// Exchange: clients of one server that set each other off, in rounds: some say something, and a
// round is over when everybody has heard as much as they must.
//
// One thread, one epoll, on the core that LoadClient would have; it never sleeps, for the same
// reason. RESP2. An error reply, a closed connection and a silent server end it with a failure.
#pragma once

#include "core/base/result.h"
#include "tools/bench/contest.h"
#include "tools/bench/reply_counter.h"
#include "tools/bench/socket.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace sorrel::bench {

class Exchange {
 public:
  static Result<Exchange> connect_to(uint16_t port, size_t clients);

  /// At once, and whole: what is said fits a socket's buffer.
  Status say(size_t client, std::string_view bytes);
  /// So many replies and messages more, before the round is over.
  void expect(size_t client, uint64_t replies);
  Status finish_round();

 private:
  struct Client {
    Socket socket;
    ReplyCounter counter;
    int64_t owed = 0;
  };
  static constexpr int kSilenceSecondsMax = 60;
  static constexpr size_t kReadBytes = 64 * 1024;

  Status receive(Client& client);

  std::vector<char> buffer_ = std::vector<char>(kReadBytes);
  Socket poll_;
  std::vector<std::unique_ptr<Client>> clients_;
  int64_t owed_ = 0;
};

/// CPU of the server per event: `round` is played for the plan's warm-up, then for its window, and
/// brings about `events` each time.
Result<Sample> cpu_per_event(ServerProcess& server, uint64_t events, const Plan& plan,
                             const std::function<Status()>& round);

}  // namespace sorrel::bench
