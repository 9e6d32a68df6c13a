#include "server/process/supervision.h"

#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace sorrel {

ServiceManager::ServiceManager(Supervision mode, const Say& warn, const Say& note) {
  const bool any = mode == Supervision::kAuto;
  if ((any || mode == Supervision::kUpstart) && find_upstart()) {
    note("supervised by upstart, will stop to signal readiness.");
    kind_ = Supervision::kUpstart;
    raise(SIGSTOP);
    return;
  }
  if (mode == Supervision::kUpstart)
    warn("upstart supervision requested, but UPSTART_JOB not found!");
  if ((any || mode == Supervision::kSystemd) && find_systemd()) {
    note(
        "supervised by systemd. Please make sure you set appropriate values for TimeoutStartSec "
        "and "
        "TimeoutStopSec in your service unit.");
    kind_ = Supervision::kSystemd;
    notify("STATUS=Sorrel is loading...\n");
    return;
  }
  if (mode == Supervision::kSystemd) warn("systemd supervision error: NOTIFY_SOCKET not found!");
}

bool ServiceManager::find_upstart() {
  if (getenv("UPSTART_JOB") == nullptr) return false;
  unsetenv("UPSTART_JOB");
  return true;
}

bool ServiceManager::find_systemd() {
  const char* const socket = getenv("NOTIFY_SOCKET");
  if (socket == nullptr || (socket[0] != '/' && socket[0] != '@')) return false;
  socket_ = socket;
  return true;
}

bool ServiceManager::notify(Bytes state) const {
  if (kind_ != Supervision::kSystemd) return true;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  // An abstract socket's name begins with NUL, which the variable spells '@'.
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const ssize_t sent = sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                              reinterpret_cast<const sockaddr*>(&address), size);
  close(fd);
  return sent == static_cast<ssize_t>(state.size());
}

}  // namespace sorrel
