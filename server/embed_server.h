// EmbeddedServer: an instance with all that it needs around it, as the C interface hands it out.
//
// It owns the settings (a copy of the options'), the host's own commands, the instance, and the
// link by which others reach it. States are the instance's; what this adds is which of the ways to
// run was taken, and from which thread the host may do what.
//
// The server program stands on the same handle and reaches settings and instance through it: what
// the process's own affairs need beyond the public interface.
#pragma once

#include "server/embed_command.h"
#include "server/embed_options.h"
#include "server/instance.h"
#include "server/instance_link.h"
#include "server/thread_errors.h"
#include "sorrel/sorrel.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sorrel {

class EmbeddedServer {
 public:
  explicit EmbeddedServer(const sorrel_options& options);
  ~EmbeddedServer();
  EmbeddedServer(const EmbeddedServer&) = delete;
  EmbeddedServer& operator=(const EmbeddedServer&) = delete;

  sorrel_status start_thread();
  sorrel_status attach(uv_loop_t* loop);
  sorrel_status open();
  sorrel_status run();
  int fd() const;
  sorrel_status poll(int timeout_ms);
  sorrel_status stop(unsigned flags, int timeout_ms);
  bool is_closed() const { return closed_.load(); }
  /// Whether it may be destroyed now. Otherwise `status` says why not, or, if that is SORREL_OK,
  /// `released` is called when it may.
  bool release(sorrel_status& status, const std::function<void()>& released);

  sorrel_status adopt(int fd);
  sorrel_status port(int& port);
  sorrel_status save(const std::string& path);
  sorrel_status load(const std::string& path);
  sorrel_status register_command(HostCommand::Terms terms);
  sorrel_status new_client(std::shared_ptr<class InProcessClient>& client);

  /// Of the calling thread's last call: threads may use the handle at the same time. Valid until
  /// its next.
  const char* error() const { return errors_.mine(); }
  void clear_error() { errors_.clear_mine(); }
  sorrel_status fail(sorrel_status status, std::string why);

  Settings& settings() { return settings_; }
  Instance& instance() { return *instance_; }

 private:
  void take_up_watchers();
  enum class Way : uint8_t { kNone, kOwnThread, kAttached, kPolled };

  class LogToHost final : public LogSink {
   public:
    LogToHost(sorrel_log_function log, void* user) : log_(log), user_(user) {}
    void write(LogLevel level, Bytes line) override;
    void silence() { log_ = nullptr; }

   private:
    sorrel_log_function log_;
    void* const user_;
  };

  sorrel_status begin(Way way, const std::function<Status()>& run);
  Status demand_served() const;
  Status rename_commands();
  sorrel_status may_turn();
  void tell_unserved();
  sorrel_status running() const;
  sorrel_status on_loop(const std::function<sorrel_status(Instance&)>& work);
  sorrel_status try_on_loop(const std::function<Status(Instance&)>& work);
  sorrel_status request_stop(const ShutdownRequest& request);
  sorrel_status turn_until_closed(int timeout_ms);
  sorrel_status wait_until_closed(int timeout_ms);
  void join();

  Settings settings_;
  LogToHost log_;
  const std::shared_ptr<InstanceLink> link_;
  std::vector<std::unique_ptr<HostCommand>> commands_;
  std::unique_ptr<Instance> instance_;
  std::atomic<Way> way_{Way::kNone};
  bool turning_ = false;

  ThreadErrors errors_;

  std::atomic<bool> closed_{false};
  std::atomic<bool> stop_refused_{false};  // the last stop() would have lost data
  std::mutex closed_mutex_;
  std::condition_variable closed_changed_;
};

}  // namespace sorrel

struct sorrel_server final : sorrel::EmbeddedServer {
  using EmbeddedServer::EmbeddedServer;
};

struct sorrel_client {
  std::shared_ptr<sorrel::InProcessClient> session;
};
