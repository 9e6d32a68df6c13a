#include "tests/differential/shrink.h"

#include <algorithm>

namespace sorrel::test {
namespace {

Stream without(const Stream& stream, size_t begin, size_t count) {
  Stream rest(stream.begin(), stream.begin() + static_cast<int64_t>(begin));
  rest.insert(rest.end(),
              stream.begin() + static_cast<int64_t>(std::min(begin + count, stream.size())),
              stream.end());
  return rest;
}

/// One pass from the end, since what comes last is least needed by the rest.
bool drop_blocks(Stream& stream, size_t size, const StillFails& still_fails) {
  bool dropped = false;
  for (size_t end = stream.size(); end > 0;) {
    const size_t begin = end > size ? end - size : 0;
    Stream candidate = without(stream, begin, end - begin);
    if (!candidate.empty() && still_fails(candidate)) {
      stream = std::move(candidate);
      dropped = true;
    }
    end = begin;
  }
  return dropped;
}

bool drop_arguments(Stream& stream, const StillFails& still_fails) {
  bool dropped = false;
  for (size_t i = 0; i < stream.size(); ++i) {
    for (size_t word = stream[i].size(); word-- > 1;) {
      Stream candidate = stream;
      candidate[i].erase(candidate[i].begin() + static_cast<int64_t>(word));
      if (!still_fails(candidate)) continue;
      stream = std::move(candidate);
      dropped = true;
    }
  }
  return dropped;
}

}  // namespace

Stream shrink(Stream stream, const StillFails& still_fails_unbounded, int trials_max) {
  const StillFails still_fails = [&](const Stream& candidate) {
    return --trials_max >= 0 && still_fails_unbounded(candidate);
  };
  for (size_t size = stream.size() / 2; size > 1; size /= 2) {
    drop_blocks(stream, size, still_fails);
    size = std::min(size, stream.size());
  }
  bool smaller = true;
  while (smaller) {
    smaller = drop_blocks(stream, 1, still_fails);
    smaller = drop_arguments(stream, still_fails) || smaller;
  }
  return stream;
}

}  // namespace sorrel::test
