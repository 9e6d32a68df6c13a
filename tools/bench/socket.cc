#include "tools/bench/socket.h"

#include "tools/bench/request_set.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace sorrel::bench {
namespace {

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Status system_failure(const std::string& what) {
  return Status::failure(what + ": " + strerror(errno));
}

std::string sentence(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

}  // namespace

Socket::~Socket() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<Socket> Socket::connect_to(uint16_t port) {
  Socket made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (made.descriptor_ < 0) return system_failure("socket");
  const sockaddr_in address = loopback(port);
  const int yes = 1;
  const timeval patience{kSocketTimeoutSeconds, 0};
  setsockopt(made.descriptor_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  setsockopt(made.descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(made.descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(made.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return system_failure("connect to 127.0.0.1:" + std::to_string(port));
  }
  return made;
}

bool Socket::port_is_free(uint16_t port) {
  const Socket trial(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  const int yes = 1;
  setsockopt(trial.descriptor_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  return bind(trial.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

void Socket::make_nonblocking() {
  fcntl(descriptor_, F_SETFL, fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
}

Status Socket::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return system_failure("send");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return Status::ok();
}

Result<ControlClient> ControlClient::connect_to(uint16_t port) {
  Result<Socket> socket = Socket::connect_to(port);
  if (!socket) return socket.status();
  return ControlClient(std::move(socket.value()));
}

Status ControlClient::fill() {
  char buffer[16384];
  ssize_t got;
  do {
    got = recv(socket_.descriptor(), buffer, sizeof buffer, 0);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return Status::failure("the server closed the connection");
  if (got < 0) return system_failure("no reply");
  input_.append(buffer, static_cast<size_t>(got));
  return Status::ok();
}

Result<std::string> ControlClient::take_line() {
  size_t end;
  while ((end = input_.find("\r\n")) == std::string::npos) {
    if (Status status = fill(); !status) return status;
  }
  std::string line = input_.substr(0, end);
  input_.erase(0, end + 2);
  return line;
}

Result<std::string> ControlClient::call(const std::vector<std::string_view>& words) {
  RequestSet request;
  request.add(words);
  if (Status status = socket_.send_all(request.stretch(0, 1)); !status) return status;
  Result<std::string> reply = take_reply();
  if (!reply) return reply.status().with(sentence(words));
  return reply;
}

// The elements of an array, one behind the other.
Result<std::string> ControlClient::take_elements(size_t count) {
  std::string all;
  for (; count > 0; --count) {
    Result<std::string> element = take_reply();
    if (!element) return element;
    all += element.value();
  }
  return all;
}

Result<std::string> ControlClient::take_reply() {
  Result<std::string> line = take_line();
  if (!line) return line.status();
  const std::string text = line.value();
  if (text.starts_with('+') || text.starts_with(':')) return text.substr(1);
  size_t length = 0;
  const bool has_length =
      (text.starts_with('$') || text.starts_with('*')) &&
      std::from_chars(text.data() + 1, text.data() + text.size(), length).ec == std::errc();
  if (!has_length) return Status::failure("unexpected reply: " + text);
  if (text.starts_with('*')) return take_elements(length);
  while (input_.size() < length + 2) {
    if (Status status = fill(); !status) return status;
  }
  std::string body = input_.substr(0, length);
  input_.erase(0, length + 2);
  return body;
}

Result<int64_t> ControlClient::call_for_integer(const std::vector<std::string_view>& words) {
  const Result<std::string> text = call(words);
  if (!text) return text.status();
  int64_t number = 0;
  const char* const end = text.value().data() + text.value().size();
  if (std::from_chars(text.value().data(), end, number).ptr != end) {
    return Status::failure(sentence(words) + ": not an integer: " + text.value());
  }
  return number;
}

}  // namespace sorrel::bench
