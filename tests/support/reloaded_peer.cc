#include "tests/support/reloaded_peer.h"

#include "tests/support/engine_data.h"

#include <utility>

namespace sorrel::test {
namespace {

// Odd, so that it doesn't keep step with what a file repeats.
constexpr int kCommandsBetweenReloads = 7;

}  // namespace

class ReloadedPeer::ReloadingChannel final : public Channel {
 public:
  ReloadingChannel(std::unique_ptr<Channel> channel, ReloadedPeer& home)
      : channel_(std::move(channel)), home_(home) {}
  Status send(Bytes bytes) override {
    home_.reload();
    return channel_->send(bytes);
  }
  ReadResult read(std::chrono::milliseconds timeout) override { return channel_->read(timeout); }

 private:
  const std::unique_ptr<Channel> channel_;
  ReloadedPeer& home_;
};

Result<std::unique_ptr<ReloadedPeer>> ReloadedPeer::start(const Words& options, int64_t unix_us) {
  Result<std::unique_ptr<EnginePeer>> peer = EnginePeer::start(options, unix_us);
  if (!peer) return peer.status();
  return std::unique_ptr<ReloadedPeer>(new ReloadedPeer(std::move(peer.value())));
}

Result<std::unique_ptr<Channel>> ReloadedPeer::connect(Protocol protocol) {
  Result<std::unique_ptr<Channel>> channel = peer_->connect(protocol);
  if (!channel) return channel;
  return std::unique_ptr<Channel>(
      std::make_unique<ReloadingChannel>(std::move(channel.value()), *this));
}

void ReloadedPeer::reload() {
  if (!reloaded_ || countdown_-- > 0) return;
  // To those who watch a key, it would be a change.
  if (peer_->engine().books().changes_wanted) return;
  countdown_ = kCommandsBetweenReloads;
  reloaded_ = peer_->reload();
}

std::optional<std::string> ReloadedPeer::fault() {
  if (!reloaded_) return reloaded_.message();
  const Result<ServerData> before = read_engine_data(*peer_);
  if (!before) return before.status().with("reading the data").message();
  if (const Status reloaded = peer_->reload(); !reloaded) return reloaded.message();
  const Result<ServerData> after = read_engine_data(*peer_);
  if (!after) return after.status().with("reading the reloaded data").message();
  const auto difference =
      first_difference(before.value(), after.value(), DataTolerance{.any_encoding = true});
  if (!difference) return std::nullopt;
  return "saving and loading gives other data: " + *difference;
}

}  // namespace sorrel::test
