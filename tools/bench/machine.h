// Machine: the cores a run may use, and what else the machine was doing meanwhile.
//
// A figure that was taken while others used the machine deserves a warning beside it: what others
// took is the busy time of all cores less that of this program and its children.
#pragma once

#include "core/base/result.h"

#include <string>
#include <vector>

namespace sorrel::bench {

struct Machine {
  std::string processor;
  std::string kernel;
  double memory_bytes = 0;
  std::vector<int> cores;  // those this process may run on
  static Machine look();
};

/// Puts the calling thread on one core; negative: leaves it where it is.
Status pin_this_thread(int core);

/// Of this process and, where the kernel shares the cores out by session first (autogroup), of its
/// session: there a process's own niceness only counts among its session. 0 changes nothing.
Status set_niceness(int niceness);
/// The session outlives this process; its niceness is given back at the end of a run.
void reset_session_niceness();

/// CPU time of all cores that was not idle, since boot, in seconds.
double busy_seconds();
/// CPU time of this process and of the children it has waited for, in seconds.
double own_seconds();

}  // namespace sorrel::bench
