#include "server/socket.h"

#include "server/os_error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace sorrel {
namespace {

Status failed(const char* call) {
  return Status::failure(std::string(call) + ": " + os_error(errno));
}

// The kernel fills in addresses as sockaddr_storage and says what they are by their family.
struct AnyAddress {
  sockaddr_storage storage = {};
  socklen_t size = sizeof(sockaddr_storage);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

std::string with_port(const char* host, in_port_t port) {
  const bool v6 = std::strchr(host, ':') != nullptr;
  return (v6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" +
         std::to_string(ntohs(port));
}

bool is_loopback(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
  }
  if (address.sa_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
  }
  return address.sa_family == AF_UNIX;
}

struct FreeAddressInfo {
  void operator()(addrinfo* info) const { freeaddrinfo(info); }
};

Result<Socket> bind_and_listen(const addrinfo& address, int backlog) {
  Socket socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return failed("socket");
  const int on = 1;
  if (setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
    return failed("setsockopt SO_REUSEADDR");
  }
  // "*" and "::*" are two listeners, each for its own family.
  if (address.ai_family == AF_INET6 &&
      setsockopt(socket.fd(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) {
    return failed("setsockopt IPV6_V6ONLY");
  }
  if (bind(socket.fd(), address.ai_addr, address.ai_addrlen) != 0) return failed("bind");
  if (listen(socket.fd(), backlog) != 0) return failed("listen");
  return socket;
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = other.release();
  }
  return *this;
}

void Socket::close() {
  if (fd_ >= 0) ::close(release());
}

std::string format_address(const sockaddr& address, size_t size) {
  char host[INET6_ADDRSTRLEN] = "";
  if (address.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, host, sizeof host);
    return with_port(host, v4.sin_port);
  }
  if (address.sa_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
    return with_port(host, v6.sin6_port);
  }
  if (address.sa_family == AF_UNIX && size > offsetof(sockaddr_un, sun_path)) {
    const auto& local = reinterpret_cast<const sockaddr_un&>(address);
    const size_t length = size - offsetof(sockaddr_un, sun_path);
    return std::string(local.sun_path, strnlen(local.sun_path, length)) + ":0";
  }
  return "?:0";
}

Result<Peer> peer_of(int fd) {
  AnyAddress address;
  if (getpeername(fd, address.get(), &address.size) != 0) return failed("getpeername");
  Peer peer;
  peer.is_unix = address.get()->sa_family == AF_UNIX;
  peer.is_local = is_loopback(*address.get());
  peer.address = peer.is_unix ? local_address_of(fd) : format_address(*address.get(), address.size);
  return peer;
}

std::string local_address_of(int fd) {
  AnyAddress address;
  if (getsockname(fd, address.get(), &address.size) != 0) return "?:0";
  return format_address(*address.get(), address.size);
}

int local_port_of(int fd) {
  AnyAddress address;
  if (getsockname(fd, address.get(), &address.size) != 0) return 0;
  if (address.get()->sa_family == AF_INET6) {
    return ntohs(reinterpret_cast<sockaddr_in6&>(*address.get()).sin6_port);
  }
  return ntohs(reinterpret_cast<sockaddr_in&>(*address.get()).sin_port);
}

Result<Socket> listen_tcp(const std::string& host, int port, int backlog, int& error) {
  addrinfo hints = {};
  hints.ai_family = host.find(':') != std::string::npos ? AF_INET6 : AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  const char* node = host == "*" || host == "::*" ? nullptr : host.c_str();
  addrinfo* found = nullptr;
  error = 0;
  const int unknown = getaddrinfo(node, std::to_string(port).c_str(), &hints, &found);
  if (unknown != 0) return Status::failure(gai_strerror(unknown));
  const std::unique_ptr<addrinfo, FreeAddressInfo> addresses(found);
  Status failure = Status::failure("no address");
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    Result<Socket> socket = bind_and_listen(*address, backlog);
    if (socket) return socket;
    error = errno;
    failure = socket.status();
  }
  return failure;
}

Result<Socket> listen_unix(const std::string& path, unsigned mode, int backlog) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Status::failure("the path is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return failed("socket");
  unlink(path.c_str());
  if (bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return failed("bind");
  }
  if (mode != 0 && chmod(path.c_str(), mode) != 0) return failed("chmod");
  if (listen(socket.fd(), backlog) != 0) return failed("listen");
  return socket;
}

Socket accept_connection(int listening_fd) {
  int fd;
  do {
    fd = accept4(listening_fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  return Socket(fd);
}

Status demand_stream(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return failed("getsockopt SO_TYPE");
  return type == SOCK_STREAM ? Status::ok() : Status::failure("not a stream socket");
}

Status prepare_socket(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return failed("fcntl O_NONBLOCK");
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return failed("fcntl FD_CLOEXEC");
  return Status::ok();
}

void set_keepalive(int fd, int seconds) {
  if (seconds == 0) return;
  const int on = 1, interval = std::max(seconds / 3, 1), probes = 3;
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

void set_no_delay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

ssize_t receive_bytes(int fd, char* room, size_t bytes) {
#ifdef SYS_recvfrom
  return syscall(SYS_recvfrom, fd, room, bytes, 0, nullptr, nullptr);
#else
  return recv(fd, room, bytes, 0);
#endif
}

ssize_t send_bytes(int fd, Bytes bytes) {
#ifdef SYS_sendto
  return syscall(SYS_sendto, fd, bytes.data(), bytes.size(), MSG_NOSIGNAL, nullptr, 0);
#else
  return send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
#endif
}

}  // namespace sorrel
