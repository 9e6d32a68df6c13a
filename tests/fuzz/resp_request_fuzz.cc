// Any bytes as requests: the same requests and the same error however the bytes are cut up, each
// argument a view into memory that is there. The first byte chooses the cuts and the limits.
#include "core/base/check.h"
#include "core/resp/parser.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace {

using sorrel::Bytes;
using sorrel::RequestBatch;
using sorrel::RequestLimits;
using sorrel::RequestParser;

struct Parsed {
  std::vector<std::vector<std::string>> requests;
  std::string error;

  bool operator==(const Parsed&) const = default;
};

RequestLimits limits_of(uint8_t choice) {
  RequestLimits limits;
  limits.authenticated = (choice & 1) == 0;
  if ((choice & 2) != 0) limits.bulk_bytes_max = 100;
  if ((choice & 4) != 0) limits.line_bytes_max = 20;
  return limits;
}

// Shows the parser `step` bytes more at a time; the buffer is as large as what it holds and moves
// each time, so that a stale view or a byte too far is an error that the sanitizer sees.
Parsed parse(Bytes input, size_t step, const RequestLimits& limits) {
  Parsed parsed;
  RequestParser parser;
  RequestBatch batch;
  std::string pending;
  for (size_t fed = 0; fed < input.size() && parsed.error.empty();) {
    pending += input.substr(fed, step);
    fed += std::min(step, input.size() - fed);
    for (;;) {
      const auto buffer = std::make_unique<char[]>(pending.size());
      std::copy(pending.begin(), pending.end(), buffer.get());
      const Bytes shown(buffer.get(), pending.size());
      batch.clear();
      const auto outcome = parser.fill(shown, limits, batch);
      VERIFY((outcome == RequestParser::Outcome::kRequest) == !batch.empty());
      for (size_t i = 0; i < batch.size(); ++i) {
        VERIFY(!batch[i].empty());
        parsed.requests.emplace_back(batch[i].begin(), batch[i].end());
      }
      if (!batch.empty()) VERIFY(batch.input_end(batch.size() - 1) <= parser.consumed());
      VERIFY(parser.consumed() <= shown.size());
      pending.erase(0, parser.take_consumed());
      if (outcome == RequestParser::Outcome::kError) parsed.error = parser.error();
      if (outcome != RequestParser::Outcome::kRequest) break;
    }
  }
  return parsed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const RequestLimits limits = limits_of(data[0]);
  const Bytes input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Parsed whole = parse(input, input.size() + 1, limits);
  VERIFY(parse(input, 1 + (data[0] >> 3), limits) == whole);
  return 0;
}
