#include "server/thread_errors.h"

#include <algorithm>
#include <utility>

namespace sorrel {

const char* ThreadErrors::mine() const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(errors_, std::this_thread::get_id(),
                                       [](const Error& e) { return e.thread; });
  return found == errors_.end() ? "" : found->why.c_str();
}

void ThreadErrors::set_mine(std::string why) {
  const std::lock_guard lock(mutex_);
  forget(std::this_thread::get_id());
  errors_.push_front(Error{std::this_thread::get_id(), std::move(why)});
  if (errors_.size() > kThreadsMax) errors_.pop_back();
}

void ThreadErrors::clear_mine() {
  const std::lock_guard lock(mutex_);
  forget(std::this_thread::get_id());
}

size_t ThreadErrors::size() const {
  const std::lock_guard lock(mutex_);
  return errors_.size();
}

void ThreadErrors::forget(std::thread::id thread) {
  errors_.remove_if([&](const Error& error) { return error.thread == thread; });
}

}  // namespace sorrel
