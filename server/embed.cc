// The C interface's functions: arguments are checked, handles opened, and nothing thrown gets out.

#include "core/version.h"
#include "server/embed_border.h"
#include "server/embed_options.h"
#include "server/embed_server.h"
#include "server/in_process_client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <memory>

namespace sorrel {
namespace {

// The arguments of a call as views; empty when they can't be a command.
std::vector<Bytes> views(int argc, const char* const* argv, const size_t* lengths) {
  std::vector<Bytes> args;
  if (argc <= 0 || argv == nullptr) return args;
  args.reserve(static_cast<size_t>(argc));
  for (int i = 0; i < argc; ++i) {
    const bool empty = lengths != nullptr && lengths[i] == 0;
    if (argv[i] == nullptr && !empty) return {};
    args.push_back(empty                ? Bytes("")
                   : lengths == nullptr ? Bytes(argv[i])
                                        : Bytes(argv[i], lengths[i]));
  }
  return args;
}

template <typename Body>
sorrel_status on_server(sorrel_server* server, Body body) {
  if (server == nullptr) return SORREL_INVALID;
  return at_border([&] {
    server->clear_error();
    return body();
  });
}

}  // namespace
}  // namespace sorrel

using sorrel::at_border;
using sorrel::on_server;

const char* sorrel_status_text(sorrel_status status) {
  switch (status) {
    case SORREL_OK:
      return "ok";
    case SORREL_INVALID:
      return "invalid argument";
    case SORREL_STATE:
      return "not possible in this state";
    case SORREL_CLOSED:
      return "closed";
    case SORREL_TIMEOUT:
      return "timed out";
    case SORREL_WOULD_BLOCK:
      return "would block the server's own loop";
    case SORREL_NO_MEMORY:
      return "out of memory";
    case SORREL_FAILED:
      return "failed";
    case SORREL_NOT_SERVED:
      return "not served yet";
  }
  return "unknown status";
}

const char* sorrel_version(void) {
  return sorrel::kSorrelVersion.data();
}

// ---- Servers.

sorrel_status sorrel_server_new(const sorrel_options* options, sorrel_server** server) {
  if (server == nullptr) return SORREL_INVALID;
  *server = nullptr;
  return at_border([&] {
    const sorrel_options defaults;
    *server = new sorrel_server(options == nullptr ? defaults : *options);
    return SORREL_OK;
  });
}

sorrel_status sorrel_server_start_thread(sorrel_server* server) {
  return on_server(server, [&] { return server->start_thread(); });
}

sorrel_status sorrel_server_attach(sorrel_server* server, uv_loop_s* loop) {
  if (loop == nullptr) return SORREL_INVALID;
  return on_server(server, [&] { return server->attach(loop); });
}

sorrel_status sorrel_server_open(sorrel_server* server) {
  return on_server(server, [&] { return server->open(); });
}

int sorrel_server_fd(const sorrel_server* server) {
  return server == nullptr ? -1 : server->fd();
}

sorrel_status sorrel_server_poll(sorrel_server* server, int timeout_ms) {
  return on_server(server, [&] { return server->poll(timeout_ms); });
}

sorrel_status sorrel_server_run(sorrel_server* server) {
  return on_server(server, [&] { return server->run(); });
}

sorrel_status sorrel_server_port(sorrel_server* server, int* port) {
  if (port == nullptr) return SORREL_INVALID;
  *port = 0;
  return on_server(server, [&] { return server->port(*port); });
}

sorrel_status sorrel_server_adopt_fd(sorrel_server* server, int fd) {
  return on_server(server, [&] { return server->adopt(fd); });
}

