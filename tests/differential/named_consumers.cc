#include "tests/differential/named_consumers.h"

#include "core/base/bytes.h"

#include <algorithm>

namespace sorrel::test {
namespace {

Words creation(const std::string& key, const std::string& group, const std::string& consumer) {
  return {"XGROUP", "CREATECONSUMER", key, group, consumer};
}

auto find_word(const Words& command, Bytes word) {
  return std::find_if(command.begin(), command.end(), [word](const std::string& argument) {
    return equals_ignore_case(argument, word);
  });
}

/// XREADGROUP … GROUP group consumer … STREAMS key … id …
std::vector<Words> of_reading(const Words& command) {
  const auto streams = find_word(command, "STREAMS");
  auto group = command.end();
  for (auto word = command.begin(); word < streams; ++word) {
    if (equals_ignore_case(*word, "GROUP")) group = word;
  }
  std::vector<Words> made;
  if (streams == command.end() || command.end() - group < 3) return made;
  const auto keys_end = streams + 1 + (command.end() - streams - 1) / 2;
  for (auto key = streams + 1; key != keys_end; ++key) {
    made.push_back(creation(*key, group[1], group[2]));
  }
  return made;
}

}  // namespace

std::vector<Words> make_named_consumers(const Words& command) {
  constexpr size_t kClaimWordsMin = 4;
  if (equals_ignore_case(command[0], "xreadgroup")) return of_reading(command);
  const bool claims =
      equals_ignore_case(command[0], "xclaim") || equals_ignore_case(command[0], "xautoclaim");
  if (!claims || command.size() < kClaimWordsMin) return {};
  return {creation(command[1], command[2], command[3])};
}

}  // namespace sorrel::test
