// InstanceLink: the way to a running instance for those that may outlive it: in-process clients,
// and the calls that other threads hand to its loop.
//
// Made by the server that owns the instance, shared with its clients. It is closed before the
// instance goes; from then on every question is answered "no". The instance itself is seen on its
// loop's thread alone, and not any more when it begins to close.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace sorrel {

class InProcessClient;
class Instance;

class InstanceLink {
 public:
  /// The instance runs on the calling thread's loop.
  void open_here(Instance& instance);
  /// The instance runs on a thread of its own: returns when that is known.
  void open_on_own_thread(Instance& instance);
  /// The instance is about to go. Not on the loop's thread, or after it has closed.
  void cut();

  /// Any thread: runs `work` on the loop. False when there is none any more.
  bool post(std::function<void()> work);
  /// It has ended, and another thread may be given its name.
  void forget_loop_thread() { loop_thread_ = std::thread::id(); }
  bool on_loop_thread() const { return loop_thread_.load() == std::this_thread::get_id(); }
  bool on_another_thread() const {
    return loop_thread_.load() != std::thread::id() && !on_loop_thread();
  }

  // ---- On the loop's thread.
  /// Null when it has begun to close.
  Instance* instance() const { return instance_; }
  /// The instance begins to close: its clients are closed.
  void close_clients();
  void enroll(std::shared_ptr<InProcessClient> client) { clients_.push_back(std::move(client)); }
  void strike_out(const InProcessClient& client);

  /// While a host's own command runs: a command inside a command, maybe one of a transaction.
  class Nesting {
   public:
    Nesting(InstanceLink& link, bool in_transaction)
        : link_(link), in_transaction_(in_transaction) {
      ++link_.nesting_;
      link_.transactions_ += in_transaction_;
    }
    ~Nesting() {
      --link_.nesting_;
      link_.transactions_ -= in_transaction_;
    }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    InstanceLink& link_;
    const bool in_transaction_;
  };
  bool nested() const { return nesting_ != 0; }
  /// What is done now belongs to a transaction that isn't at its end.
  bool in_transaction() const { return transactions_ != 0; }

 private:
  std::atomic<std::thread::id> loop_thread_{};
  Instance* instance_ = nullptr;
  std::vector<std::shared_ptr<InProcessClient>> clients_;
  int nesting_ = 0;
  int transactions_ = 0;

  std::mutex mutex_;  // guards what follows
  Instance* reachable_ = nullptr;
};

}  // namespace sorrel
