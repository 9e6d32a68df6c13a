// cpu_per_command: one round of load on one server, and what a command cost it.
//
// The server's CPU clock is read while the load flows, after a warm-up, so neither connecting nor
// the last replies are in it. The figure repeats where rates don't: a rate on one machine is as
// much the client's as the server's. Sections of any command group use it.
#pragma once

#include "core/base/result.h"
#include "tools/bench/contest.h"

#include <functional>
#include <string>

namespace sorrel::bench {

/// Nanoseconds per command, with user, system, rate and the share of its core as details.
Result<Sample> cpu_per_command(ServerProcess& server, LoadShape shape, const RequestSet& requests,
                               const Plan& plan);

/// One line of such a section.
struct CommandLoad {
  std::string name;
  LoadShape shape;
  Target target;
  std::function<RequestSet()> requests;
};

/// All rounds of one line, in turns.
Result<Measure> measure_command(Contest& contest, const CommandLoad& load, const Plan& plan);

}  // namespace sorrel::bench
