#include "server/connections.h"

#include "core/engine.h"
#include "server/event_loop.h"

#include <sys/socket.h>

#include <algorithm>
#include <new>
#include <string>
#include <utility>

namespace sorrel {
namespace {

constexpr Bytes kTooManyClients = "-ERR max number of clients reached\r\n";
constexpr Bytes kProtectedMode =
    "-DENIED Redis is running in protected mode because protected mode is enabled and no password "
    "is set for the default user. In this mode connections are only accepted from the loopback "
    "interface. If you want to connect from external computers to Redis you may adopt one of the "
    "following solutions: 1) Just disable protected mode sending the command 'CONFIG SET "
    "protected-mode no' from the loopback interface by connecting to Redis from the same host the "
    "server is running, however MAKE SURE Redis is not publicly accessible from internet if you do "
    "so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable "
    "the protected mode by editing the Redis configuration file, and setting the protected mode "
    "option to 'no', and then restarting the server. 3) If you started the server manually just "
    "for testing, restart it with the '--protected-mode no' option. 4) Setup a an authentication "
    "password for the default user. NOTE: You only need to do one of the above things in order for "
    "the server to start accepting connections from the outside.\r\n";

// A few bytes into an empty socket buffer: they fit, or the peer is gone.
void say(const Socket& socket, Bytes text) {
  static_cast<void>(send(socket.fd(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

}  // namespace

Connections::Connections(Engine& engine, EventLoop& loop)
    : engine_(engine),
      loop_(loop),
      read_buffer_(std::make_unique_for_overwrite<char[]>(kReadBufferBytes)) {}

Connections::~Connections() = default;

Status Connections::accept(Socket& socket) {
  const Result<Peer> peer = peer_of(socket.fd());
  if (!peer) return peer.status();
  if (Status admitted = admit(socket, peer.value()); !admitted) {
    ++engine_.stats().connections_rejected;
    return admitted;
  }
  auto connection = std::make_unique<Connection>(*this, peer.value());
  if (Status opened = connection->open(socket); !opened) return opened;
  if (!peer.value().is_unix) {
    set_no_delay(connection->fd());
    set_keepalive(connection->fd(), static_cast<int>(engine_.values().tcp_keepalive));
  }
  if (engine_.values().loglevel <= LogLevel::kVerbose) {
    engine_.host().log(LogLevel::kVerbose, "Accepted " + peer.value().address);
  }
  ++engine_.stats().connections_received;
  ++size_;
  ++all_count_;
  all_.push_back(*connection.release());
  return Status::ok();
}

Status Connections::admit(const Socket& socket, const Peer& peer) {
  const SettingValues& values = engine_.values();
  if (size_ >= static_cast<size_t>(values.maxclients)) {
    say(socket, kTooManyClients);
    return Status::failure("max number of clients reached");
  }
  if (values.protected_mode && !engine_.default_user().needs_password() && !peer.is_local) {
    say(socket, kProtectedMode);
    return Status::failure("protected mode");
  }
  return Status::ok();
}

bool Connections::read_and_execute() {
  ++turn_;
  in_turn_ = true;
  const bool any = !waiting_.empty();
  const uint64_t journal_start = engine_.journal().offset();
  // Those scheduled by this turn stand behind those that wait for it.
  while (!waiting_.empty() && waiting_.front().last_turn != turn_) {
    read_group();
    execute_group();
    if (!journaled_since(journal_start)) write_waiting();
  }
  return any;
}

// As many as are taken together, and as the buffer has room for.
void Connections::read_group() {
  read_bytes_ = 0;
  for (size_t i = 0; i < kGroupMax && read_bytes_ + kReadBytes <= kReadBufferBytes; ++i) {
    if (waiting_.empty() || waiting_.front().last_turn == turn_) return;
    Connection& connection = waiting_.front();
    waiting_.erase(connection);
    group_.push_back(connection);
    connection.last_turn = turn_;
    attempt(connection, &Connection::read);
  }
}

void Connections::execute_group() {
  while (!group_.empty()) {
    Connection& connection = group_.front();
    group_.erase(connection);
    attempt(connection, &Connection::execute);
  }
}

void Connections::write() {
  write_waiting();
  in_turn_ = false;
  if (!waiting_.empty()) loop_.request_turn();
}

// What a command of this turn put into the journal goes to the file before anybody hears of it.
bool Connections::journaled_since(uint64_t offset) const {
  return engine_.journal().active() && engine_.journal().offset() != offset;
}

void Connections::write_waiting() {
  while (!writing_.empty()) {
    Connection& connection = writing_.front();
    writing_.erase(connection);
    attempt(connection, &Connection::write);
  }
}

// A client that there is no memory for goes, and nobody else.
void Connections::attempt(Connection& connection, void (Connection::*work)()) {
  try {
    (connection.*work)();
  } catch (const std::bad_alloc&) {
    const uint64_t id = connection.session.id;
    connection.close();
    engine_.host().log(LogLevel::kWarning, "Out of memory: closed client id=" + std::to_string(id));
  }
}

void Connections::schedule(Connection& connection) {
  if (!connection.turn_hook.linked()) waiting_.push_back(connection);
}

void Connections::schedule_write(Connection& connection) {
  if (connection.write_hook.linked()) return;
  writing_.push_back(connection);
}

void Connections::look_after(int timer_hz) {
  const size_t share = all_count_ / static_cast<size_t>(timer_hz) + 1;
  for (size_t i = std::min(share, all_count_); i > 0 && !all_.empty(); --i) {
    Connection& connection = all_.front();
    all_.erase(connection);
    all_.push_back(connection);
    attempt(connection, &Connection::look_after);
  }
}

void Connections::close_all(std::function<void()> closed) {
  write();
  closed_ = std::move(closed);
  all_.for_each([](Connection& connection) { connection.close(); });
  if (all_count_ == 0) std::exchange(closed_, nullptr)();
}

void Connections::ensure_turn() {
  if (!in_turn_) loop_.request_turn();
}

void Connections::unlink(Connection& connection) {
  if (connection.turn_hook.linked()) waiting_.erase(connection);
  if (connection.write_hook.linked()) writing_.erase(connection);
  all_.erase(connection);
}

void Connections::destroy(Connection& connection) {
  delete &connection;
  if (--all_count_ == 0 && closed_) std::exchange(closed_, nullptr)();
}

}  // namespace sorrel
