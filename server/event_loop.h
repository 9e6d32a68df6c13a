// EventLoop: when an instance's turns happen, on its own libuv loop or on a host's.
//
// libuv only says what is ready; everything is done in turns. A turn runs once an iteration of the
// loop, after all that is ready has been collected (uv_check_t), so that a turn sees all clients
// that have something to say and answers them together. request_turn() makes sure that there is
// another one without waiting (uv_idle_t). Between turns the loop sleeps, but for the timer.
//
// The timer is a timerfd and not a uv_timer_t, so that the loop's backend descriptor alone tells a
// host who polls by hand when there is something to do: it becomes readable for sockets, for work
// posted by other threads, for the timer and for work left over.
//
// States: kNew -> kOpen -> kClosing -> kClosed. When open() or attach() fails it is on its way to
// kClosed: open() has gone it, attach() needs the host's loop for it. Everything but post() belongs
// to the loop's thread.
#pragma once

#include "core/base/result.h"

#include <uv.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace sorrel {

class EventLoop {
 public:
  /// What an instance does in its turn, and when its timer is due (before the turn that follows).
  struct Callbacks {
    std::function<void()> turn;
    std::function<void()> timer;
    std::function<void()> no_memory;  // a piece of posted work threw std::bad_alloc
  };
  explicit EventLoop(Callbacks callbacks);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// On a loop of its own, turned by run() or poll().
  Status open();
  /// On a loop that the host turns, and keeps until close() has called back.
  Status attach(uv_loop_t* host);
  /// After attach() has failed: `closed` is called when nothing of it is left on the host's loop,
  /// which may be now.
  void when_closed(std::function<void()> closed);
  /// Closes the handles; `closed` is called when nothing of them is left on the loop. The owner has
  /// closed its own handles on uv() before.
  void close(std::function<void()> closed);
  bool is_closed() const { return state_ == State::kClosed; }

  /// Own loop: turns until the loop is closed.
  void run();
  /// Own loop: waits up to `timeout_ms` (-1: without limit) and does what there is to do. Returns
  /// whether the loop is still open.
  bool poll(int timeout_ms);
  /// Readable when poll() has something to do.
  int poll_fd() const { return uv_backend_fd(loop_); }

  void request_turn();
  /// The same from outside of a turn: poll_fd() becomes readable, too.
  void invite_turn();
  void set_timer(int period_ms);
  /// The timer's next time comes within `delay_ms`, or when it would have come anyway, whichever
  /// is sooner; from then on it keeps its period.
  void hasten_timer(int64_t delay_ms);
  /// Any thread: runs `work` on the loop's thread, before its next turn. False when the loop is
  /// closing: then `work` is dropped. It throws nothing but std::bad_alloc. As long as no more
  /// than kPostsKept wait, posting needs no memory but what `work` itself does.
  bool post(std::function<void()> work);

  uv_loop_t* uv() { return loop_; }
  /// A stream socket that the loop watches for being readable and for the peer's end, since its
  /// last iteration at least, is told of only when something new has come: who is told reads all
  /// there is. Holds until a watcher of the socket is started again. False: all is as it was.
  bool edge_trigger(int fd);
  /// A watcher was started during a turn: the loop has to go round once more to take it up.
  void watchers_changed() { watchers_changed_ = true; }

 private:
  enum class State : uint8_t { kNew, kOpen, kClosing, kClosed };

  Status start();
  Status make_handles();
  void run_turn();
  void run_posted();
  void arm_timer(int64_t delay_ms);
  void read_timer();
  void close_handles();
  void handle_closed();
  void wait_for_events(int timeout_ms);

  Callbacks callbacks_;
  State state_ = State::kNew;
  uv_loop_t own_ = {};
  uv_loop_t* loop_ = nullptr;
  uv_check_t check_ = {};
  uv_idle_t idle_ = {};
  uv_async_t async_ = {};
  uv_poll_t timer_ = {};
  int timer_fd_ = -1;
  int period_ms_ = 0;
  int64_t timer_at_ms_ = 0;            // when it comes next
  std::vector<uv_handle_t*> handles_;  // those that the loop knows
  size_t handles_closed_ = 0;
  bool turn_requested_ = false;
  bool watchers_changed_ = false;
  std::function<void()> closed_;

  static constexpr size_t kPostsKept = 16;
  std::vector<std::function<void()>> running_;  // room for what is run; empty
  std::mutex mutex_;                            // guards what follows
  std::vector<std::function<void()>> posted_;
  bool accepts_posts_ = false;
};

}  // namespace sorrel
