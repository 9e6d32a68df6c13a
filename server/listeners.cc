#include "server/listeners.h"

#include "core/base/check.h"
#include "server/event_loop.h"
#include "server/os_error.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace sorrel {

struct Listeners::Listener {
  Listeners* home = nullptr;
  Endpoint endpoint;
  Socket socket;
  uv_poll_t poll = {};
  bool has_waiting = false;
};

namespace {

// What a machine answers that doesn't know the protocol (IPv6, mostly).
bool means_unsupported(int error) {
  return error == ENOPROTOOPT || error == EPROTONOSUPPORT || error == ESOCKTNOSUPPORT ||
         error == EPFNOSUPPORT || error == EAFNOSUPPORT;
}

bool means_exhausted(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Listeners::Listeners(EventLoop& loop, Host& host, std::function<void(Socket)> accept)
    : loop_(loop), host_(host), accept_(std::move(accept)) {}

Listeners::~Listeners() {
  VERIFY(handles_ == 0);
}

std::vector<Listeners::Endpoint> Listeners::endpoints(const SettingValues& values) const {
  std::vector<Endpoint> wanted;
  if (values.port != 0 || any_port_) {
    for (const std::string& bind : values.bind) {
      const bool optional = bind.starts_with('-');
      wanted.push_back(
          {bind.substr(optional ? 1 : 0), static_cast<int>(values.port), false, optional});
    }
  }
  if (!values.unixsocket.empty()) wanted.push_back({values.unixsocket, 0, true, false});
  return wanted;
}

Status Listeners::open(const SettingValues& values, bool any_port) {
  any_port_ = any_port;
  return reopen(values);
}

Status Listeners::reopen(const SettingValues& values) {
  const std::vector<Endpoint> wanted = endpoints(values);
  // What goes leaves first: "*" can't be opened beside "127.0.0.1" on one port.
  const auto stays = [&](const std::unique_ptr<Listener>& listener) {
    return std::any_of(wanted.begin(), wanted.end(), [&](const Endpoint& endpoint) {
      return listener->endpoint.same_as(endpoint);
    });
  };
  const auto going = std::stable_partition(open_.begin(), open_.end(), stays);
  List gone(std::make_move_iterator(going), std::make_move_iterator(open_.end()));
  open_.erase(going, open_.end());
  std::vector<Endpoint> before;
  for (std::unique_ptr<Listener>& listener : gone) {
    before.push_back(listener->endpoint);
    release(std::move(listener));
  }
  List added;
  Status status = open_missing(wanted, values, added);
  if (!status) {
    for (std::unique_ptr<Listener>& listener : added) release(std::move(listener));
    added.clear();
    // Taken a moment ago; if somebody else was quicker, there is nobody to ask.
    const Status restored = open_missing(before, values, added);
    if (!restored) host_.log(LogLevel::kWarning, "Can't listen as before: " + restored.message());
  }
  std::move(added.begin(), added.end(), std::back_inserter(open_));
  return status;
}

Status Listeners::open_missing(const std::vector<Endpoint>& wanted, const SettingValues& values,
                               List& added) {
  for (const Endpoint& endpoint : wanted) {
    const auto same = [&](const auto& listener) { return listener->endpoint.same_as(endpoint); };
    if (std::any_of(open_.begin(), open_.end(), same)) continue;
    int error = 0;
    Result<Socket> socket = open_socket(endpoint, values, error);
    if (!socket && may_be_missing(endpoint, error)) continue;
    if (!socket) return socket.status();
    auto listener = std::make_unique<Listener>();
    listener->home = this;
    listener->endpoint = endpoint;
    listener->socket = std::move(socket.value());
    if (Status status = watch(*listener); !status) return status;
    added.push_back(std::move(listener));
  }
  return Status::ok();
}

bool Listeners::may_be_missing(const Endpoint& endpoint, int error) {
  return means_unsupported(error) || (endpoint.is_optional && error == EADDRNOTAVAIL);
}

Result<Socket> Listeners::open_socket(const Endpoint& endpoint, const SettingValues& values,
                                      int& error) {
  const int backlog = static_cast<int>(values.tcp_backlog);
  if (endpoint.is_unix) {
    Result<Socket> socket =
        listen_unix(endpoint.address, static_cast<unsigned>(values.unixsocketperm), backlog);
    if (socket) return socket;
    host_.log(LogLevel::kWarning, "Failed opening Unix socket: " + socket.status().message());
    return socket.status().with(endpoint.address);
  }
  const int port = endpoint.port == 0 ? chosen_port_ : endpoint.port;
  Result<Socket> socket = listen_tcp(endpoint.address, port, backlog, error);
  if (socket && endpoint.port == 0) chosen_port_ = local_port_of(socket.value().fd());
  if (socket || may_be_missing(endpoint, error)) return socket;
  const std::string where = endpoint.address + ":" + std::to_string(port);
  host_.log(LogLevel::kWarning, "Warning: Could not create server TCP listening socket " + where +
                                    ": " + socket.status().message());
  return socket.status().with(where);
}

Status Listeners::watch(Listener& listener) {
  const int error = uv_poll_init(loop_.uv(), &listener.poll, listener.socket.fd());
  if (error != 0) return Status::failure("watching a socket: " + os_error(-error));
  ++handles_;
  listener.poll.data = &listener;
  uv_poll_start(&listener.poll, UV_READABLE, [](uv_poll_t* handle, int, int) {
    static_cast<Listener*>(handle->data)->has_waiting = true;
  });
  loop_.watchers_changed();
  return Status::ok();
}

void Listeners::release(std::unique_ptr<Listener> listener) {
  if (listener->endpoint.is_unix) unlink(listener->endpoint.address.c_str());
  Listener* const last = listener.release();  // libuv has its handle until the callback
  uv_close(reinterpret_cast<uv_handle_t*>(&last->poll), [](uv_handle_t* handle) {
    const std::unique_ptr<Listener> closed(static_cast<Listener*>(handle->data));
    Listeners& home = *closed->home;
    if (--home.handles_ == 0 && home.closed_) std::exchange(home.closed_, nullptr)();
  });
  last->socket.close();
}

void Listeners::close_all(std::function<void()> closed) {
  closed_ = std::move(closed);
  for (std::unique_ptr<Listener>& listener : open_) release(std::move(listener));
  open_.clear();
  if (handles_ == 0) std::exchange(closed_, nullptr)();
}

void Listeners::accept_waiting(int64_t clients_max) {
  for (const std::unique_ptr<Listener>& listener : open_) {
    if (std::exchange(listener->has_waiting, false)) accept_from(*listener, clients_max);
  }
}

// The loop tells again when there are more than that.
void Listeners::accept_from(Listener& listener, int64_t clients_max) {
  for (int64_t i = 0; i < clients_max; ++i) {
    Socket socket = accept_connection(listener.socket.fd());
    if (socket.is_open()) {
      accept_(std::move(socket));
      continue;
    }
    const int error = errno;
    if (error == ECONNABORTED) continue;
    if (error == EAGAIN || error == EWOULDBLOCK) return;
    host_.log(LogLevel::kWarning, "Accepting client connection: accept: " + os_error(error));
    if (means_exhausted(error)) pause();
    return;
  }
}

void Listeners::pause() {
  paused_ = true;
  for (const std::unique_ptr<Listener>& listener : open_) uv_poll_stop(&listener->poll);
}

void Listeners::resume() {
  if (!std::exchange(paused_, false)) return;
  for (const std::unique_ptr<Listener>& listener : open_) {
    uv_poll_start(&listener->poll, UV_READABLE, [](uv_poll_t* handle, int, int) {
      static_cast<Listener*>(handle->data)->has_waiting = true;
    });
  }
}

int Listeners::port() const {
  for (const std::unique_ptr<Listener>& listener : open_) {
    if (!listener->endpoint.is_unix) return local_port_of(listener->socket.fd());
  }
  return 0;
}

ListenerFacts Listeners::facts() const {
  ListenerFacts facts;
  for (const std::unique_ptr<Listener>& listener : open_) {
    const Endpoint& endpoint = listener->endpoint;
    if (endpoint.is_unix) {
      facts.unix_path = endpoint.address;
    } else {
      facts.tcp_addresses.push_back((endpoint.is_optional ? "-" : "") + endpoint.address);
    }
  }
  return facts;
}

}  // namespace sorrel
