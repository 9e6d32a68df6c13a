#include "server/connection.h"

#include "core/base/quoted_words.h"
#include "core/client_info.h"
#include "core/engine.h"
#include "core/resp/writer.h"
#include "server/connections.h"
#include "server/event_loop.h"
#include "server/os_error.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace sorrel {
namespace {

// Pieces of output for one system call: most replies are one, a piece of a long one is 64 KiB.
constexpr size_t kPiecesMax = 8;
// How long an unfinished request's buffer keeps its spare room, and an empty output its chunk.
constexpr int64_t kSpareRoomMs = 2000;
// How much of an oversized query the log shows.
constexpr size_t kLoggedQueryBytes = 64;

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

ssize_t send_pieces(int fd, std::span<const Bytes> pieces) {
  iovec vectors[kPiecesMax];
  for (size_t i = 0; i < pieces.size(); ++i) {
    // An iovec also serves reading, so its pointer isn't const; sending doesn't write through it.
    const char* const data = pieces[i].data();
    std::memcpy(&vectors[i].iov_base, &data, sizeof data);
    vectors[i].iov_len = pieces[i].size();
  }
  msghdr message = {};
  message.msg_iov = vectors;
  message.msg_iovlen = pieces.size();
  return sendmsg(fd, &message, MSG_NOSIGNAL);
}

}  // namespace

Connection::Connection(Connections& home, Peer peer)
    : session(this), home_(home), peer_(std::move(peer)) {}

Connection::~Connection() = default;

Status Connection::open(Socket& socket) {
  if (peer_.is_unix) session.set(Session::kUnixSocket);
  if (peer_.is_local) session.set(Session::kLocal);
  home_.engine().open_session(session);
  const int error = uv_poll_init(home_.loop().uv(), &poll_, socket.fd());
  if (error != 0) {
    home_.engine().close_session(session);
    return Status::failure("watching a socket: " + os_error(-error));
  }
  poll_.data = this;
  socket_ = std::move(socket);
  state_ = State::kOpen;
  watch();
  return Status::ok();
}

// ---- The socket's readiness.

void Connection::ready(int status, int events) {
  // Before anybody's command of this turn: nobody would take what a waiting request would get.
  const bool gone = status < 0 || (events & UV_DISCONNECT) != 0;
  if (gone && waits_ && state_ == State::kOpen) home_.engine().cut_off(session);
  // libuv reports an error once and stops watching; recv() tells which, after what came before it.
  if (status < 0) watched_events_ = 0;
  if (status < 0 || (events & UV_READABLE) != 0) {
    readable_ = true;
    hung_up_ |= gone;
    home_.schedule(*this);
    if (ready_count_ < kReadyUntilEdge) consider_edge();
  }
  if (status < 0 || (events & UV_WRITABLE) != 0) {
    unsent_ = false;
    if (state_ == State::kOpen) home_.schedule_write(*this);
  }
}

// Not for Unix sockets: less of them than was asked for needn't be all there is.
void Connection::consider_edge() {
  if (watched_events_ != (UV_DISCONNECT | UV_READABLE) || peer_.is_unix) return;
  if (++ready_count_ == kReadyUntilEdge) edge_ = home_.loop().edge_trigger(socket_.fd());
}

bool Connection::takes_input() const {
  return !waits_ || input_.size() <= kWaitingInputMax;
}

void Connection::watch() {
  int events = 0;
  if (state_ == State::kLingering) {
    events = UV_READABLE;
  } else {
    if (!ended_ && !session.closing())
      events |= takes_input() ? UV_DISCONNECT | UV_READABLE : UV_DISCONNECT;
    if (unsent_) events |= UV_WRITABLE;
  }
  if (events == watched_events_) return;
  watched_events_ = events;
  edge_ = false;
  ready_count_ = 0;
  home_.loop().watchers_changed();
  if (events == 0) {
    uv_poll_stop(&poll_);
    return;
  }
  uv_poll_start(&poll_, events, [](uv_poll_t* handle, int status, int happened) {
    static_cast<Connection*>(handle->data)->ready(status, happened);
  });
}

