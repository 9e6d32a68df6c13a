// pause_watch: the longest time that a server's loop looked after nobody else, while something big
// is done to it.
//
// A probe watches the idle server for a moment (the machine's own noise) and then while another
// client does the scenario. The figure is the longest answer to PING in the server's own CPU time;
// the longest by the wall clock and the idle one stand beside it. The lowest of the rounds counts:
// the machine only adds.
#pragma once

#include "tools/bench/contest.h"

#include <functional>
#include <string>

namespace sorrel::bench {

/// A scenario's requests are made before its rounds: building them would starve the probe.
struct Scenario {
  std::string name;
  /// Runs before the watch begins.
  std::function<Status(ServerProcess&)> prepare;
  /// Runs under watch.
  std::function<Status(ServerProcess&)> act;
  Target target;
};

/// Two milliseconds of the loop's, however big the data.
inline constexpr Target kShortPause{Target::Of::kSorrel, 2e6, 1e6};

Result<Measure> measure_pause(Contest& contest, const Scenario& scenario, const Plan& plan);

}  // namespace sorrel::bench
