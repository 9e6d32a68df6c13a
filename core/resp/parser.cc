#include "core/resp/parser.h"

#include "core/base/check.h"
#include "core/base/number.h"
#include "core/base/quoted_words.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace sorrel {
namespace {

constexpr size_t kSmallestArgument = sizeof("$0\r\n\r\n") - 1;

// The count behind a '*' or '$' of a header that is certainly complete, or -1 for anything unusual.
// Leaves `at` behind the CR LF. At least kSmallestArgument bytes are readable.
inline int64_t take_count(const char*& at, const char* end) {
  const unsigned first = static_cast<unsigned char>(at[1]) - unsigned{'0'};
  if (first > 9) return -1;
  if (at[2] == '\r') {
    at += 4;
    return first;
  }
  if (first == 0) return -1;
  const unsigned second = static_cast<unsigned char>(at[2]) - unsigned{'0'};
  if (second > 9) return -1;
  int64_t count = first * 10 + second;
  const char* digit = at + 3;
  const char* const last = std::min(end - 1, at + 12);
  for (; digit < last; ++digit) {
    const unsigned value = static_cast<unsigned char>(*digit) - unsigned{'0'};
    if (value > 9) break;
    count = count * 10 + value;
  }
  if (digit >= last || *digit != '\r') return -1;
  at = digit + 2;
  return count;
}

}  // namespace

void RequestBatch::clear() {
  size_ = 0;
  unquoted_.clear();
  if (capacity_ > kKeptArgumentsMax) {
    arguments_.reset();
    capacity_ = 0;
  }
}

void RequestBatch::grow(size_t count) {
  const size_t used = arguments_size();
  const size_t capacity = std::max({used + count, capacity_ * 2, size_t{256}});
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
  const size_t before = batch.size();
  if (!limits.authenticated) return next(input, limits, batch);
  while (!batch.full()) {
    const Outcome outcome = next(input, limits, batch);
    if (outcome == Outcome::kRequest) continue;
    if (batch.size() == before) return outcome;
    break;
  }
  return Outcome::kRequest;
}

RequestParser::Outcome RequestParser::next(Bytes input, const RequestLimits& limits,
                                           RequestBatch& batch) {
  VERIFY(!batch.full());
  if (!error_.empty()) return Outcome::kError;
  if (cursor_ == begin_ && scanned_ == begin_ && limits.authenticated &&
      take_whole(input, limits, batch)) {
    return Outcome::kRequest;
  }
  return resume(input, limits, batch);
}

// The hot path: a multibulk request that is there from end to end. It knows no errors: whatever
// isn't plain is left, untouched, to resume(), which will look at these bytes a second and last
// time.
bool RequestParser::take_whole(Bytes input, const RequestLimits& limits, RequestBatch& batch) {
  const char* at = input.data() + begin_;
  const char* const end = input.data() + input.size();
  if (static_cast<size_t>(end - at) < kSmallestArgument || *at != '*') return false;
  const int64_t count = take_count(at, end);
  if (count <= 0 || at > end ||
      static_cast<size_t>(count) > static_cast<size_t>(end - at) / kSmallestArgument) {
    return false;
  }
  Bytes* argument = batch.room(static_cast<size_t>(count));
  Bytes* const arguments_end = argument + count;
  for (; argument != arguments_end; ++argument) {
    if (end - at < static_cast<ptrdiff_t>(kSmallestArgument) || *at != '$') return false;
    const int64_t size = take_count(at, end);
    if (size < 0 || static_cast<size_t>(size) > limits.bulk_bytes_max) return false;
    if (end - at < size + 2) return false;
    *argument = Bytes(at, static_cast<size_t>(size));
    at += size + 2;
  }
  begin_ = cursor_ = scanned_ = static_cast<size_t>(at - input.data());
  batch.commit(static_cast<size_t>(count), begin_);
  return true;
}

RequestParser::Outcome RequestParser::resume(Bytes input, const RequestLimits& limits,
                                             RequestBatch& batch) {
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
