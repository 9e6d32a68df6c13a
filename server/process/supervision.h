// The service manager that started us, if it wants to be told how we are.
//
// systemd (Type=notify) gives a Unix datagram socket in NOTIFY_SOCKET and gets lines of NAME=value
// (sd_notify(3)); upstart gives UPSTART_JOB and waits for the process to stop itself with SIGSTOP.
#pragma once

#include "core/base/bytes.h"
#include "core/settings/setting_enums.h"

#include <functional>
#include <string>

namespace sorrel {

class ServiceManager {
 public:
  using Say = std::function<void(Bytes line)>;

  /// Finds out who is there, and talks upstart into waiting. `warn` is told what is missing.
  ServiceManager(Supervision mode, const Say& warn, const Say& note);
  bool present() const { return kind_ != Supervision::kNo; }

  /// "READY=1" and its like; for systemd alone. False when it couldn't be told.
  bool notify(Bytes state) const;

 private:
  bool find_systemd();
  bool find_upstart();

  Supervision kind_ = Supervision::kNo;
  std::string socket_;  // systemd's
};

}  // namespace sorrel
