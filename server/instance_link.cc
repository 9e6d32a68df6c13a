#include "server/instance_link.h"

#include "server/in_process_client.h"
#include "server/instance.h"

#include <algorithm>
#include <future>
#include <utility>

namespace sorrel {

void InstanceLink::open_here(Instance& instance) {
  loop_thread_ = std::this_thread::get_id();
  instance_ = &instance;
  const std::lock_guard lock(mutex_);
  reachable_ = &instance;
}

void InstanceLink::open_on_own_thread(Instance& instance) {
  std::promise<void> known;
  // Whatever is posted later finds it said.
  const bool posted = instance.post([&] {
    open_here(instance);
    known.set_value();
  });
  if (posted) known.get_future().wait();
}

void InstanceLink::cut() {
  const std::lock_guard lock(mutex_);
  reachable_ = nullptr;
}

bool InstanceLink::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  return reachable_ != nullptr && reachable_->post(std::move(work));
}

void InstanceLink::close_clients() {
  for (const auto& client : std::exchange(clients_, {})) client->close();
  instance_ = nullptr;
}

void InstanceLink::strike_out(const InProcessClient& client) {
  std::erase_if(clients_, [&](const auto& known) { return known.get() == &client; });
}

}  // namespace sorrel
