#include "tools/bench/probe.h"

#include "tools/bench/machine.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

namespace sorrel::bench {
namespace {

constexpr std::string_view kPing = "*1\r\n$4\r\nPING\r\n";
constexpr std::string_view kPong = "+PONG\r\n";

double nanoseconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

/// The clock of the kernel's receive time stamps.
double wall_clock_ns() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now);
}

/// Reads one PONG. `heard_ns` is the kernel's time stamp of it, or now where it gives none.
Status read_pong(int descriptor, double& heard_ns) {
  char text[kPong.size()];
  size_t have = 0;
  while (have < sizeof text) {
    iovec part{text + have, sizeof text - have};
    alignas(cmsghdr) char control[256];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t got = recvmsg(descriptor, &message, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) return Status::failure("the server closed the probe's connection");
    if (got < 0) return Status::failure(std::string("the probe's PING: ") + strerror(errno));
    have += static_cast<size_t>(got);
    heard_ns = wall_clock_ns();
    for (cmsghdr* item = CMSG_FIRSTHDR(&message); item != nullptr;
         item = CMSG_NXTHDR(&message, item)) {
      if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_TIMESTAMPNS) continue;
      timespec stamp{};
      memcpy(&stamp, CMSG_DATA(item), sizeof stamp);
      heard_ns = nanoseconds(stamp);
    }
  }
  if (std::string_view(text, sizeof text) == kPong) return Status::ok();
  return Status::failure("the probe's PING got another reply");
}

}  // namespace

double p999_of(const std::vector<ProbeAnswer>& answers) {
  if (answers.empty()) return 0;
  std::vector<float> waits_ns;
  waits_ns.reserve(answers.size());
  for (const ProbeAnswer& answer : answers) waits_ns.push_back(answer.wait_ns);
  const size_t place = waits_ns.size() - 1 - waits_ns.size() / 1000;
  std::nth_element(waits_ns.begin(), waits_ns.begin() + static_cast<ptrdiff_t>(place),
                   waits_ns.end());
  return waits_ns[place];
}

Probe::Probe(Socket socket, int loop_times)
    : socket_(std::move(socket)), loop_times_(loop_times), started_ns_(wall_clock_ns()) {}

Result<std::unique_ptr<Probe>> Probe::start(const ServerProcess& server, int core) {
  const std::string process = "/proc/" + std::to_string(server.pid());
  const std::string times = process + "/task/" + std::to_string(server.pid()) + "/schedstat";
  const int loop_times = open(times.c_str(), O_RDONLY | O_CLOEXEC);
  if (loop_times < 0) return Status::failure("the server is gone (no CPU time)");
  Result<Socket> socket = Socket::connect_to(server.port());
  if (!socket) {
    close(loop_times);
    return socket.status().with("probe");
  }
  const int yes = 1;
  setsockopt(socket.value().descriptor(), SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
  std::unique_ptr<Probe> probe(new Probe(std::move(socket.value()), loop_times));
  probe->thread_ = std::thread([raw = probe.get(), core] { raw->run(core); });
  return probe;
}

Probe::~Probe() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  close(loop_times_);
}

Result<ProbeResult> Probe::stop() {
  stopping_ = true;
  thread_.join();
  if (!failure_) return failure_;
  if (answers_.empty()) return Status::failure("the probe got no answer");
  ProbeResult result;
  result.answers = answers_.size();
  result.longest_work_ns = longest_work_ns_;
  for (const ProbeAnswer& answer : answers_) {
    result.longest_ns = std::max<double>(result.longest_ns, answer.wait_ns);
  }
  result.p999_ns = p999_of(answers_);
  result.in_order = std::move(answers_);
  return result;
}

double Probe::elapsed_s() const {
  return (wall_clock_ns() - started_ns_) / 1e9;
}

void Probe::run(int core) {
  failure_ = pin_this_thread(core);
  sched_param priority{};
  priority.sched_priority = 1;
  pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority);  // not allowed: so be it
  prctl(PR_SET_TIMERSLACK, 1);
  auto next = std::chrono::steady_clock::now();
  while (failure_ && !stopping_ && answers_.size() < kAnswersMax) {
    failure_ = ask_once();
    next = std::max(next + kInterval, std::chrono::steady_clock::now());
    std::this_thread::sleep_until(next);
  }
}

// What the last answer took of the loop's time, now that the kernel has booked it: no answer took
// more work than time.
void Probe::settle() {
  const double worked = loop_cpu_ns();
  longest_work_ns_ = std::max(longest_work_ns_, std::min(last_wait_ns_, worked - worked_before_));
  worked_before_ = worked;
}

Status Probe::ask_once() {
  settle();
  const double sent = wall_clock_ns();
  if (Status status = socket_.send_all(kPing); !status) return status;
  double heard = 0;
  if (Status status = read_pong(socket_.descriptor(), heard); !status) return status;
  last_wait_ns_ = std::max(0.0, heard - sent);
  answers_.push_back(
      {static_cast<float>((sent - started_ns_) / 1e9), static_cast<float>(last_wait_ns_)});
  return Status::ok();
}

// The first number of the file: nanoseconds on a processor.
double Probe::loop_cpu_ns() const {
  char text[96] = {};
  const ssize_t size = pread(loop_times_, text, sizeof text - 1, 0);
  return size <= 0 ? 0 : std::strtod(text, nullptr);
}

}  // namespace sorrel::bench
