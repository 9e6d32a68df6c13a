// EnginePeer: a peer that is an engine in this process, with a clock that moves only when told, and
// files in memory.
//
// Bytes go through the request parser as a connection's do, but no socket is involved. Whoever
// waits for a reply that doesn't come (a paused command, silence) waits in the engine's time: the
// clock is moved forward until the reply is there or the time is up.
#pragma once

#include "core/base/clock.h"
#include "core/engine.h"
#include "core/settings/settings.h"
#include "persistence/executor.h"
#include "persistence/memory_file_system.h"
#include "persistence/persistence.h"
#include "tests/support/local_engine.h"
#include "tests/support/peer.h"

#include <memory>
#include <vector>

namespace sorrel::test {

class EnginePeer final : public Peer {
 public:
  /// `options` as on a server's command line.
  static Result<std::unique_ptr<EnginePeer>> start(const Words& options, int64_t unix_us);

  Result<std::unique_ptr<Channel>> connect(Protocol protocol) override;
  void advance_ms(int64_t ms) override;
  bool is_reference() const override { return false; }
  bool has_sockets() const override { return false; }

  Engine& engine() { return *engine_; }
  Persistence& persistence() { return *persistence_; }
  /// The data go to a file, in a place of its own, and come back.
  Status reload();
  int64_t now_ms() { return clock_.unix_us() / 1000; }

  // ---- For its channels.
  class Waiting {
   public:
    virtual ~Waiting() = default;
    /// It waits no longer: what it has sent meanwhile is executed.
    virtual void go_on() = 0;
  };
  /// It has its turn when the commands of this one are done, as behind a socket.
  void wake(Waiting& one) { woken_.push_back(&one); }
  void forget(Waiting& one) { std::erase(woken_, &one); }
  void run_woken();

 private:
  class SleepingHost final : public TestHost {
   public:
    explicit SleepingHost(ManualClock& clock) : clock_(clock) {}
    void sleep_us(int64_t us) override { clock_.advance_ms((us + 999) / 1000); }

   private:
    ManualClock& clock_;
  };

  explicit EnginePeer(int64_t unix_us) : clock_(unix_us), host_(clock_) {}

  ManualClock clock_;
  SleepingHost host_;
  Settings settings_;
  MemoryFileSystem files_;
  SteppedExecutor executor_;
  std::unique_ptr<Engine> engine_;  // after its settings
  std::unique_ptr<Persistence> persistence_;
  std::vector<Waiting*> woken_;
  bool runs_woken_ = false;
};

}  // namespace sorrel::test
