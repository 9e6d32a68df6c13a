// Any bytes as replies: the same replies and the same error however the bytes are cut up, and a
// tree in which every place can be visited.
#include "core/base/check.h"
#include "core/resp/reply_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace {

using sorrel::Bytes;
using sorrel::Reply;
using sorrel::ReplyLimits;
using sorrel::ReplyReader;
using sorrel::ReplyView;

void show(ReplyView view, std::string& out) {
  out += static_cast<char>('a' + static_cast<int>(view.type()));
  out += std::to_string(view.integer());
  out += view.format();
  out += view.text();
  out += std::to_string(view.size()) + '[';
  for (size_t i = 0; i < view.size(); ++i) show(view[i], out);
  out += ']';
}

std::string read(Bytes input, size_t step) {
  ReplyLimits limits;
  limits.depth_max = 20;
  limits.text_bytes_max = 1000;
  limits.nodes_max = 10'000;
  ReplyReader reader(limits);
  std::string shown;
  std::string pending;
  for (size_t fed = 0; fed < input.size() && reader.error().empty();) {
    pending += input.substr(fed, step);
    fed += std::min(step, input.size() - fed);
    for (;;) {
      const auto buffer = std::make_unique<char[]>(pending.size());
      std::copy(pending.begin(), pending.end(), buffer.get());
      const Bytes bytes(buffer.get(), pending.size());
      const auto outcome = reader.next(bytes);
      if (outcome != ReplyReader::Outcome::kReply) break;
      const Reply reply = reader.take(bytes);
      show(reply.root().without_attribute(), shown);
      show(reply.root(), shown);
      pending.erase(0, reader.take_consumed());
    }
  }
  return shown + reader.error();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Bytes input(reinterpret_cast<const char*>(data) + 1, size - 1);
  VERIFY(read(input, input.size() + 1) == read(input, 1 + data[0] % 32));
  return 0;
}
