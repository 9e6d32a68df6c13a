#include "tools/bench/request_set.h"

#include "core/base/check.h"

namespace sorrel::bench {

template <typename Words>
void RequestSet::append(const Words& words) {
  bytes_ += '*';
  bytes_ += std::to_string(words.size());
  bytes_ += "\r\n";
  for (const std::string_view word : words) {
    bytes_ += '$';
    bytes_ += std::to_string(word.size());
    bytes_ += "\r\n";
    bytes_ += word;
    bytes_ += "\r\n";
  }
  ends_.push_back(bytes_.size());
}

void RequestSet::add(std::initializer_list<std::string_view> words) {
  append(words);
}

void RequestSet::add(const std::vector<std::string_view>& words) {
  append(words);
}

void RequestSet::add(const RequestSet& more) {
  const uint64_t before = bytes_.size();
  bytes_ += more.bytes_;
  for (const uint64_t end : more.ends_) ends_.push_back(before + end);
}

std::string_view RequestSet::stretch(uint64_t first, uint64_t count) const {
  VERIFY(count > 0 && first + count <= size());
  const uint64_t begin = first == 0 ? 0 : ends_[first - 1];
  return std::string_view(bytes_).substr(begin, ends_[first + count - 1] - begin);
}

std::string numbered_key(std::string_view prefix, uint64_t number, size_t width) {
  const std::string digits = std::to_string(number);
  VERIFY(prefix.size() + digits.size() <= width);
  std::string key(prefix);
  key.append(width - prefix.size() - digits.size(), '0');
  return key += digits;
}

}  // namespace sorrel::bench
