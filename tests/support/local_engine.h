// LocalEngine: an engine with a manual clock and one session, for tests: a command in, its reply's
// bytes out.
#pragma once

#include "core/engine.h"

#include <string>
#include <vector>

namespace sorrel {

class TestHost : public Host {
 public:
  void log(LogLevel, Bytes line) override { lines.emplace_back(line); }
  size_t resident_bytes() override { return 0; }
  void secret_bytes(char* out, size_t size) override {
    for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(random_.next());
  }
  AllocatorControls* allocator_controls() override { return controls; }

  std::vector<std::string> lines;
  AllocatorControls* controls = nullptr;

 private:
  Random random_{42};
};

class LocalEngine {
 public:
  explicit LocalEngine(HeapKind heap = kHeapOfThisBuild,
                       const Allocator& allocator = system_allocator())
      : engine(Engine::Options{.clock = &clock,
                               .host = &host,
                               .settings = &settings,
                               .allocator = allocator,
                               .heap = heap}),
        session(nullptr) {
    engine.open_session(session);
  }
  ~LocalEngine() { engine.close_session(session); }

  /// The reply to one command. The clock stands still unless `clock` is moved.
  template <typename... Words>
  std::string run(const Words&... words) {
    const Bytes args[] = {Bytes(words)...};
    return run_in(session, args);
  }
  std::string run_in(Session& in, std::span<const Bytes> args) {
    engine.begin_turn();
    engine.execute(in, args);
    std::string reply = in.output.to_string();
    in.output.consume(in.output.size());
    return reply;
  }

  ManualClock clock;
  TestHost host;
  Settings settings;
  Engine engine;
  Session session;
};

}  // namespace sorrel
