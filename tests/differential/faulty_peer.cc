#include "tests/differential/faulty_peer.h"

#include "core/resp/reply_reader.h"

namespace sorrel::test {
namespace {

class FaultyChannel final : public Channel {
 public:
  FaultyChannel(std::unique_ptr<Channel> inner, const Fault& fault)
      : inner_(std::move(inner)), fault_(fault) {}

  Status send(Bytes bytes) override { return inner_->send(fault_.on_request(std::string(bytes))); }

  ReadResult read(std::chrono::milliseconds timeout) override {
    ReadResult result = inner_->read(timeout);
    if (result.kind != ReadResult::Kind::kReply) return result;
    Result<Reply> altered =
        ReplyReader::read_whole(fault_.on_reply(std::string(result.reply.bytes())));
    if (!altered) return {ReadResult::Kind::kMalformed, {}};
    return {ReadResult::Kind::kReply, std::move(altered.value())};
  }

 private:
  std::unique_ptr<Channel> inner_;
  const Fault& fault_;
};

}  // namespace

Result<std::unique_ptr<Channel>> FaultyPeer::connect(Protocol protocol) {
  Result<std::unique_ptr<Channel>> inner = inner_.connect(protocol);
  if (!inner) return inner;
  return std::unique_ptr<Channel>(
      std::make_unique<FaultyChannel>(std::move(inner.value()), fault_));
}

}  // namespace sorrel::test
