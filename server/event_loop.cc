#include "server/event_loop.h"

#include "core/base/check.h"
#include "server/os_error.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <utility>

namespace sorrel {
namespace {

timespec time_of(int64_t ms) {
  return {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1'000'000L};
}

int64_t now_ms() {
  return static_cast<int64_t>(uv_hrtime() / 1'000'000);
}

// How often poll() lets the loop take up new watchers before it returns all the same.
constexpr int kExtraRoundsMax = 16;

template <typename Handle>
EventLoop* owner(Handle* handle) {
  return static_cast<EventLoop*>(handle->data);
}

}  // namespace

EventLoop::EventLoop(Callbacks callbacks) : callbacks_(std::move(callbacks)) {
  running_.reserve(kPostsKept);
  posted_.reserve(kPostsKept);
}

EventLoop::~EventLoop() {
  VERIFY(state_ == State::kNew || state_ == State::kClosed);
}

Status EventLoop::open() {
  VERIFY(state_ == State::kNew);
  const int error = uv_loop_init(&own_);
  if (error != 0) {
    state_ = State::kClosed;
    return Status::failure(os_error(-error)).with("creating the event loop");
  }
  loop_ = &own_;
  Status started = start();
  if (!started) run();
  return started;
}

Status EventLoop::attach(uv_loop_t* host) {
  VERIFY(state_ == State::kNew);
  loop_ = host;
  return start();
}

Status EventLoop::start() {
  state_ = State::kOpen;
  const Status made = make_handles();
  if (!made) {
    close_handles();
    return made.with("creating the event loop's handles");
  }
  uv_poll_start(&timer_, UV_READABLE, [](uv_poll_t* h, int, int) { owner(h)->read_timer(); });
  uv_check_start(&check_, [](uv_check_t* h) { owner(h)->run_turn(); });
  const std::lock_guard lock(mutex_);
  accepts_posts_ = true;
  return Status::ok();
}

Status EventLoop::make_handles() {
  const auto took = [this](int error, auto& handle) {
    if (error != 0) return Status::failure(os_error(-error));
    handle.data = this;
    handles_.push_back(reinterpret_cast<uv_handle_t*>(&handle));
    return Status::ok();
  };
  timer_fd_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (timer_fd_ < 0) return Status::failure(os_error(errno));
  if (Status s = took(uv_poll_init(loop_, &timer_, timer_fd_), timer_); !s) return s;
  const uv_async_cb posted = [](uv_async_t* handle) { owner(handle)->run_posted(); };
  if (Status s = took(uv_async_init(loop_, &async_, posted), async_); !s) return s;
  if (Status s = took(uv_check_init(loop_, &check_), check_); !s) return s;
  return took(uv_idle_init(loop_, &idle_), idle_);
}

// libuv knows level triggering alone. It enters descriptors with themselves as their data, and asks
// for nothing that it believes to be entered.
bool EventLoop::edge_trigger(int fd) {
  epoll_event event = {};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
  event.data.fd = fd;
  return epoll_ctl(uv_backend_fd(loop_), EPOLL_CTL_MOD, fd, &event) == 0;
}

void EventLoop::run_turn() {
  turn_requested_ = false;
  callbacks_.turn();
  // Closing stops the handle, too.
  if (!turn_requested_ && state_ == State::kOpen) uv_idle_stop(&idle_);
}

void EventLoop::request_turn() {
  if (state_ != State::kOpen || turn_requested_) return;
  turn_requested_ = true;
  uv_idle_start(&idle_, [](uv_idle_t*) {});
}

void EventLoop::invite_turn() {
  if (state_ != State::kOpen || turn_requested_) return;
  request_turn();
  uv_async_send(&async_);
}

void EventLoop::set_timer(int period_ms) {
  period_ms_ = period_ms;
  arm_timer(period_ms);
}

void EventLoop::hasten_timer(int64_t delay_ms) {
  // Setting it takes back a time that has come and wasn't read yet: so it is never put off.
  if (now_ms() + delay_ms < timer_at_ms_) arm_timer(delay_ms);
}

void EventLoop::arm_timer(int64_t delay_ms) {
  timer_at_ms_ = now_ms() + delay_ms;
  // Nothing at all would stop the timer.
  const itimerspec spec = {.it_interval = time_of(period_ms_),
                           .it_value = time_of(std::max<int64_t>(delay_ms, 1))};
  VERIFY(timerfd_settime(timer_fd_, 0, &spec, nullptr) == 0);
}

// Periods that were missed are one timer: nobody counts them.
void EventLoop::read_timer() {
  timer_at_ms_ = now_ms() + period_ms_;
  uint64_t expirations;
  if (read(timer_fd_, &expirations, sizeof expirations) == sizeof expirations) callbacks_.timer();
}

bool EventLoop::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (!accepts_posts_) return false;
  posted_.push_back(std::move(work));
  uv_async_send(&async_);
  return true;
}

