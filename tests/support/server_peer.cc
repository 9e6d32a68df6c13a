#include "tests/support/server_peer.h"

#include "core/resp/reply_reader.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

namespace sorrel::test {
namespace {

constexpr size_t kReadBytes = 64 * 1024;

Status system_failure(const char* what) {
  return Status::failure(std::string(what) + ": " + std::strerror(errno));
}

class SocketChannel final : public Channel {
 public:
  explicit SocketChannel(int fd) : fd_(fd), buffer_(kReadBytes) {}
  ~SocketChannel() override { close(fd_); }

  Status send(Bytes bytes) override {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) return system_failure("send");
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return Status::ok();
  }

  ReadResult read(std::chrono::milliseconds timeout) override {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (true) {
      switch (reader_.next(input_)) {
        case ReplyReader::Outcome::kReply:
          return {ReadResult::Kind::kReply, reader_.take(input_)};
        case ReplyReader::Outcome::kError:
          return {ReadResult::Kind::kMalformed, {}};
        case ReplyReader::Outcome::kNeedMore:
          break;
      }
      input_.erase(0, reader_.take_consumed());
      if (!wait_until(deadline)) return {ReadResult::Kind::kTimeout, {}};
      if (!receive()) return {ReadResult::Kind::kClosed, {}};
    }
  }

 private:
  bool wait_until(std::chrono::steady_clock::time_point deadline) const {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd readable{fd_, POLLIN, 0};
    return poll(&readable, 1, static_cast<int>(std::max<int64_t>(left.count(), 0))) > 0;
  }

  /// False at the end of the connection.
  bool receive() {
    ssize_t got = -1;
    do {
      got = recv(fd_, buffer_.data(), buffer_.size(), 0);
    } while (got < 0 && errno == EINTR);
    if (got > 0) input_.append(buffer_.data(), static_cast<size_t>(got));
    return got > 0;
  }

  int fd_;
  ReplyReader reader_;
  std::string input_;  // what isn't a whole reply yet
  std::vector<char> buffer_;
};

Result<std::unique_ptr<Channel>> connect_to(const sockaddr* address, socklen_t length) {
  const int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return system_failure("socket");
  if (connect(fd, address, length) != 0) {
    const Status failure = system_failure("connect");
    close(fd);
    return failure;
  }
  if (address->sa_family == AF_INET) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return std::unique_ptr<Channel>(std::make_unique<SocketChannel>(fd));
}

}  // namespace

Result<std::unique_ptr<Channel>> connect_tcp(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Result<std::unique_ptr<Channel>> connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Status::failure("too long a path: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Result<std::unique_ptr<ServerPeer>> ServerPeer::start(const std::string& binary,
                                                      Transport transport, bool reference,
                                                      const Words& options) {
  Result<std::unique_ptr<ServerProcess>> process = ServerProcess::start(binary, options);
  if (!process) return process.status();
  return std::unique_ptr<ServerPeer>(
      new ServerPeer(std::move(process.value()), transport, reference));
}

Result<std::unique_ptr<Channel>> ServerPeer::connect(Protocol protocol) {
  Result<std::unique_ptr<Channel>> channel = transport_ == Transport::kTcp
                                                 ? connect_tcp(process_->port())
                                                 : connect_unix(process_->unix_socket());
  if (!channel || protocol == Protocol::kResp2) return channel;
  const Result<Reply> hello = channel.value()->call({"HELLO", "3"});
  if (!hello) return hello.status();
  return channel;
}

void ServerPeer::advance_ms(int64_t ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

}  // namespace sorrel::test
