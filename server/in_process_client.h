// InProcessClient: a session of the engine without a socket: requests go straight to the engine,
// its output is read as replies.
//
//   call, send (any thread) -> inbox -> queue (loop's thread) -> engine -> output -> reply, pushes
//
// On the loop's own thread there is no waiting: the inbox is emptied and the request executed at
// once. A request that the engine puts off stays at the queue's front, and those behind it wait,
// until the engine wakes the session. Replies are given in the order of requests; what the output
// holds beside them was said unasked.
//
// Shared by the host's handle and by work under way on the loop. The session is open from open() to
// close(), both on the loop's thread; the close may come from the host, from the engine (CLIENT
// KILL) or with the instance's end. After abandon() no callback is called.
//
// What a callback sends is run when that callback has returned, and so many calls at a time: a
// chain of calls, each sent by the callback of the one before, neither grows the stack nor holds
// the loop.
//
// Two locks. One guards the state and is never held while the host's code runs, so that send() and
// call() wait for nobody's callback. The other is held during callbacks, and taken first: abandon()
// and on_push() on another thread wait for one that runs. It is recursive: a callback may use, and
// free, its own client.
#pragma once

#include "core/resp/reply.h"
#include "core/session.h"
#include "server/instance_link.h"
#include "sorrel/sorrel.h"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace sorrel {

/// One request and what comes of it.
struct InProcessCall {
  explicit InProcessCall(std::span<const Bytes> arguments)
      : args(arguments.begin(), arguments.end()) {}
  /// Copies the arguments: their owner won't wait.
  void keep();

  std::vector<Bytes> args;
  std::string kept;
  bool awaited = false;  // somebody waits; otherwise `done`, if there is one, is called
  sorrel_reply_function done = nullptr;
  void* user = nullptr;
  bool running = false;  // the engine has it; loop's thread

  // Guarded by the client's lock.
  bool finished = false;
  sorrel_status status = SORREL_CLOSED;
  sorrel_reply* reply = nullptr;
};

class InProcessClient final : public Transport,
                              public std::enable_shared_from_this<InProcessClient> {
 public:
  explicit InProcessClient(std::shared_ptr<InstanceLink> link);
  ~InProcessClient() override = default;

  // ---- The host's thread, which may be the loop's.
  sorrel_status call(std::span<const Bytes> args, int timeout_ms, sorrel_reply** reply);
  sorrel_status send(std::span<const Bytes> args, sorrel_reply_function done, void* user);
  void on_push(sorrel_push_function push, void* user);
  void abandon();

  // ---- The loop's thread.
  void open();
  void close();

  void wake(Session& session) override;
  Bytes address() const override;
  Info info(const Session& session) const override;

 private:
  using CallPointer = std::shared_ptr<InProcessCall>;

  sorrel_status call_here(const CallPointer& call, sorrel_reply** reply);
  sorrel_status wait(const CallPointer& call, int timeout_ms, sorrel_reply** reply);
  sorrel_status submit(const CallPointer& call);
  bool enqueue(const CallPointer& call);
  void take_inbox();
  void run_queue();
  bool run_next();
  bool run(const CallPointer& call);
  void attend();
  void read_output();
  std::vector<Reply> take_replies(uint64_t until);
  void fail_for_memory();
  bool holds_reply();
  void give_up(const CallPointer& call);
  void drop(const CallPointer& call);
  void hand_out(Reply reply);
  void finish(const CallPointer& call, sorrel_status status, sorrel_reply* reply);
  void tell(sorrel_reply* push);
  bool is_finished(const CallPointer& call);

  const std::shared_ptr<InstanceLink> link_;
  Session session_;
  bool open_ = false;
  bool woken_ = false;
  bool runs_queue_ = false;  // somewhere up the stack
  std::deque<CallPointer> queue_;

  std::recursive_mutex telling_;  // held during callbacks
  std::mutex mutex_;              // guards what follows
  std::condition_variable answered_;
  bool abandoned_ = false;
  std::vector<CallPointer> inbox_;
  std::deque<CallPointer> unfinished_;
  sorrel_push_function push_ = nullptr;
  void* push_user_ = nullptr;
};

}  // namespace sorrel
