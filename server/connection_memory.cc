// What a connection takes of memory, and what it may: its output against
// client-output-buffer-limit.

#include "core/engine.h"
#include "server/connection.h"
#include "server/connections.h"

#include <algorithm>

namespace sorrel {
namespace {

// Output up to this isn't counted against the limits: every client may have that much.
constexpr size_t kUncountedOutputBytes = 16 * 1024;

}  // namespace

int64_t Connection::held_output() const {
  const Output& output = session.output;
  const size_t counted = output.size() <= kUncountedOutputBytes ? 0 : output.memory_bytes();
  return static_cast<int64_t>(counted);
}

bool Connection::exceeds_output_limit() {
  const OutputBufferLimit& limit = output_limit();
  int64_t held = held_output();
  // Whoever hasn't said the password gets no more memory by not reading than every client has.
  if (held != 0 && !session.authenticated) return true;
  if (limit.hard_bytes != 0 && held >= limit.hard_bytes) {
    if (!drop_messages(limit.hard_bytes)) return true;
    held = held_output();
  }
  if (limit.soft_bytes == 0 || held < limit.soft_bytes) {
    session.soft_limit_since_ms = 0;
    return false;
  }
  const int64_t now_ms = home_.engine().now_ms();
  if (session.soft_limit_since_ms == 0) session.soft_limit_since_ms = now_ms;
  if (now_ms - session.soft_limit_since_ms <= limit.soft_seconds * 1000) return false;
  return !drop_messages(limit.soft_bytes);
}

// Old messages go instead of the client, an eighth more than must, so that it isn't done for each
// new one. False when that may not be, or isn't enough.
bool Connection::drop_messages(int64_t limit_bytes) {
  Engine& engine = home_.engine();
  if (!engine.values().pubsub_drops_oldest || !session.has(Session::kSubscribed)) return false;
  const int64_t over = held_output() - limit_bytes + limit_bytes / 8;
  const size_t dropped = session.output.drop_oldest(static_cast<size_t>(over));
  session.dropped_messages += dropped;
  engine.stats().dropped_messages += dropped;
  return held_output() < limit_bytes;
}

const OutputBufferLimit& Connection::output_limit() const {
  const SettingValues& values = home_.engine().values();
  if (session.has(Session::kReplica)) return values.output_limit_replica;
  if (session.has(Session::kSubscribed)) return values.output_limit_pubsub;
  return values.output_limit_normal;
}

size_t Connection::query_buffer() const {
  return std::max(input_.size(), executing_bytes_);
}

Transport::Info Connection::info(const Session&) const {
  Info info;
  info.address = peer_.address;
  info.local_address = local_address_of(socket_.fd());
  info.fd = socket_.fd();
  const size_t room = input_.empty() ? Connections::kReadBytes : input_.capacity();
  info.query_buffer = query_buffer();
  info.query_buffer_free = info.query_buffer == 0 ? 0 : room - std::min(room, info.query_buffer);
  info.argument_memory = parser_.memory_bytes();
  info.total_memory = memory_bytes();
  info.readable = (watched_events_ & UV_READABLE) != 0;
  info.writable = (watched_events_ & UV_WRITABLE) != 0;
  info.unix_socket = peer_.is_unix;
  return info;
}

size_t Connection::memory_bytes() const {
  return sizeof *this - sizeof session + input_.capacity() + parser_.memory_bytes();
}

void Connection::account_memory() {
  const size_t bytes =
      memory_bytes() + sizeof session + session.output.memory_bytes() + session.held_bytes();
  home_.engine().account_session(session, bytes);
}

}  // namespace sorrel
