// Contest: the two servers side by side, and the order in which they are measured.
//
// Both servers live on the same core and are measured in turns (A B, B A, A B …), so that a change
// of the machine's pace meets both and no side always comes first. Owned by the section that
// started it; its end is the servers' end.
#pragma once

#include "core/base/result.h"
#include "tools/bench/load_client.h"
#include "tools/bench/measure.h"
#include "tools/bench/plan.h"
#include "tools/bench/server_process.h"

#include <functional>
#include <string>
#include <vector>

namespace sorrel::bench {

/// How a side's server is started for this plan; the caller may change it before the start.
ServerLaunch launch_of(const Plan& plan, Side side);

class Contest {
 public:
  /// `adjust` may change how a side's server is started.
  using Adjust = std::function<void(Side, ServerLaunch&)>;
  static Result<Contest> start(
      const Plan& plan, const Adjust& adjust = [](Side, ServerLaunch&) {});
  ServerProcess& server(Side side) { return side == Side::kSorrel ? sorrel_ : redis_; }
  /// Sends every request of the set once to both servers.
  Status load_both(const RequestSet& requests);

 private:
  Contest(ServerProcess sorrel, ServerProcess redis)
      : sorrel_(std::move(sorrel)), redis_(std::move(redis)) {}
  ServerProcess sorrel_;
  ServerProcess redis_;
};

/// Fills the measure's rounds, in turns.
Status play_rounds(int rounds, Measure& measure, const std::function<Result<Sample>(Side)>& play);

/// Sends every request of the set once, in big pipelines; the time it takes is nobody's business.
Status load_all(ServerProcess& server, const RequestSet& requests);

}  // namespace sorrel::bench