// ---- Reading.

void Connection::read() {
  if (state_ == State::kLingering) return discard_input();
  if (state_ != State::kOpen || session.closing()) return;
  // What was read before comes first.
  if (readable_ && !leftover_) receive();
}

void Connection::execute() {
  const Bytes just_read = std::exchange(just_read_, Bytes());
  if (state_ != State::kOpen || session.closing()) return;
  leftover_ = false;
  // What it holds for a big request counts before that is executed.
  if (!input_.empty()) {
    account_memory();
    home_.engine().memory_limit().evict_clients();
  }
  // All that isn't executed yet: what is left from before and has grown, or all of it is new.
  const Bytes input = input_.empty() ? just_read : input_.bytes();
  const size_t used = waits_ ? 0 : run_requests(input);
  if (!keep(input, used)) return;
  if (leftover_ || (readable_ && takes_input())) home_.schedule(*this);
  // Or else write() will.
  if (write_hook.linked()) return;
  account_memory();
  watch();
}

// Behind what is left from before, or if nothing is, into the read buffer that all connections
// share. May close the connection.
void Connection::receive() {
  if (input_.empty()) {
    char* const room = home_.read_room();
    const ssize_t result = receive_bytes(socket_.fd(), room, Connections::kReadBytes);
    if (!account_received(result, Connections::kReadBytes) || result <= 0) return;
    just_read_ = Bytes(room, static_cast<size_t>(result));
    home_.take_read_room(just_read_.size());
    return;
  }
  const size_t before = input_.size();
  const size_t expected = parser_.bytes_wanted(input_.bytes());
  const size_t least = std::clamp(expected, Connections::kReadBytes, kReadBytesPerTurn);
  char* const room = input_.room(least, expected);
  if (room == nullptr) {
    log(LogLevel::kWarning, "No memory for the query of client ");
    return close();
  }
  const size_t most = std::min(input_.room_size(), kReadBytesPerTurn);
  const ssize_t result = receive_bytes(socket_.fd(), room, most);
  if (!account_received(result, most) || result <= 0) return;
  input_.commit(static_cast<size_t>(result));
  // An argument that is whole now counts, too: it was all waited for.
  const size_t waited_for = std::min(input_.size(), before + expected);
  if (expected != 0 && waited_for > input_limit()) close_for_input_limit();
}

bool Connection::account_received(ssize_t result, size_t asked_for) {
  Engine& engine = home_.engine();
  // Of a stream less than was asked for is all there was, but for its end.
  readable_ = edge_ && result > 0 && (hung_up_ || static_cast<size_t>(result) == asked_for);
  if (result > 0) {
    const auto bytes = static_cast<uint64_t>(result);
    ++engine.stats().reads_processed;
    engine.stats().net_input_bytes += bytes;
    session.net_input_bytes += bytes;
    session.last_interaction_ms = engine.now_ms();
    return true;
  }
  if (result < 0) {
    if (would_block(errno)) return true;
    log(LogLevel::kVerbose, "Reading from client: " + os_error(errno) + " ");
    close();
    return false;
  }
  log(LogLevel::kVerbose, "Client closed connection ");
  ended_ = true;
  waits_ ? engine.cut_off(session) : session.set(Session::kCloseAfterReply);
  home_.schedule_write(*this);
  return true;
}

// Runs the whole requests at the front of the input; returns their bytes.
size_t Connection::run_requests(Bytes input) {
  size_t used = 0;
  size_t requests = 0;
  const uint64_t output_end = session.output.end_offset() + kOutputBytesPerTurn;
  executing_bytes_ = input.size();
  while (used < input.size() && !session.closing() && run_batch(input, used, requests)) {
    leftover_ = requests >= kRequestsPerTurn || session.output.end_offset() >= output_end;
    if (leftover_) break;
  }
  executing_bytes_ = 0;
  if (!session.output.empty() || session.closing()) home_.schedule_write(*this);
  return used;
}

