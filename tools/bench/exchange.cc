#include "tools/bench/exchange.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>

namespace sorrel::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Status system_failure(const char* what) {
  return Status::failure(std::string(what) + ": " + strerror(errno));
}

}  // namespace

Result<Exchange> Exchange::connect_to(uint16_t port, size_t clients) {
  Exchange exchange;
  exchange.poll_ = Socket(epoll_create1(EPOLL_CLOEXEC));
  for (size_t i = 0; i < clients; i++) {
    Result<Socket> socket = Socket::connect_to(port);
    if (!socket) return socket.status().with("client " + std::to_string(i + 1));
    auto client = std::make_unique<Client>();
    client->socket = std::move(socket.value());
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = client.get();
    epoll_ctl(exchange.poll_.descriptor(), EPOLL_CTL_ADD, client->socket.descriptor(), &event);
    exchange.clients_.push_back(std::move(client));
  }
  return exchange;
}

Status Exchange::say(size_t client, std::string_view bytes) {
  return clients_[client]->socket.send_all(bytes);
}

void Exchange::expect(size_t client, uint64_t replies) {
  clients_[client]->owed += static_cast<int64_t>(replies);
  owed_ += static_cast<int64_t>(replies);
}

Status Exchange::finish_round() {
  auto last_event = steady_clock::now();
  while (owed_ > 0) {
    epoll_event events[512];
    const int count = epoll_wait(poll_.descriptor(), events, 512, 0);
    if (count < 0 && errno != EINTR) return system_failure("epoll_wait");
    if (count > 0) last_event = steady_clock::now();
    if (count == 0 && steady_clock::now() - last_event > std::chrono::seconds(kSilenceSecondsMax)) {
      return Status::failure("no reply for " + std::to_string(kSilenceSecondsMax) + " s");
    }
    for (int i = 0; i < count; i++) {
      if (Status status = receive(*static_cast<Client*>(events[i].data.ptr)); !status) {
        return status;
      }
    }
  }
  return Status::ok();
}

Status Exchange::receive(Client& client) {
  const ssize_t got =
      recv(client.socket.descriptor(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Status::ok();
  if (got < 0) return system_failure("recv");
  if (got == 0) return Status::failure("the server closed a connection");
  const uint64_t before = client.counter.replies();
  if (!client.counter.feed({buffer_.data(), static_cast<size_t>(got)})) {
    return Status::failure("the server sent something that is not RESP2");
  }
  if (client.counter.errors() > 0) {
    return Status::failure("error reply: " + client.counter.first_error());
  }
  const auto came = static_cast<int64_t>(client.counter.replies() - before);
  client.owed -= came;
  owed_ -= came;
  return client.owed < 0 ? Status::failure("more was heard than expected") : Status::ok();
}

Result<Sample> cpu_per_event(ServerProcess& server, uint64_t events, const Plan& plan,
                             const std::function<Status()>& round) {
  const auto play_for = [&](int ms) -> Result<uint64_t> {
    uint64_t rounds = 0;
    for (const auto end = steady_clock::now() + milliseconds(ms); steady_clock::now() < end;) {
      if (Status status = round(); !status) return status;
      ++rounds;
    }
    return rounds;
  };
  if (const Result<uint64_t> warm = play_for(plan.warm_up_ms); !warm) return warm.status();
  const Result<CpuTime> before = server.cpu_time();
  if (!before) return before.status();
  const Result<uint64_t> rounds = play_for(plan.window_ms);
  if (!rounds) return rounds.status();
  const Result<CpuTime> after = server.cpu_time();
  if (!after) return after.status();
  const double cpu = after.value().total_ns - before.value().total_ns;
  return Sample{cpu / static_cast<double>(rounds.value() * events), {}};
}

}  // namespace sorrel::bench
