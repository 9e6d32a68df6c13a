#include "tests/support/peer.h"

namespace sorrel::test {

std::string ReadResult::problem() const {
  switch (kind) {
    case Kind::kReply:
      return "a reply";
    case Kind::kClosed:
      return "the connection was closed";
    case Kind::kTimeout:
      return "no reply in time";
    case Kind::kMalformed:
      return "a malformed reply";
  }
  return "";
}

Result<Reply> Channel::call(const Words& words) {
  if (Status status = send(encode_command(words)); !status) return status;
  ReadResult result = read();
  if (result.kind != ReadResult::Kind::kReply) {
    return Status::failure(join_words(words) + ": " + result.problem());
  }
  return std::move(result.reply);
}

std::string encode_command(const Words& words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return bytes;
}

}  // namespace sorrel::test
