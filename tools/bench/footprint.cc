#include "tools/bench/footprint.h"

#include <thread>

namespace sorrel::bench {
namespace {

struct Footprint {
  double used = 0;
  double resident = 0;
};

Result<Footprint> footprint_of(ServerProcess& server) {
  const Result<double> used = server.info_number("used_memory");
  if (!used) return used.status();
  const Result<double> resident = server.resident_bytes();
  if (!resident) return resident.status();
  return Footprint{used.value(), resident.value()};
}

Status check_answer(ServerProcess& server, const Weighing& weighing) {
  const Result<int64_t> answer = server.control().call_for_integer(weighing.check);
  if (!answer) return answer.status();
  if (static_cast<uint64_t>(answer.value()) == weighing.answer) return Status::ok();
  return Status::failure("holds " + std::to_string(answer.value()) + ", not " +
                         std::to_string(weighing.answer));
}

/// Bytes per key or element of one fresh server.
Result<Footprint> weigh_once(const Plan& plan, Side side, const Weighing& weighing) {
  Result<ServerProcess> started = ServerProcess::start(launch_of(plan, side));
  if (!started) return started.status();
  ServerProcess& server = started.value();
  const Result<Footprint> before = footprint_of(server);
  if (!before) return before.status();
  if (Status status = load_all(server, weighing.requests); !status) return status;
  if (Status status = check_answer(server, weighing); !status) return status;
  // The closed connections are let go in the server's own time.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const Result<Footprint> after = footprint_of(server);
  if (!after) return after.status();
  const auto count = static_cast<double>(weighing.count);
  return Footprint{(after.value().used - before.value().used) / count,
                   (after.value().resident - before.value().resident) / count};
}

}  // namespace

Status weigh(const Plan& plan, const Weighing& weighing, const Reporter& report) {
  Measure used;
  used.name = weighing.name + ": used_memory";
  used.unit = Unit::kBytes;
  used.target = weighing.target;
  Measure resident;
  resident.name = weighing.name + ": resident";
  resident.unit = Unit::kBytes;
  const Status status = play_rounds(plan.memory_rounds, used, [&](Side side) -> Result<Sample> {
    const Result<Footprint> footprint = weigh_once(plan, side, weighing);
    if (!footprint) return footprint.status();
    resident.rounds(side).push_back({footprint.value().resident, {}});
    return Sample{footprint.value().used, {}};
  });
  if (!status) return status;
  report(std::move(used));
  report(std::move(resident));
  return Status::ok();
}

}  // namespace sorrel::bench
