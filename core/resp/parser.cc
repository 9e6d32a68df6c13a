#include "core/resp/parser.h"

#include "core/base/check.h"
#include "core/base/number.h"
#include "core/base/quoted_words.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

namespace sorrel {
namespace {

static_assert(std::endian::native == std::endian::little, "headers are decoded from words");

constexpr size_t kSmallestArgument = sizeof("$0\r\n\r\n") - 1;

// Four characters as a word, the first one lowest.
constexpr uint32_t word_of(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  return static_cast<uint32_t>(d) << 24 | c << 16 | b << 8 | a;
}

// A header that was taken: where its line ends, or nullptr if it isn't plain. By value, so that the
// hot path stays in registers.
struct Header {
  const char* end;
  size_t size;
};

// A header of three digits and more, with a size of at most `size_max` and of what is left: nothing
// larger can be there.
Header take_long_header(const char* at, const char* end, size_t size_max) {
  size_t size = 0;
  const char* digit = at + 1;
  const char* const last = std::min(end - 1, at + 12);
  for (; digit < last && *digit >= '0' && *digit <= '9'; ++digit) {
    size = size * 10 + static_cast<size_t>(*digit - '0');
  }
  const bool plain = digit < last && digit - at > 3 && *digit == '\r' && at[1] != '0';
  if (!plain || size > size_max || size > static_cast<size_t>(end - digit)) return {nullptr, 0};
  return {digit + 2, size};
}

// Sizes of one and two digits aren't compared with a maximum: the hot path is only for larger ones.
constexpr size_t kUncheckedBytesMax = 99;

// The header at `at`, of which four bytes are readable; its end may be one byte behind `end`.
template <char kType>
inline Header take_header(const char* at, const char* end, size_t size_max) {
  uint32_t word;
  std::memcpy(&word, at, sizeof word);
  // What remains of a digit is its value, and more than nine of anything else.
  const uint32_t one = word ^ word_of(kType, '0', '\r', 0);
  if ((one & 0xff00ff) == 0) [[likely]] {
    const size_t size = static_cast<uint8_t>(one >> 8);
    return {size <= 9 ? at + 4 : nullptr, size};
  }
  const uint32_t two = word ^ word_of(kType, '0', '0', '\r');
  if ((two & 0xff0000ff) == 0) [[likely]] {
    const uint32_t tens = two >> 8 & 0xff;
    const uint32_t ones = two >> 16;
    return {tens - 1 < 9 && ones <= 9 ? at + 5 : nullptr, tens * 10 + ones};
  }
  if (*at != kType) return {nullptr, 0};
  return take_long_header(at, end, size_max);
}

// Takes the arguments that are there from end to end; where they end, or nullptr.
inline const char* take_arguments(const char* at, const char* end, Bytes* argument,
                                  const Bytes* arguments_end, const RequestLimits& limits) {
  const char* const last_header = end - kSmallestArgument;
  do {
    // This is also the check that the argument before was there.
    if (at > last_header) return nullptr;
    const Header header = take_header<'$'>(at, end, limits.bulk_bytes_max);
    if (header.end == nullptr) return nullptr;
    at = header.end + header.size + 2;
    *argument = Bytes(header.end, header.size);
  } while (++argument != arguments_end);
  return at > end ? nullptr : at;
}

}  // namespace

void RequestBatch::clear() {
  size_ = 0;
  arguments_size_ = 0;
  unquoted_.clear();
  if (capacity_ > kKeptArgumentsMax) {
    arguments_.reset();
    capacity_ = 0;
  }
}

void RequestBatch::grow(size_t capacity_min) {
  const size_t capacity = std::max({capacity_min, capacity_ * 2, size_t{256}});
  auto grown = std::make_unique<Bytes[]>(capacity);
  std::copy_n(arguments_.get(), capacity_, grown.get());
  arguments_ = std::move(grown);
  capacity_ = capacity;
}

// Without quotes the words are views into the line, which people's requests and PING share with
// every other request; with quotes they are copies that live as long as the batch.
std::optional<size_t> RequestBatch::split_inline(Bytes line) {
  if (line.find_first_of("\"'") == Bytes::npos) {
    size_t count = 0;
    for (size_t at = 0; at < line.size();) {
      if (is_space(line[at])) {
        ++at;
        continue;
      }
      const size_t begin = at;
      while (at < line.size() && !ends_word(line[at])) ++at;
      room(count + 1)[count] = line.substr(begin, at - begin);
      ++count;
    }
    return count;
  }
  std::optional<std::vector<std::string>> words = split_quoted_words(line);
  if (!words) return std::nullopt;
  Bytes* argument = room(words->size());
  for (std::string& word : *words) *argument++ = unquoted_.emplace_front(std::move(word));
  return words->size();
}

RequestParser::Outcome RequestParser::fill(Bytes input, const RequestLimits& limits,
                                           RequestBatch& batch) {
  if (!limits.authenticated) return next(input, limits, batch);
  const size_t before = batch.size();
  for (;;) {
    if (at_start()) take_whole(input, limits, batch, RequestBatch::kRequestsMax - batch.size());
    const bool all = begin_ == input.size() && batch.size() != before;
    if (all || batch.full()) return Outcome::kRequest;
    const Outcome outcome = resume(input, limits, batch);
    if (outcome == Outcome::kRequest) continue;
    return batch.size() == before ? outcome : Outcome::kRequest;
  }
}

RequestParser::Outcome RequestParser::next(Bytes input, const RequestLimits& limits,
                                           RequestBatch& batch) {
  VERIFY(!batch.full());
  if (at_start() && limits.authenticated && take_whole(input, limits, batch, 1) == 1) {
    return Outcome::kRequest;
  }
  return resume(input, limits, batch);
}

// The hot path: multibulk requests that are there from end to end. It knows no errors: whatever
// isn't plain is left, untouched, to resume(), which will look at these bytes a second and last
// time.
size_t RequestParser::take_whole(Bytes input, const RequestLimits& limits, RequestBatch& batch,
                                 size_t requests_max) {
  if (input.size() < kSmallestArgument) return 0;
  if (std::min(limits.bulk_bytes_max, limits.arguments_max) < kUncheckedBytesMax) return 0;
  const char* at = input.data() + begin_;
  const char* const end = input.data() + input.size();
  const char* const last_header = end - kSmallestArgument;
  RequestBatch::Request* const first = batch.requests_.data() + batch.size_;
  RequestBatch::Request* const last = first + requests_max;
  RequestBatch::Request* request = first;
  size_t used = batch.arguments_size_;
  while (request != last && at <= last_header) {
    const Header header = take_header<'*'>(at, end, limits.arguments_max);
    if (header.end == nullptr || header.size == 0) break;
    // No more than can be there: a count alone allocates nothing.
    if (used + header.size > batch.capacity_) [[unlikely]] {
      if (header.size > static_cast<size_t>(end - at) / kSmallestArgument) break;
      batch.grow(used + header.size);
    }
    Bytes* const arguments = batch.arguments_.get() + used;
    used += header.size;
    const char* const request_end =
        take_arguments(header.end, end, arguments, batch.arguments_.get() + used, limits);
    if (request_end == nullptr) break;
    at = request_end;
    *request++ = {used, static_cast<size_t>(at - input.data())};
  }
  const auto taken = static_cast<size_t>(request - first);
  if (taken == 0) return 0;
  batch.size_ += taken;
  batch.arguments_size_ = request[-1].arguments_end;
  begin_ = cursor_ = scanned_ = request[-1].input_end;
  return taken;
}

RequestParser::Outcome RequestParser::resume(Bytes input, const RequestLimits& limits,
                                             RequestBatch& batch) {
  if (!error_.empty()) return Outcome::kError;
  for (;;) {
    const Step step =
        arguments_left_ == 0 ? first_line(input, limits, batch) : argument(input, limits, batch);
    if (step == Step::kNeedMore) return Outcome::kNeedMore;
    if (step == Step::kRequest) return Outcome::kRequest;
    if (step == Step::kError) return Outcome::kError;
  }
}

RequestParser::Step RequestParser::first_line(Bytes input, const RequestLimits& limits,
                                              RequestBatch& batch) {
  if (begin_ == input.size()) return Step::kNeedMore;
  const bool multibulk = input[begin_] == '*';
  Bytes line;
  switch (find_line(input, multibulk ? '\r' : '\n', limits.line_bytes_max, line)) {
    case Line::kIncomplete:
      return Step::kNeedMore;
    case Line::kTooLong:
      return fail(multibulk ? "too big mbulk count string" : "too big inline request");
    case Line::kFound:
      break;
  }
  return multibulk ? multibulk_header(line, limits) : inline_request(line, batch);
}

// Finds the line that starts at cursor_ and moves behind it. An inline request ends with LF; a
// header with CR and one byte more, which nobody looks at.
RequestParser::Line RequestParser::find_line(Bytes input, char end, size_t line_bytes_max,
                                             Bytes& line) {
  const size_t window_end = std::min(input.size(), cursor_ + line_bytes_max + 1);
  const size_t found = input.substr(0, window_end).find(end, scanned_);
  if (found == Bytes::npos) {
    scanned_ = window_end;
    return window_end - cursor_ > line_bytes_max ? Line::kTooLong : Line::kIncomplete;
  }
  const size_t next = found + (end == '\r' ? 2 : 1);
  if (next > input.size()) {
    scanned_ = found;
    return Line::kIncomplete;
  }
  line = input.substr(cursor_, found - cursor_);
  cursor_ = next;
  scanned_ = next;
  return Line::kFound;
}

RequestParser::Step RequestParser::inline_request(Bytes line, RequestBatch& batch) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  const std::optional<size_t> count = batch.split_inline(line);
  if (!count) return fail("unbalanced quotes in request");
  start_at(cursor_);
  if (*count == 0) return Step::kGoOn;
  batch.commit(*count, begin_);
  return Step::kRequest;
}

