// Connection: a client's socket. Bytes in become requests for the engine, the session's output goes
// out.
//
// States: kOpen -> [kLingering ->] kClosing. While it is open it has a session in the engine. When
// the engine or an error in the protocol ends the session, the output is delivered first, then the
// connection lingers: nothing more is sent, input is thrown away, until the peer closes too or a
// moment has passed. Closing at once would reset the connection and could take from the peer what
// it was told last. Closing ends with libuv's callback, in which Connections destroys the object.
//
// The loop tells of a socket as long as there is something to read. From one that has spoken a few
// times it is told only of what is new (EventLoop::edge_trigger), which saves the kernel asking it
// again; then `readable_` is true until all has been read. Any change of what is watched ends that.
//
// Input isn't read while a request waits (CLIENT PAUSE, a blocking command) and some input waits
// behind it already; that the peer goes is seen all the same. It is never held back because the
// client doesn't read: clients that send everything before they read anything exist, and output has
// limits of its own.
#pragma once

#include "core/base/bytes.h"
#include "core/base/intrusive_list.h"
#include "core/resp/parser.h"
#include "core/session.h"
#include "core/settings/setting_enums.h"
#include "server/input_buffer.h"
#include "server/socket.h"

#include <uv.h>

#include <cstdint>
#include <string>

namespace sorrel {

class Connections;

class Connection final : public Transport {
 public:
  // What one turn may do for one client.
  static constexpr size_t kRequestsPerTurn = 1024;
  static constexpr size_t kOutputBytesPerTurn = 1024 * 1024;
  static constexpr size_t kReadBytesPerTurn = 1024 * 1024;
  /// Input that a waiting request may have behind it before reading stops.
  static constexpr size_t kWaitingInputMax = 64 * 1024;
  static constexpr int64_t kLingerMs = 1000;

  Connection(Connections& home, Peer peer);
  ~Connection() override;

  /// Takes the socket over, begins to watch it, and opens the session; or the socket is as it was.
  Status open(Socket& socket);
  int fd() const { return socket_.fd(); }
  /// A turn's first half: reads what there is, once.
  void read();
  /// The second: executes it, and what was left from before.
  void execute();
  /// Delivers output, and whatever follows from there being none left.
  void write();
  /// Once a second: what time alone brings about.
  void look_after();
  /// Ends everything here and now; what wasn't delivered isn't.
  void close();

  void wake(Session& session) override;
  Bytes address() const override { return peer_.address; }
  size_t query_buffer() const override;
  Info info(const Session& session) const override;

  Session session;
  ListHook all_hook;
  ListHook turn_hook;   // has input to look at
  ListHook write_hook;  // has output, or is to be closed
  uint64_t last_turn = 0;

 private:
  enum class State : uint8_t { kNew, kOpen, kLingering, kClosing };

  // Readiness that a socket has shown before it is worth a system call to hear less of it.
  static constexpr uint8_t kReadyUntilEdge = 8;

  void ready(int status, int events);
  void consider_edge();
  bool takes_input() const;
  void watch();

  void receive();
  bool account_received(ssize_t result, size_t asked_for);
  size_t run_requests(Bytes input);
  bool run_batch(Bytes input, size_t& used, size_t& requests);
  bool keep(Bytes input, size_t used);
  void refuse_request();

  bool send(uint64_t until);
  bool account_sent(ssize_t result);
  void finish();
  void linger();
  void discard_input();
  void leave_engine();

  size_t memory_bytes() const;
  void account_memory();
  size_t input_limit() const;
  void close_for_input_limit();
  void log(LogLevel level, const std::string& before, const std::string& after = "") const;

  Connections& home_;
  Socket socket_;
  const Peer peer_;
  uv_poll_t poll_ = {};
  InputBuffer input_;
  Bytes just_read_;  // between the halves of a turn: what stands in the buffer that all share
  RequestParser parser_;
  int64_t linger_until_ms_ = 0;
  size_t executing_bytes_ = 0;  // the input whose requests are running, for CLIENT LIST
  int watched_events_ = 0;
  State state_ = State::kNew;
  uint8_t ready_count_ = 0;  // since what is watched changed; stops at kReadyUntilEdge
  bool edge_ = false;        // the loop tells only of what is new
  bool hung_up_ = false;     // the peer's end is in the socket, behind what it sent last
  bool readable_ = false;    // the socket has something to read, or has ended
  bool unsent_ = false;      // the socket takes no more for now
  bool waits_ = false;       // a request was postponed, or blocks
  bool leftover_ = false;    // requests in input_ had to wait for the next turn
  bool ended_ = false;       // the peer has said all it will say
};

}  // namespace sorrel
