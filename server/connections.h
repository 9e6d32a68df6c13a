// Connections: all clients of one instance that are connected by a socket, and what they share: the
// read buffer, the batch of parsed requests, the lists of those that have something to read or
// write.
//
// A turn calls read_and_execute() and, at its end, write(), so that all replies of a turn to one
// client leave in one system call. Some dozen clients are taken together: all are read, then all
// executed, then all sent to, so that each of the three finds its code and the kernel's in the
// processor's caches. They aren't sent to before the turn's end when something of this turn is to
// be in a file before anybody hears of it. In one turn each client is read and executed once and
// within bounds (Connection's constants): one that floods the server waits for its next turn like
// everybody else.
//
// Owns its connections. They close one by one, or all by close_all(); a closed one is destroyed
// when libuv has let go of its handle.
#pragma once

#include "core/base/intrusive_list.h"
#include "core/resp/parser.h"
#include "server/connection.h"
#include "server/socket.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace sorrel {

class Engine;
class EventLoop;

class Connections {
 public:
  static constexpr size_t kReadBytes = 16 * 1024;

  Connections(Engine& engine, EventLoop& loop);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  /// Makes a client of a connected socket, which it takes over. When it fails the socket is still
  /// the caller's, and its peer has been told why (too many clients, protected mode), if that is
  /// what it was.
  Status accept(Socket& socket);

  // ---- The phases of a turn.
  /// False when no client had anything to say.
  bool read_and_execute();
  void write();

  /// About `timer_hz` times a second: looks after a share of the clients, all of them once a
  /// second.
  void look_after(int timer_hz);
  /// Sends what can be sent at once and closes everything; calls back when nothing is left.
  void close_all(std::function<void()> closed);
  /// Clients that are connected, without those that are being closed.
  size_t size() const { return size_; }

  // ---- For the connections.
  Engine& engine() { return engine_; }
  EventLoop& loop() { return loop_; }
  RequestBatch& batch() { return batch_; }
  /// Room for kReadBytes. What is taken of it stays as it is until all who are taken together have
  /// been executed.
  char* read_room() { return read_buffer_.get() + read_bytes_; }
  void take_read_room(size_t bytes) { read_bytes_ += bytes; }
  /// Has the connection a turn: this one, or if it had its turn already, the next.
  void schedule(Connection& connection);
  void schedule_write(Connection& connection);
  /// What was scheduled is seen to, even if no turn is on and the loop sleeps.
  void ensure_turn();
  /// It stops being a client; it may linger until the peer has read what it is owed.
  void retire() { --size_; }
  bool may_linger() const { return all_count_ - size_ < kLingeringMax; }
  void unlink(Connection& connection);
  void destroy(Connection& connection);

 private:
  // More than that are closed without courtesy.
  static constexpr size_t kLingeringMax = 256;
  // Clients that are taken together. The kernel's state of a socket is 4 KiB or so: those of some
  // dozen fit into a core's second cache. Fewer would make the batches of those who answer at once
  // smaller.
  static constexpr size_t kGroupMax = 64;
  static constexpr size_t kReadBufferBytes = 128 * 1024;

  Status admit(const Socket& socket, const Peer& peer);
  void read_group();
  void execute_group();
  bool journaled_since(uint64_t offset) const;
  void write_waiting();
  void attempt(Connection& connection, void (Connection::*work)());

  Engine& engine_;
  EventLoop& loop_;
  RequestBatch batch_;
  std::unique_ptr<char[]> read_buffer_;
  size_t read_bytes_ = 0;  // of the read buffer, by those who are between the halves of their turn
  IntrusiveList<Connection, &Connection::all_hook> all_;
  IntrusiveList<Connection, &Connection::turn_hook> waiting_;
  IntrusiveList<Connection, &Connection::turn_hook> group_;  // have been read, wait to be executed
  IntrusiveList<Connection, &Connection::write_hook> writing_;
  uint64_t turn_ = 0;
  bool in_turn_ = false;
  size_t size_ = 0;
  size_t all_count_ = 0;
  std::function<void()> closed_;
};

}  // namespace sorrel