RequestParser::Step RequestParser::multibulk_header(Bytes line, const RequestLimits& limits) {
  const std::optional<int64_t> count = parse_integer(line.substr(1));
  if (!count || *count > static_cast<int64_t>(limits.arguments_max)) {
    return fail("invalid multibulk length");
  }
  if (!limits.authenticated &&
      *count > static_cast<int64_t>(limits.unauthenticated_arguments_max)) {
    return fail("unauthenticated multibulk length");
  }
  if (*count <= 0) {
    start_at(cursor_);
  } else {
    arguments_left_ = static_cast<size_t>(*count);
  }
  return Step::kGoOn;
}

RequestParser::Step RequestParser::argument(Bytes input, const RequestLimits& limits,
                                            RequestBatch& batch) {
  if (bulk_bytes_ == kNoBulk) {
    Bytes line;
    switch (find_line(input, '\r', limits.line_bytes_max, line)) {
      case Line::kIncomplete:
        return Step::kNeedMore;
      case Line::kTooLong:
        return fail("too big bulk count string");
      case Line::kFound:
        break;
    }
    if (bulk_header(line, limits) == Step::kError) return Step::kError;
  }
  if (input.size() - cursor_ < bulk_bytes_ + 2) return Step::kNeedMore;
  partial_.push_back(Extent{cursor_ - begin_, bulk_bytes_});
  cursor_ += bulk_bytes_ + 2;
  scanned_ = cursor_;
  bulk_bytes_ = kNoBulk;
  if (--arguments_left_ > 0) return Step::kGoOn;
  finish(input, batch);
  return Step::kRequest;
}

