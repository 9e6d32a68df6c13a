// Starting a thread, which the system may refuse: a limit of processes (RLIMIT_NPROC, a service's
// TasksMax), or no room for its stack. std::thread throws that; here it is a Status.
#pragma once

#include "core/base/result.h"
#include "server/os_error.h"

#include <system_error>
#include <thread>
#include <utility>

namespace sorrel {

template <class Run>
Status start_thread(std::thread& thread, Run run) {
  try {
    thread = std::thread(std::move(run));
    return Status::ok();
  } catch (const std::system_error& refusal) {
    return Status::failure("can't start a thread: " + os_error(refusal.code().value()));
  }
}

}  // namespace sorrel