// False when the input holds no further request that could run now.
bool Connection::run_batch(Bytes input, size_t& used, size_t& requests) {
  Engine& engine = home_.engine();
  RequestBatch& batch = home_.batch();
  batch.clear();
  RequestLimits limits;
  limits.bulk_bytes_max = static_cast<size_t>(engine.values().proto_max_bulk_len);
  limits.authenticated = session.authenticated;
  switch (parser_.fill(input.substr(used), limits, batch)) {
    case RequestParser::Outcome::kRequest:
      break;
    case RequestParser::Outcome::kNeedMore:
      used += parser_.take_consumed();
      return false;
    case RequestParser::Outcome::kError:
      refuse_request();
      return false;
  }
  const size_t ran = engine.execute_batch(session, batch, 0);
  requests += ran;
  const bool all = ran == batch.size();
  if (!all) parser_.rewind(ran == 0 ? 0 : batch.input_end(ran - 1));
  used += parser_.take_consumed();
  // If it wasn't put off, the rest of the batch waits for nothing but its next turn.
  waits_ = !session.closing() && session.has(Session::kPaused | Session::kBlocked);
  leftover_ = !all && !waits_;
  return all && !waits_;
}

void Connection::refuse_request() {
  constexpr size_t kPrefixBytes = sizeof "ERR Protocol error: " - 1;
  log(LogLevel::kVerbose,
      "Protocol error (" + parser_.error().substr(kPrefixBytes) + ") from client: ");
  Engine& engine = home_.engine();
  engine.stats().count_error(parser_.error());
  ReplyWriter(engine.output_of(session), session.protocol).error(parser_.error());
  session.set(Session::kCloseAfterReply);
}

// Puts aside what wasn't executed. False when the connection is closed.
bool Connection::keep(Bytes input, size_t used) {
  if (!input_.empty()) {
    input_.drop_front(used);
  } else if (used < input.size()) {
    const Bytes rest = input.substr(used);
    if (!input_.append(rest, parser_.bytes_wanted(rest))) {
      log(LogLevel::kWarning, "No memory for the query of client ");
      close();
      return false;
    }
  }
  if (input_.size() <= input_limit()) return true;
  close_for_input_limit();
  return false;
}

size_t Connection::input_limit() const {
  return static_cast<size_t>(home_.engine().values().client_query_buffer_limit);
}

void Connection::close_for_input_limit() {
  const bool hide = home_.engine().values().hide_user_data_from_log;
  const Bytes shown = hide ? Bytes("*redacted*") : input_.bytes().substr(0, kLoggedQueryBytes);
  log(LogLevel::kWarning, "Closing client that reached max query buffer length: ",
      " (qbuf initial bytes: " + quote_word(shown) + ")");
  ++home_.engine().stats().query_buffer_limit_disconnections;
  close();
}

// ---- Writing.

void Connection::write() {
  if (state_ != State::kOpen) return;
  home_.engine().enforce_output_limit(session);
  if (session.pending_hook.linked()) home_.engine().pending_sessions().erase(session);
  if (session.has(Session::kCloseNow)) return close();
  const uint64_t until = home_.engine().reply_hold().visible_until(session);
  if (!unsent_ && !send(until)) return close();
  if (session.output.empty() && session.has(Session::kCloseAfterReply)) return finish();
  account_memory();
  watch();
}

