// Listeners: the sockets that new clients arrive at, as `bind`, `port` and `unixsocket` say.
//
// reopen() follows a change of `bind` or `port` while the server runs: sockets that both
// configurations have stay open, so their waiting clients aren't lost; if a new one can't be
// opened, everything is as before. When the process runs out of descriptors, accepting stops for a
// moment: the clients wait in the kernel's queue.
//
// Owned by an instance. After close_all() has called back nothing is left on the loop.
#pragma once

#include "core/base/result.h"
#include "core/host.h"
#include "core/settings/setting_values.h"
#include "server/socket.h"

#include <uv.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sorrel {

class EventLoop;

class Listeners {
 public:
  /// `accept` is given each new client's socket.
  Listeners(EventLoop& loop, Host& host, std::function<void(Socket)> accept);
  ~Listeners();
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  /// Opens them all or none. With `any_port`, a `port` of 0 doesn't mean "no TCP" but "a free port,
  /// chosen by the kernel".
  Status open(const SettingValues& values, bool any_port);
  Status reopen(const SettingValues& values);
  void close_all(std::function<void()> closed);

  /// A phase of the turn: takes the clients that are waiting, a bounded number.
  void accept_waiting(int64_t clients_max);
  /// Some time has passed: descriptors may be free again.
  void resume();

  /// The TCP port in use, 0 when there is none.
  int port() const;
  ListenerFacts facts() const;

 private:
  struct Endpoint {
    std::string address;  // or the Unix socket's path
    int port = 0;
    bool is_unix = false;
    bool is_optional = false;
    bool same_as(const Endpoint& other) const {
      return address == other.address && port == other.port && is_unix == other.is_unix;
    }
  };
  struct Listener;
  using List = std::vector<std::unique_ptr<Listener>>;

  std::vector<Endpoint> endpoints(const SettingValues& values) const;
  Status open_missing(const std::vector<Endpoint>& wanted, const SettingValues& values,
                      List& added);
  Result<Socket> open_socket(const Endpoint& endpoint, const SettingValues& values, int& error);
  static bool may_be_missing(const Endpoint& endpoint, int error);
  Status watch(Listener& listener);
  void release(std::unique_ptr<Listener> listener);
  void accept_from(Listener& listener, int64_t clients_max);
  void pause();

  EventLoop& loop_;
  Host& host_;
  std::function<void(Socket)> accept_;
  List open_;
  bool any_port_ = false;
  int chosen_port_ = 0;  // with any_port_: what the kernel gave the first listener
  bool paused_ = false;
  size_t handles_ = 0;  // on the loop, those being closed too
  std::function<void()> closed_;
};

}  // namespace sorrel
