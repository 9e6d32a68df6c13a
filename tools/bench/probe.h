// Probe: a client that asks PING every 0.2 ms and remembers the worst answers.
//
// It runs on its own thread while another client loads the server, so the longest time to an
// answer is the longest that the server's loop looked after something else. Three clocks keep the
// machine's own delays out of it:
//   - sent:   read just before the write, which on 127.0.0.1 delivers to the server at once
//   - heard:  the kernel's receive time stamp, so that it doesn't matter when this thread wakes
//   - worked: the CPU time of the server's main thread, which turns the loop, at both ends; a loop
//             that the machine made wait did not work. (The kernel books it when the thread goes to
//             sleep, so it is read a moment after the answer: it may be above, never below.)
// `longest_work` is the longest answer counted in that time: the pause that the loop itself made,
// and what a target is held against.
#pragma once

#include "core/base/result.h"
#include "tools/bench/server_process.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace sorrel::bench {

/// One PING: when it was sent, counted from the probe's start, and how long its answer took.
struct ProbeAnswer {
  float sent_s = 0;
  float wait_ns = 0;
};

/// The wait that one in a thousand is longer than; 0 for no answers.
double p999_of(const std::vector<ProbeAnswer>& answers);

struct ProbeResult {
  uint64_t answers = 0;
  double longest_ns = 0;
  double longest_work_ns = 0;
  double p999_ns = 0;
  std::vector<ProbeAnswer> in_order;
};

class Probe {
 public:
  /// Runs on `core` with a real-time priority when the system allows it.
  static Result<std::unique_ptr<Probe>> start(const ServerProcess& server, int core);
  ~Probe();

  /// Ends the probing and hands out what it saw; once.
  Result<ProbeResult> stop();
  /// How long it has been going on.
  double elapsed_s() const;

 private:
  static constexpr auto kInterval = std::chrono::microseconds(200);
  static constexpr size_t kAnswersMax = 4'000'000;  // over ten minutes of them

  Probe(Socket socket, int loop_times);
  void run(int core);
  Status ask_once();
  void settle();
  double loop_cpu_ns() const;

  Socket socket_;
  const int loop_times_;  // a descriptor
  double worked_before_ = 0;
  double last_wait_ns_ = 0;
  std::atomic<bool> stopping_{false};
  const double started_ns_;
  std::vector<ProbeAnswer> answers_;
  double longest_work_ns_ = 0;
  Status failure_;  // read after the thread's end
  std::thread thread_;
};

}  // namespace sorrel::bench
