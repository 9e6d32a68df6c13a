// What is answered to a call that no command is there for.
//
// Almost always an error. But the first words of an HTTP request close the connection without a
// word: answering would let a web page talk to the server through its visitor's browser, whose next
// lines may be commands.
#pragma once

#include "core/base/bytes.h"

#include <cstdint>
#include <span>
#include <string>

namespace sorrel {

class Engine;
class Session;

class UnknownCommand {
 public:
  explicit UnknownCommand(Engine& engine) : engine_(engine) {}
  void refuse(Session& session, std::span<const Bytes> args);

 private:
  std::string error(std::span<const Bytes> args) const;
  void abort_http(Session& session);

  Engine& engine_;
  int64_t attack_logged_ms_ = 0;
};

}  // namespace sorrel
