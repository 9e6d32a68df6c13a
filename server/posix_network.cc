#include "server/posix_network.h"

#include "server/os_error.h"
#include "server/socket.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <memory>
#include <utility>

namespace sorrel {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == EINPROGRESS ||
         error == ENOTCONN;
}

/// Tries one address after the other until one is connected.
class TcpLink final : public PeerLink {
 public:
  explicit TcpLink(Addresses addresses)
      : addresses_(std::move(addresses)), next_(addresses_.get()) {
    try_next();
  }

  Result<size_t> send(Bytes bytes, int wait_ms) override {
    const Result<bool> ready = connected_ ? wait(POLLOUT, wait_ms) : connected_within(wait_ms);
    if (!ready) return ready.status();
    if (!ready.value()) return size_t{0};
    const ssize_t sent = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return static_cast<size_t>(sent);
    return would_block(errno) ? Result<size_t>(size_t{0}) : Result<size_t>(failed("send", errno));
  }

  Result<size_t> receive(char* out, size_t most, int wait_ms) override {
    const Result<bool> ready = wait(POLLIN, wait_ms);
    if (!ready) return ready.status();
    if (!ready.value()) return size_t{0};
    const ssize_t got = ::recv(socket_.fd(), out, most, 0);
    if (got > 0) return static_cast<size_t>(got);
    if (got == 0) return Status::failure("the peer has closed the connection");
    return would_block(errno) ? Result<size_t>(size_t{0}) : Result<size_t>(failed("recv", errno));
  }

 private:
  static Status failed(const char* call, int error) {
    return Status::failure(std::string(call) + ": " + os_error(error));
  }

  // A connection that fails at once is left for connected_within() to tell.
  void try_next() {
    const addrinfo& address = *next_;
    next_ = next_->ai_next;
    socket_ = Socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    error_ = 0;
    if (!socket_.is_open() || ::connect(socket_.fd(), address.ai_addr, address.ai_addrlen) != 0) {
      error_ = would_block(errno) ? 0 : errno;
    }
  }

  Result<bool> connected_within(int wait_ms) {
    if (error_ == 0) {
      const Result<bool> ready = wait(POLLOUT, wait_ms);
      if (!ready || !ready.value()) return ready;
      socklen_t size = sizeof error_;
      if (getsockopt(socket_.fd(), SOL_SOCKET, SO_ERROR, &error_, &size) != 0) error_ = errno;
    }
    connected_ = error_ == 0;
    if (connected_) set_no_delay(socket_.fd());
    if (connected_) return true;
    if (next_ == nullptr) return failed("connect", error_);
    try_next();
    return false;
  }

  Result<bool> wait(short events, int wait_ms) {
    pollfd watched = {socket_.fd(), events, 0};
    const int happened = ::poll(&watched, 1, wait_ms);
    if (happened < 0 && errno != EINTR) return failed("poll", errno);
    return happened > 0;
  }

  const Addresses addresses_;
  const addrinfo* next_;
  Socket socket_;
  bool connected_ = false;
  int error_ = 0;  // of the connection that is being made
};

}  // namespace

Result<std::unique_ptr<PeerLink>> PosixNetwork::connect(const std::string& host, int port) {
  addrinfo wanted = {};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
  if (error != 0) return Status::failure(host + ": " + gai_strerror(error));
  return std::unique_ptr<PeerLink>(std::make_unique<TcpLink>(Addresses(found)));
}

}  // namespace sorrel