RequestParser::Step RequestParser::bulk_header(Bytes line, const RequestLimits& limits) {
  if (line.empty() || line[0] != '$') {
    const char got = line.empty() ? '\r' : line[0];
    return fail(std::string("expected '$', got '") + got + "'");
  }
  const std::optional<int64_t> size = parse_integer(line.substr(1));
  if (!size || *size < 0 || static_cast<uint64_t>(*size) > limits.bulk_bytes_max) {
    return fail("invalid bulk length");
  }
  bulk_bytes_ = static_cast<size_t>(*size);
  if (!limits.authenticated && bulk_bytes_ > limits.unauthenticated_bulk_bytes_max) {
    return fail("unauthenticated bulk length");
  }
  return Step::kGoOn;
}

void RequestParser::finish(Bytes input, RequestBatch& batch) {
  const char* const base = input.data() + begin_;
  std::transform(partial_.begin(), partial_.end(), batch.room(partial_.size()),
                 [base](const Extent& extent) { return Bytes(base + extent.offset, extent.size); });
  const size_t count = partial_.size();
  start_at(cursor_);
  batch.commit(count, begin_);
}

RequestParser::Step RequestParser::fail(Bytes what) {
  error_ = "ERR Protocol error: ";
  error_ += what;
  return Step::kError;
}

void RequestParser::start_at(size_t offset) {
  begin_ = cursor_ = scanned_ = offset;
  arguments_left_ = 0;
  bulk_bytes_ = kNoBulk;
  constexpr size_t kKeptExtentsMax = 64;
  if (partial_.capacity() > kKeptExtentsMax) {
    std::vector<Extent>().swap(partial_);
  } else {
    partial_.clear();
  }
}

size_t RequestParser::take_consumed() {
  const size_t consumed = begin_;
  begin_ = 0;
  cursor_ -= consumed;
  scanned_ -= consumed;
  return consumed;
}

void RequestParser::rewind(size_t offset) {
  VERIFY(offset <= begin_);
  start_at(offset);
  error_.clear();
}

size_t RequestParser::bytes_wanted(Bytes input) const {
  if (bulk_bytes_ == kNoBulk) return 0;
  const size_t end = cursor_ + bulk_bytes_ + 2;
  return end > input.size() ? end - input.size() : 0;
}

}  // namespace sorrel
