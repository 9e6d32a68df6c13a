#include "tests/unit/server/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

namespace sorrel {

void LogLines::write(LogLevel, Bytes line) {
  const std::lock_guard lock(mutex_);
  lines_.emplace_back(line);
}

bool LogLines::contains(Bytes text) const {
  const std::lock_guard lock(mutex_);
  for (const std::string& line : lines_) {
    if (line.find(text) != std::string::npos) return true;
  }
  return false;
}

LoopbackSettings::LoopbackSettings(NamedSettings named) {
  const auto load = [this](const std::string& name, const std::string& value) {
    const Status loaded = settings_.load(name, SettingArguments(&value, 1));
    INFO(name << ": " << loaded.message());
    REQUIRE(loaded);
  };
  load("port", "0");
  load("bind", "127.0.0.1");
  load("loglevel", "debug");
  load("save", "");
  for (const auto& [name, value] : named) load(name, value);
}

Instance::Options LoopbackSettings::options(LogSink* log, Clock* clock) {
  Instance::Options options;
  options.clock = clock;
  options.settings = &settings_;
  options.log = log;
  options.any_port = true;
  options.always_loads = false;
  return options;
}

LoopbackServer::LoopbackServer(NamedSettings named, Clock* clock)
    : settings_(named), instance_(settings_.options(&log_, clock)) {
  const Status started = instance_.start();
  INFO(started.message());
  REQUIRE(started);
  port_ = on_loop([this] { return instance_.port(); });
}

LoopbackServer::~LoopbackServer() {
  instance_.stop();
}

std::string LoopbackServer::set(const std::string& name, const std::string& value) {
  const Settings::NamedValue assignment(name, value);
  return on_loop(
      [&] { return settings_.get().set_many(std::span(&assignment, 1)).value_or(std::string()); });
}

LoopbackClient::LoopbackClient(int port, int receive_buffer_bytes)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer_bytes != 0) {
    setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  }
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

void LoopbackClient::send(Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    REQUIRE(sent > 0);
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

bool LoopbackClient::wait_readable() const {
  for (int waited_ms = 0; waited_ms < kPatienceMs; waited_ms += kStepMs) {
    pollfd ready = {fd(), POLLIN, 0};
    if (poll(&ready, 1, kStepMs) == 1) return true;
  }
  return false;
}

std::string LoopbackClient::receive(size_t bytes) {
  std::string text;
  while (text.size() < bytes) {
    REQUIRE(wait_readable());
    char buffer[16 * 1024];
    const ssize_t got = recv(fd(), buffer, std::min(sizeof buffer, bytes - text.size()), 0);
    if (got <= 0) break;
    text.append(buffer, static_cast<size_t>(got));
  }
  return text;
}

std::string LoopbackClient::receive_rest() {
  return receive(SIZE_MAX);
}

void LoopbackClient::expect(Bytes request, Bytes reply) {
  send(request);
  REQUIRE(receive(reply.size()) == reply);
}

void LoopbackClient::shut_down_writing() {
  shutdown(fd(), SHUT_WR);
}

void LoopbackClient::reset() {
  const linger at_once = {1, 0};
  setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket_.close();
}

std::string request(std::initializer_list<Bytes> words) {
  std::string text = "*" + std::to_string(words.size()) + "\r\n";
  for (const Bytes word : words) {
    text += "$" + std::to_string(word.size()) + "\r\n";
    text.append(word).append("\r\n");
  }
  return text;
}

bool eventually(const std::function<bool()>& condition) {
  constexpr int kLookMs = 2;
  for (int waited_ms = 0; waited_ms < LoopbackClient::kPatienceMs; waited_ms += kLookMs) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(kLookMs));
  }
  return false;
}

}  // namespace sorrel
