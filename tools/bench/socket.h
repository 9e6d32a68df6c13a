// Socket: an owned file descriptor of a TCP connection to a server on 127.0.0.1.
//
// TCP_NODELAY is on. Blocking, with kSocketTimeoutSeconds on reads and writes, until
// make_nonblocking. Also ControlClient: one blocking connection for the commands between
// measurements (INFO, DBSIZE, FLUSHALL), one call at a time.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sorrel::bench {

inline constexpr int kSocketTimeoutSeconds = 60;

class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& from) noexcept : descriptor_(std::exchange(from.descriptor_, -1)) {}
  Socket& operator=(Socket&& from) noexcept {
    std::swap(descriptor_, from.descriptor_);
    return *this;
  }
  ~Socket();

  static Result<Socket> connect_to(uint16_t port);
  /// True when nothing listens on the port of 127.0.0.1 and it may be bound.
  static bool port_is_free(uint16_t port);

  int descriptor() const { return descriptor_; }
  void make_nonblocking();
  Status send_all(std::string_view bytes);

 private:
  int descriptor_ = -1;
};

class ControlClient {
 public:
  static Result<ControlClient> connect_to(uint16_t port);

  /// The reply's payload: the text of a status or bulk string, the digits of an integer. An error
  /// reply and a null are failures. Of an array, the elements one behind the other.
  Result<std::string> call(const std::vector<std::string_view>& words);
  Result<int64_t> call_for_integer(const std::vector<std::string_view>& words);

 private:
  explicit ControlClient(Socket socket) : socket_(std::move(socket)) {}
  Status fill();
  Result<std::string> take_line();
  Result<std::string> take_reply();
  Result<std::string> take_elements(size_t count);

  Socket socket_;
  std::string input_;
};

}  // namespace sorrel::bench
