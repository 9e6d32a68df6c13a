#include "tools/bench/load_client.h"

#include "core/base/check.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sorrel::bench {
namespace {

using std::chrono::steady_clock;

Status system_failure(const char* what) {
  return Status::failure(std::string(what) + ": " + strerror(errno));
}

}  // namespace

Result<LoadClient> LoadClient::connect_to(uint16_t port, LoadShape shape,
                                          const RequestSet& requests) {
  VERIFY(requests.size() > 0 && shape.clients > 0 && shape.pipeline > 0);
  LoadClient client(shape, requests);
  client.poll_ = Socket(epoll_create1(EPOLL_CLOEXEC));
  for (uint32_t i = 0; i < shape.clients; i++) {
    Result<Socket> socket = Socket::connect_to(port);
    if (!socket) return socket.status().with("client " + std::to_string(i + 1));
    auto connection = std::make_unique<Connection>();
    connection->socket = std::move(socket.value());
    connection->socket.make_nonblocking();
    client.watch(*connection, EPOLLIN, EPOLL_CTL_ADD);
    client.connections_.push_back(std::move(connection));
  }
  return client;
}

Status LoadClient::run_for(std::chrono::nanoseconds duration) {
  const auto end = steady_clock::now() + duration;
  allowance_ = kNoLimit;
  last_event_ = steady_clock::now();
  Status status = start_idle_connections();
  while (status && steady_clock::now() < end) status = turn();
  allowance_ = 0;
  return status;
}

Status LoadClient::run_count(uint64_t count) {
  allowance_ = count;
  last_event_ = steady_clock::now();
  Status status = start_idle_connections();
  while (status && (allowance_ > 0 || owed_ > 0)) status = turn();
  return status;
}

Status LoadClient::drain() {
  allowance_ = 0;
  last_event_ = steady_clock::now();
  Status status;
  while (status && owed_ > 0) status = turn();
  return status;
}

Status LoadClient::start_idle_connections() {
  for (const auto& connection : connections_) {
    if (connection->owed > 0) continue;
    if (Status status = send_next(*connection); !status) return status;
  }
  return Status::ok();
}

Status LoadClient::turn() {
  epoll_event events[512];
  const int count = epoll_wait(poll_.descriptor(), events, 512, 0);
  if (count < 0 && errno != EINTR) return system_failure("epoll_wait");
  const auto now = steady_clock::now();
  if (count > 0) last_event_ = now;
  if (now - last_event_ > std::chrono::seconds(kSilenceSecondsMax)) {
    return Status::failure("no reply for " + std::to_string(kSilenceSecondsMax) + " s");
  }
  for (int i = 0; i < count; i++) {
    auto& connection = *static_cast<Connection*>(events[i].data.ptr);
    if (events[i].events & EPOLLOUT) {
      if (Status status = push(connection); !status) return status;
    }
    if (events[i].events & ~static_cast<uint32_t>(EPOLLOUT)) {
      if (Status status = receive(connection); !status) return status;
    }
  }
  return Status::ok();
}

Status LoadClient::send_next(Connection& connection) {
  uint64_t count = std::min<uint64_t>(shape_.pipeline, allowance_);
  count = std::min(count, requests_->size() - cursor_);
  if (count == 0) return Status::ok();
  connection.unsent = requests_->stretch(cursor_, count);
  connection.owed = count;
  owed_ += count;
  cursor_ += count;
  if (cursor_ == requests_->size()) cursor_ = 0;
  if (allowance_ != kNoLimit) allowance_ -= count;
  return push(connection);
}

Status LoadClient::push(Connection& connection) {
  while (!connection.unsent.empty()) {
    const ssize_t sent = send(connection.socket.descriptor(), connection.unsent.data(),
                              connection.unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) {
      if (!connection.waits_to_send) watch(connection, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
      connection.waits_to_send = true;
      return Status::ok();
    }
    if (sent < 0 && errno != EINTR) return system_failure("send");
    if (sent > 0) connection.unsent.remove_prefix(static_cast<size_t>(sent));
  }
  if (connection.waits_to_send) watch(connection, EPOLLIN, EPOLL_CTL_MOD);
  connection.waits_to_send = false;
  return Status::ok();
}

Status LoadClient::receive(Connection& connection) {
  const ssize_t got =
      recv(connection.socket.descriptor(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Status::ok();
  if (got < 0) return system_failure("recv");
  if (got == 0) return Status::failure("the server closed a connection");
  ReplyCounter& counter = connection.counter;
  const uint64_t before = counter.replies();
  if (!counter.feed({buffer_.data(), static_cast<size_t>(got)})) {
    return Status::failure("the server sent something that is not RESP2");
  }
  if (counter.errors() > 0) return Status::failure("error reply: " + counter.first_error());
  const uint64_t came = counter.replies() - before;
  if (came > connection.owed) return Status::failure("more replies than requests");
  connection.owed -= came;
  owed_ -= came;
  replies_ += came;
  return connection.owed == 0 ? send_next(connection) : Status::ok();
}

void LoadClient::watch(Connection& connection, uint32_t events, int operation) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &connection;
  epoll_ctl(poll_.descriptor(), operation, connection.socket.descriptor(), &event);
}

}  // namespace sorrel::bench
