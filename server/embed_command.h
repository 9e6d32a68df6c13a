// A command of the host's own: its row in the command table, its function, and the reply that the
// function builds.
//
// The server that it is registered with owns it; the row points into it, so it stays where it is.
// It changes keys only through clients of the same server, whose commands are journaled for
// themselves: the host's command isn't.
#pragma once

#include "core/command/context.h"
#include "core/command/spec.h"
#include "server/instance_link.h"
#include "sorrel/sorrel.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sorrel {

class HostCommand final : public CommandSpec {
 public:
  struct Terms {
    std::string name;
    int arity = 0;
    unsigned flags = 0;
    sorrel_keys keys = {};
    sorrel_command_function function = nullptr;
    void* user = nullptr;
  };
  HostCommand(Terms terms, InstanceLink& link);
  HostCommand(const HostCommand&) = delete;
  HostCommand& operator=(const HostCommand&) = delete;

  /// Why there can be no such command.
  static std::optional<std::string> objection(const Terms& terms);
  /// The host's function isn't called any more.
  void retire() { terms_.function = nullptr; }

 private:
  static void handle(Context& context);
  void call(Context& context) const;

  Terms terms_;
  InstanceLink& link_;
};

}  // namespace sorrel

/// One call, and how much of its reply is still to come: `left` has an open aggregate's replies to
/// come at each level, and at the bottom the one reply of the call.
struct sorrel_call {
  explicit sorrel_call(sorrel::Context& context_in) : context(context_in) {}

  /// Whether one more reply may be written, which is followed by `children` of its own.
  bool add(size_t children = 0);
  bool complete() const { return left.empty() && !surplus; }

  sorrel::Context& context;
  std::vector<size_t> left = {1};
  bool surplus = false;
};