// Sends up to that output offset, or until the socket is full, or this turn's share is used up.
// False when the connection is broken.
bool Connection::send(uint64_t until) {
  size_t share = kOutputBytesPerTurn;
  until = std::min(until, session.output.end_offset());
  while (session.output.begin_offset() < until) {
    Bytes pieces[kPiecesMax];
    const size_t count = session.output.pieces(pieces, until);
    size_t bytes = 0;
    for (size_t i = 0; i < count; ++i) bytes += pieces[i].size();
    const ssize_t result = count == 1 ? send_bytes(socket_.fd(), pieces[0])
                                      : send_pieces(socket_.fd(), std::span(pieces, count));
    if (!account_sent(result)) return false;
    const size_t sent = result < 0 ? 0 : static_cast<size_t>(result);
    unsent_ = sent < bytes || (sent >= share && session.output.begin_offset() < until);
    if (unsent_) break;
    share -= sent;
  }
  return true;
}

bool Connection::account_sent(ssize_t result) {
  if (result < 0) {
    if (would_block(errno)) return true;
    log(LogLevel::kVerbose, "Error writing to client: " + os_error(errno) + " ");
    return false;
  }
  Engine& engine = home_.engine();
  const auto bytes = static_cast<uint64_t>(result);
  session.output.consume(bytes);
  ++engine.stats().writes_processed;
  engine.stats().net_output_bytes += bytes;
  session.net_output_bytes += bytes;
  session.last_interaction_ms = engine.now_ms();
  return true;
}

void Connection::wake(Session&) {
  if (state_ != State::kOpen) return;
  // It may be woken for something to send alone: what waits goes on waiting then.
  if (waits_ && !session.has(Session::kPaused | Session::kBlocked)) {
    waits_ = false;
    // Its silence begins now: it wasn't its own while it waited.
    session.last_interaction_ms = home_.engine().now_ms();
    home_.schedule(*this);
  }
  home_.schedule_write(*this);
  home_.ensure_turn();
}

// ---- The end.

void Connection::finish() {
  if (ended_ || !home_.may_linger()) return close();
  linger();
}

void Connection::linger() {
  leave_engine();
  linger_until_ms_ = home_.engine().now_ms() + kLingerMs;
  state_ = State::kLingering;
  input_.drop_front(input_.size());
  input_.shrink();
  shutdown(socket_.fd(), SHUT_WR);
  watch();
}

void Connection::discard_input() {
  const ssize_t result = receive_bytes(socket_.fd(), home_.read_room(), Connections::kReadBytes);
  if (result == 0 || (result < 0 && !would_block(errno))) return close();
  watch();
}

void Connection::leave_engine() {
  home_.engine().close_session(session);
  home_.retire();
}

void Connection::close() {
  if (state_ == State::kClosing) return;
  if (state_ == State::kOpen) leave_engine();
  state_ = State::kClosing;
  home_.unlink(*this);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
    auto* const self = static_cast<Connection*>(handle->data);
    self->home_.destroy(*self);
  });
  socket_.close();
}

// ---- Once a second.

void Connection::look_after() {
  const int64_t now_ms = home_.engine().now_ms();
  if (state_ == State::kLingering && now_ms >= linger_until_ms_) return close();
  if (state_ != State::kOpen) return;
  const int64_t idle_ms = now_ms - session.last_interaction_ms;
  const int64_t timeout_ms = home_.engine().values().timeout * 1000;
  const bool may_be_silent =
      session.has(Session::kReplica | Session::kMonitor | Session::kSubscribed | Session::kBlocked |
                  Session::kPaused);
  if (timeout_ms > 0 && idle_ms > timeout_ms && !may_be_silent) {
    log(LogLevel::kVerbose, "Closing idle client ");
    return close();
  }
  if (idle_ms > kSpareRoomMs) {
    input_.shrink();
    session.output.shrink();
    account_memory();
  }
  // The soft limit is a matter of time, even if nothing is written.
  if (session.soft_limit_since_ms != 0) home_.schedule_write(*this);
}

// ---- Words about it.

void Connection::log(LogLevel level, const std::string& before, const std::string& after) const {
  Engine& engine = home_.engine();
  if (level < engine.values().loglevel) return;
  engine.host().log(level, before + client_line(session, engine.now_ms()) + after);
}

}  // namespace sorrel
