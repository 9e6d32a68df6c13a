// What a connection takes of memory, and what it tells of itself.

#include "core/engine.h"
#include "server/connection.h"
#include "server/connections.h"

#include <algorithm>

namespace sorrel {
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
