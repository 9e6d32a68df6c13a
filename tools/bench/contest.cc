#include "tools/bench/contest.h"

namespace sorrel::bench {

ServerLaunch launch_of(const Plan& plan, Side side) {
  ServerLaunch launch;
  launch.program = plan.program(side);
  launch.arguments = plan.arguments(side);
  launch.directory = plan.output_directory + "/work";
  launch.log_name = side == Side::kSorrel ? "sorrel.log" : "redis.log";
  launch.first_port = plan.first_port;
  launch.cpu = plan.server_cpu;
  launch.niceness = plan.niceness;
  return launch;
}

Result<Contest> Contest::start(const Plan& plan, const Adjust& adjust) {
  const auto launch = [&](Side side) {
    ServerLaunch adjusted = launch_of(plan, side);
    adjust(side, adjusted);
    return ServerProcess::start(adjusted);
  };
  Result<ServerProcess> sorrel = launch(Side::kSorrel);
  if (!sorrel) return sorrel.status();
  Result<ServerProcess> redis = launch(Side::kRedis);
  if (!redis) return redis.status();
  return Contest(std::move(sorrel.value()), std::move(redis.value()));
}

Status Contest::load_both(const RequestSet& requests) {
  for (const Side side : kSides) {
    if (Status status = load_all(server(side), requests); !status) {
      return status.with(std::string(name_of(side)));
    }
  }
  return Status::ok();
}

Status play_rounds(int rounds, Measure& measure, const std::function<Result<Sample>(Side)>& play) {
  for (int round = 0; round < rounds; round++) {
    const Side first = round % 2 == 0 ? Side::kSorrel : Side::kRedis;
    for (const Side side : {first, other(first)}) {
      Result<Sample> sample = play(side);
      if (!sample) {
        return sample.status().with(std::string(name_of(side))).with(measure.name);
      }
      measure.rounds(side).push_back(std::move(sample.value()));
    }
  }
  return Status::ok();
}

Status load_all(ServerProcess& server, const RequestSet& requests) {
  // One connection: the order matters, IDs of a stream ascend.
  Result<LoadClient> client = LoadClient::connect_to(server.port(), {1, 64}, requests);
  if (!client) return client.status();
  return client.value().run_count(requests.size());
}

}  // namespace sorrel::bench
