#include "tests/support/engine_data.h"

namespace sorrel::test {

Result<ServerData> read_engine_data(EnginePeer& peer) {
  Result<std::unique_ptr<Channel>> channel = peer.connect(Protocol::kResp2);
  if (!channel) return channel.status();
  const std::string& password = peer.engine().values().requirepass;
  if (!password.empty()) {
    const Result<Reply> admitted = channel.value()->call({"AUTH", password});
    if (!admitted) return admitted.status();
  }
  return read_server_data(*channel.value());
}

}  // namespace sorrel::test