void EventLoop::run_posted() {
  // A piece may close the loop, which runs what has been posted meanwhile.
  std::vector<std::function<void()>> work = std::exchange(running_, {});
  {
    const std::lock_guard lock(mutex_);
    work.swap(posted_);
  }
  for (const std::function<void()>& piece : work) {
    try {
      piece();
    } catch (const std::bad_alloc&) {
      callbacks_.no_memory();
    }
  }
  work.clear();
  running_ = std::move(work);
}

void EventLoop::close(std::function<void()> closed) {
  VERIFY(state_ == State::kOpen);
  {
    const std::lock_guard lock(mutex_);
    accepts_posts_ = false;
  }
  run_posted();
  closed_ = std::move(closed);
  close_handles();
}

void EventLoop::when_closed(std::function<void()> closed) {
  if (state_ == State::kClosed) return closed();
  closed_ = std::move(closed);
}

void EventLoop::close_handles() {
  state_ = State::kClosing;
  for (uv_handle_t* handle : handles_) {
    uv_close(handle, [](uv_handle_t* h) { owner(h)->handle_closed(); });
  }
  if (handles_.empty()) handle_closed();
}

void EventLoop::handle_closed() {
  if (!handles_.empty() && ++handles_closed_ < handles_.size()) return;
  if (timer_fd_ >= 0) ::close(std::exchange(timer_fd_, -1));
  state_ = State::kClosed;
  // The owner may destroy this loop in the callback.
  const std::function<void()> closed = std::exchange(closed_, nullptr);
  if (closed) closed();
}

void EventLoop::run() {
  VERIFY(loop_ == &own_);
  uv_run(loop_, UV_RUN_DEFAULT);
  VERIFY(state_ == State::kClosed);
  VERIFY(uv_loop_close(&own_) == 0);
}

bool EventLoop::poll(int timeout_ms) {
  VERIFY(loop_ == &own_);
  if (state_ == State::kClosed) return false;
  wait_for_events(timeout_ms);
  int rounds = 0;
  do {
    watchers_changed_ = false;
    uv_run(loop_, UV_RUN_NOWAIT);
  } while (state_ != State::kClosed && watchers_changed_ && ++rounds < kExtraRoundsMax);
  if (state_ == State::kClosed) {
    VERIFY(uv_loop_close(&own_) == 0);
    return false;
  }
  // What is left over keeps the descriptor readable, for a host that waits for that alone.
  if (uv_backend_timeout(loop_) == 0) uv_async_send(&async_);
  return true;
}

void EventLoop::wait_for_events(int timeout_ms) {
  if (timeout_ms == 0 || uv_backend_timeout(loop_) == 0) return;
  pollfd ready = {poll_fd(), POLLIN, 0};
  static_cast<void>(::poll(&ready, 1, timeout_ms));
}

}  // namespace sorrel
