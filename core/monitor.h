// Monitors: the sessions that asked for MONITOR, and the line each executed command is to them.
//
// Owned by the engine. Administrative commands and redacted arguments are not shown.
#pragma once

#include "core/base/bytes.h"

#include <span>
#include <string>
#include <vector>

namespace sorrel {

class Context;
class Session;

class Monitors {
 public:
  bool empty() const { return sessions_.empty(); }
  void add(Session& session);
  /// Does nothing when it isn't one.
  void remove(Session& session);
  /// Tells all of them of a call that was just executed. `db` is where it began.
  void feed(Context& context, int db, int64_t unix_us);

 private:
  std::vector<Session*> sessions_;
};

}  // namespace sorrel
