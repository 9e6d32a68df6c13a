// Socket: an open socket, closed with its owner; and the few ways in which the server makes one.
//
// All sockets are non-blocking and are not inherited by other programs. Bytes are sent with
// MSG_NOSIGNAL, so that a peer that has gone is an error here and never a signal to the process,
// whose signals are not ours. The event loop watches the descriptor (uv_poll_t); libuv's own
// streams aren't used, because they write without that flag and read into a buffer a connection
// each.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <utility>

struct sockaddr;

namespace sorrel {

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket() { close(); }

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void close();

 private:
  int fd_ = -1;
};

/// Who is at the other end of a connection.
struct Peer {
  std::string address;    // as CLIENT LIST shows it
  bool is_local = false;  // the loopback device or a Unix socket
  bool is_unix = false;
};

/// "127.0.0.1:6379", "[::1]:6379", "/path/of/socket:0".
std::string format_address(const sockaddr& address, size_t size);
/// The peer of a connected socket. A Unix socket's clients have no address: they show the server's.
/// A failure is no connected socket; it may have been one, whose peer has gone.
Result<Peer> peer_of(int fd);
std::string local_address_of(int fd);

/// `host` is an address or a name that resolves to one. On failure `error` is the errno, or 0 if it
/// was the name that failed.
Result<Socket> listen_tcp(const std::string& host, int port, int backlog, int& error);
/// Replaces a socket that lies at `path`. `mode` 0 leaves the file's mode to the umask.
Result<Socket> listen_unix(const std::string& path, unsigned mode, int backlog);
/// The port that the kernel gave a socket bound to port 0.
int local_port_of(int fd);

/// The next waiting connection; an invalid Socket and errno when there is none.
Socket accept_connection(int listening_fd);
/// Whether it is a stream socket, or why not.
Status demand_stream(int fd);
/// Non-blocking and not inherited: for a socket that somebody else made.
Status prepare_socket(int fd);
/// Probes after `seconds`, every third of it, three times; 0 is off.
void set_keepalive(int fd, int seconds);
void set_no_delay(int fd);

/// recv() and send() of a socket that doesn't block. The C library's own prepare for the thread
/// being cancelled in the middle of them, 20 ns each time of the 3,500 that a request takes.
ssize_t receive_bytes(int fd, char* room, size_t bytes);
ssize_t send_bytes(int fd, Bytes bytes);

}  // namespace sorrel