sorrel_status sorrel_server_socketpair(sorrel_server* server, int* fd) {
  if (fd == nullptr) return SORREL_INVALID;
  *fd = -1;
  return on_server(server, [&]() -> sorrel_status {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
      return server->fail(SORREL_FAILED, "no descriptors for a pair of sockets");
    }
    const sorrel_status status = server->adopt(ends[1]);
    if (status == SORREL_OK) {
      *fd = ends[0];
      return SORREL_OK;
    }
    close(ends[0]);
    close(ends[1]);
    return status;
  });
}

sorrel_status sorrel_server_save(sorrel_server* server, const char* path) {
  if (path == nullptr) return SORREL_INVALID;
  return on_server(server, [&] { return server->save(path); });
}

sorrel_status sorrel_server_load(sorrel_server* server, const char* path) {
  if (path == nullptr) return SORREL_INVALID;
  return on_server(server, [&] { return server->load(path); });
}

sorrel_status sorrel_server_stop(sorrel_server* server, unsigned flags, int timeout_ms) {
  return on_server(server, [&] { return server->stop(flags, timeout_ms); });
}

int sorrel_server_is_closed(const sorrel_server* server) {
  return server != nullptr && server->is_closed() ? 1 : 0;
}

sorrel_status sorrel_server_free(sorrel_server* server) {
  if (server == nullptr) return SORREL_OK;
  return on_server(server, [&] {
    sorrel_status status = SORREL_OK;
    if (server->release(status, [server] { delete server; })) delete server;
    return status;
  });
}

const char* sorrel_server_error(const sorrel_server* server) {
  return server == nullptr ? "" : server->error();
}

sorrel_status sorrel_server_register_command(sorrel_server* server, const char* name, int arity,
                                             unsigned flags, sorrel_keys keys,
                                             sorrel_command_function function, void* user) {
  if (name == nullptr || function == nullptr) return SORREL_INVALID;
  return on_server(server, [&] {
    return server->register_command({name, arity, flags, keys, function, user});
  });
}

// ---- Clients.

sorrel_status sorrel_client_new(sorrel_server* server, sorrel_client** client) {
  if (client == nullptr) return SORREL_INVALID;
  *client = nullptr;
  return on_server(server, [&] {
    auto made = std::make_unique<sorrel_client>();
    const sorrel_status status = server->new_client(made->session);
    if (status == SORREL_OK) *client = made.release();
    return status;
  });
}

void sorrel_client_free(sorrel_client* client) {
  if (client == nullptr) return;
  static_cast<void>(at_border([&] {
    const std::unique_ptr<sorrel_client> owned(client);
    owned->session->abandon();
    return SORREL_OK;
  }));
}

sorrel_status sorrel_client_call(sorrel_client* client, int argc, const char* const* argv,
                                 const size_t* lengths, int timeout_ms, sorrel_reply** reply) {
  if (reply != nullptr) *reply = nullptr;
  if (client == nullptr) return SORREL_INVALID;
  return at_border([&]() -> sorrel_status {
    const std::vector<sorrel::Bytes> args = sorrel::views(argc, argv, lengths);
    if (args.empty()) return SORREL_INVALID;
    sorrel_reply* answer = nullptr;
    const sorrel_status status = client->session->call(args, timeout_ms, &answer);
    if (reply == nullptr) {
      sorrel_reply_free(answer);
    } else {
      *reply = answer;
    }
    return status;
  });
}

sorrel_status sorrel_client_send(sorrel_client* client, int argc, const char* const* argv,
                                 const size_t* lengths, sorrel_reply_function done, void* user) {
  if (client == nullptr) return SORREL_INVALID;
  return at_border([&]() -> sorrel_status {
    const std::vector<sorrel::Bytes> args = sorrel::views(argc, argv, lengths);
    if (args.empty()) return SORREL_INVALID;
    return client->session->send(args, done, user);
  });
}

sorrel_status sorrel_client_on_push(sorrel_client* client, sorrel_push_function push, void* user) {
  if (client == nullptr) return SORREL_INVALID;
  return at_border([&] {
    client->session->on_push(push, user);
    return SORREL_OK;
  });
}
