// PeerCall: requests to another server and its replies, on a connection that is its own meanwhile,
// in the background. Each reply is a status or an error: one line.
//
// It ends when all replies are there, or with the first step that fails or doesn't get on for as
// long as `timeout_ms` says: failed_at() tells which. What has come until then counts. A connection
// from an earlier call that turns out to be closed is made anew, once.
//
// Owned by whoever waits for it and by its executor. Everything but run_step() on the loop.
#pragma once

#include "persistence/executor.h"
#include "persistence/network.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sorrel {

class PeerCall final : public BackgroundJob {
 public:
  struct Terms {
    std::string host;
    int port = 0;
    int64_t timeout_ms = 0;
    std::string requests;
    size_t replies = 0;  // to come
    std::function<void()> done;
  };
  /// The network outlives it. `link`: from an earlier call, or nullptr.
  PeerCall(Network& network, Terms terms, std::unique_ptr<PeerLink> link)
      : network_(network),
        terms_(std::move(terms)),
        link_(std::move(link)),
        link_is_used_(link_ != nullptr) {}

  bool run_step() override;
  void completed() override;

  enum class Step : uint8_t { kConnect, kSend, kReceive, kEnd };
  bool ended() const { return ended_; }
  /// kEnd: nothing has failed.
  Step failed_at() const { return step_; }
  /// Lines without their ends, in order: as many as have come.
  const std::vector<std::string>& replies() const { return replies_; }
  /// The connection, for another call, when it has ended well; else nullptr.
  std::unique_ptr<PeerLink> take_link() { return std::move(link_); }

 private:
  static constexpr int kWaitMs = 50;
  static constexpr size_t kReceiveBytes = 16 << 10;
  static constexpr size_t kReplyBytesMax = 64 << 10;

  bool connect();
  bool send();
  bool receive();
  bool take_lines();
  bool waited(size_t progress);
  bool begin_anew();

  Network& network_;
  const Terms terms_;
  std::unique_ptr<PeerLink> link_;
  bool link_is_used_;
  Step step_ = Step::kConnect;
  bool ended_ = false;
  bool timed_out_ = false;
  size_t sent_ = 0;
  int64_t idle_ms_ = 0;
  std::string received_;
  std::vector<std::string> replies_;
};

}  // namespace sorrel
