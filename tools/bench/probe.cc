#include "tools/bench/probe.h"

#include "tools/bench/machine.h"

#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

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

Result<std::unique_ptr<Probe>> Probe::start(const ServerProcess& server, int core) {
  clockid_t clock{};
  if (clock_getcpuclockid(server.pid(), &clock) != 0) {
    return Status::failure("the server is gone (no CPU clock)");
  }
  Result<Socket> socket = Socket::connect_to(server.port());
  if (!socket) return socket.status().with("probe");
  const int yes = 1;
  setsockopt(socket.value().descriptor(), SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
  std::unique_ptr<Probe> probe(new Probe(std::move(socket.value()), clock));
  probe->thread_ = std::thread([raw = probe.get(), core] { raw->run(core); });
  return probe;
}

Probe::~Probe() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

Result<ProbeResult> Probe::stop() {
  stopping_ = true;
  thread_.join();
  if (!failure_) return failure_;
  if (waits_ns_.empty()) return Status::failure("the probe got no answer");
  ProbeResult result;
  result.answers = waits_ns_.size();
  result.longest_work_ns = longest_work_ns_;
  std::sort(waits_ns_.begin(), waits_ns_.end());
  result.longest_ns = waits_ns_.back();
  result.p999_ns = waits_ns_[waits_ns_.size() - 1 - waits_ns_.size() / 1000];
  return result;
}

void Probe::run(int core) {
  failure_ = pin_this_thread(core);
  sched_param priority{};
  priority.sched_priority = 1;
  pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority);  // not allowed: so be it
  prctl(PR_SET_TIMERSLACK, 1);
  auto next = std::chrono::steady_clock::now();
  while (failure_ && !stopping_ && waits_ns_.size() < kAnswersMax) {
    failure_ = ask_once();
    next = std::max(next + kInterval, std::chrono::steady_clock::now());
    std::this_thread::sleep_until(next);
  }
}

Status Probe::ask_once() {
  const double worked_before = server_cpu_ns();
  const double sent = wall_clock_ns();
  if (Status status = socket_.send_all(kPing); !status) return status;
  double heard = 0;
  if (Status status = read_pong(socket_.descriptor(), heard); !status) return status;
  const double wait = std::max(0.0, heard - sent);
  // This thread may wake late, when the server has long gone on: no answer took more work than
  // time.
  const double worked = std::min(wait, server_cpu_ns() - worked_before);
  waits_ns_.push_back(static_cast<float>(wait));
  longest_work_ns_ = std::max(longest_work_ns_, worked);
  return Status::ok();
}

double Probe::server_cpu_ns() const {
  timespec now{};
  return clock_gettime(server_clock_, &now) == 0 ? nanoseconds(now) : 0;
}

}  // namespace sorrel::bench
