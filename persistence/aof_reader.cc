#include "persistence/aof_reader.h"

#include "core/base/crc64.h"
#include "core/base/number.h"
#include "core/base/quoted_words.h"

#include <algorithm>
#include <utility>

namespace sorrel {
namespace {

constexpr size_t kShownBytes = 32;
constexpr uint64_t kReadingsMax = 4;

}  // namespace

AofReader::Outcome AofReader::next() {
  if (!problem_.empty()) return Outcome::kFailed;
  args_.clear();
  if (!end_) {
    if (const Part found = find_end(); found != Part::kWhole) return outcome_of(found);
  }
  for (bool after_fill = false;;) {
    forget_consumed();
    item_ = offset_;
    if (offset_ >= *end_) return ended();
    if (const Part first = require(1); first != Part::kWhole) return outcome_of(first);
    if (buffer_[at_] == '\0' && sum_seen_) return outcome_of(not_as_summed(offset_, 0));
    bool is_fill = false;
    if (const Part read = fill(is_fill); read != Part::kWhole) return outcome_of(read);
    after_fill |= is_fill;
    if (is_fill) continue;
    if (std::exchange(after_fill, false)) {
      if (const Part read = behind_fill(); read != Part::kWhole) return outcome_of(read);
    }
    if (buffer_[at_] != '#') break;
    std::optional<Outcome> told;
    if (const Part read = note(told); read != Part::kWhole) return outcome_of(read);
    if (told) return *told;
  }
  if (const Part read = command(); read != Part::kWhole) return outcome_of(read);
  follow_transaction();
  return Outcome::kCommand;
}

AofReader::Outcome AofReader::ended() {
  return in_transaction_ ? Outcome::kCutOff : Outcome::kEnd;
}

AofReader::Outcome AofReader::outcome_of(Part part) {
  if (part == Part::kCutOff) return Outcome::kCutOff;
  return part == Part::kFailed ? Outcome::kFailed : Outcome::kDamaged;
}

AofReader::Part AofReader::damaged(uint64_t at, std::string what) {
  problem_ = "offset " + std::to_string(at) + ": " + std::move(what);
  return Part::kDamaged;
}

AofReader::Part AofReader::failed(const Status& status) {
  problem_ = "offset " + std::to_string(offset_) + ": " + status.message();
  return Part::kFailed;
}

// ---- The bytes.

// A command ends with a line's end: what stands behind the last one and is fill, or zeros, which a
// power cut may leave, belongs to none. The line's end itself may look like fill.
AofReader::Part AofReader::find_end() {
  const Result<uint64_t> size = file_.size();
  if (!size) return failed(size.status());
  uint64_t end = size.value();
  std::string block(kReadBytes, '\0');
  for (bool found = false; end > offset_ && !found;) {
    const uint64_t begin = std::max(offset_, end > kReadBytes ? end - kReadBytes : 0);
    const Result<size_t> got = file_.read_at(begin, block.data(), end - begin);
    if (!got) return failed(got.status());
    const auto is_fill = [&](uint64_t at) {
      return block[at - begin] == aof_fill_at(at) || block[at - begin] == '\0';
    };
    end = begin + got.value();
    while (end > begin && is_fill(end - 1)) --end;
    found = end > begin;
  }
  char last[2];
  const Result<size_t> got = end > 0 ? file_.read_at(end - 1, last, sizeof last) : size_t{0};
  if (!got) return failed(got.status());
  if (got.value() == sizeof last && Bytes(last, sizeof last) == "\r\n") ++end;
  end_ = std::max(end, offset_);
  fill_at_end_ = size.value() - *end_ >= kAofFillLineBytes;
  return Part::kWhole;
}

// A line of it, taken; told in a file with sums only: elsewhere it is a note as any other.
AofReader::Part AofReader::fill(bool& is_fill) {
  if (!sum_seen_ || offset_ < sum_end_ || buffer_[at_] != '#') return Part::kWhole;
  const uint64_t most = kAofFillLineBytes - offset_ % kAofFillLineBytes;
  if (*end_ - offset_ < most) return Part::kWhole;
  if (const Part there = require(most); there != Part::kWhole) return there;
  is_fill = aof_fill_length(offset_, buffered().substr(0, most)) == most;
  if (!is_fill) return Part::kWhole;
  at_ += most;
  offset_ += most;
  return Part::kWhole;
}

// What another program appended to a file that was filled ends the file, or a sum comes behind it.
AofReader::Part AofReader::behind_fill() {
  if (!fill_at_end_) return Part::kWhole;
  const Result<bool> good = good_behind(offset_);
  if (!good) return failed(good.status());
  return good.value() ? Part::kWhole : Part::kCutOff;
}

void AofReader::forget_consumed() {
  if (at_ < kReadBytes && at_ < buffer_.size()) return;
  buffer_.erase(0, at_);
  at_ = 0;
}

// Has at least so many bytes in the buffer, from the present place on.
AofReader::Part AofReader::require(uint64_t bytes) {
  if (buffer_.size() - at_ >= bytes) return Part::kWhole;
  if (*end_ - offset_ < bytes) return Part::kCutOff;
  const uint64_t read_to = offset_ + (buffer_.size() - at_);
  const uint64_t missing = bytes - (buffer_.size() - at_);
  const size_t wanted =
      std::min<uint64_t>(std::max<uint64_t>(missing, kReadBytes), *end_ - read_to);
  const size_t before = buffer_.size();
  buffer_.resize(before + wanted);
  const Result<size_t> got = file_.read_at(read_to, buffer_.data() + before, wanted);
  if (!got) return failed(got.status());
  buffer_.resize(before + got.value());
  return buffer_.size() - at_ >= bytes ? Part::kWhole : Part::kCutOff;
}

// A line without its end, taken.
AofReader::Part AofReader::line(Bytes& text) {
  const uint64_t most = std::min<uint64_t>(kLineBytesMax, *end_ - offset_);
  if (const Part there = require(most); there != Part::kWhole) return there;
  const size_t feed = buffered().substr(0, most).find('\n');
  if (feed == Bytes::npos) {
    return most < kLineBytesMax ? Part::kCutOff : damaged(offset_, "a line without end");
  }
  if (feed == 0 || buffer_[at_ + feed - 1] != '\r') {
    return damaged(offset_ + feed, "a line that ends without a carriage return");
  }
  text = buffered().substr(0, feed - 1);
  at_ += feed + 1;
  offset_ += feed + 1;
  return Part::kWhole;
}

// ---- Commands.

AofReader::Part AofReader::number(char kind, uint64_t& value) {
  const uint64_t begin = offset_;
  Bytes text;
  if (const Part read = line(text); read != Part::kWhole) return read;
  const std::string shown = quote_word(text.substr(0, kShownBytes));
  if (text.empty() || text[0] != kind) {
    return damaged(begin, std::string("expected '") + kind + "', found " + shown);
  }
  const auto parsed = parse_unsigned(text.substr(1));
  if (!parsed) return damaged(begin, "not a length: " + shown);
  value = *parsed;
  return Part::kWhole;
}

AofReader::Part AofReader::command() {
  uint64_t count = 0;
  places_.clear();
  if (const Part read = number('*', count); read != Part::kWhole) return read;
  if (count == 0) return damaged(item_, "a command without words");
  for (uint64_t i = 0; i < count; ++i) {
    if (const Part read = argument(); read != Part::kWhole) return read;
  }
  for (const auto& [begin, size] : places_) args_.emplace_back(buffer_.data() + begin, size);
  return Part::kWhole;
}

AofReader::Part AofReader::argument() {
  uint64_t size = 0;
  if (const Part read = number('$', size); read != Part::kWhole) return read;
  if (size > *end_ - offset_) return Part::kCutOff;
  if (const Part there = require(size + 2); there != Part::kWhole) return there;
  if (buffered().substr(size, 2) != "\r\n") {
    return damaged(offset_ + size, "an argument doesn't end where its length says");
  }
  places_.emplace_back(at_, size);
  at_ += size + 2;
  offset_ += size + 2;
  return Part::kWhole;
}

void AofReader::follow_transaction() {
  if (args_.size() == 1 && equals_ignore_case(args_[0], "multi")) in_transaction_ = true;
  if (args_.size() == 1 && equals_ignore_case(args_[0], "exec")) in_transaction_ = false;
  if (!in_transaction_ && offset_ >= sum_end_) good_end_ = offset_;
}

// ---- Notes.

AofReader::Part AofReader::note(std::optional<Outcome>& told) {
  const uint64_t begin = offset_;
  Bytes text;
  const Part read = line(text);
  if (read == Part::kFailed) return read;
  const std::optional<AofSum> sum = read == Part::kWhole ? parse_aof_sum(text) : std::nullopt;
  const bool is_sum = Bytes(buffer_).substr(at_).starts_with("#SUM:") || text.starts_with("#SUM:");
  const auto time = parse_aof_time(text);
  const auto after = parse_aof_after(text);
  // A torn note: what it spoke for is torn, too. Others are ours, and stand inside of a sum.
  const bool known = read == Part::kWhole && (sum || time || after || begin < sum_end_);
  if (!known && (is_sum || sum_seen_)) return not_as_summed(begin, 0);
  if (read != Part::kWhole) return read;
  if (time) {
    time_ = *time;
    told = Outcome::kTime;
  }
  if (after) {
    after_ = *after;
    told = Outcome::kAfter;
  }
  return sum ? compare(begin, sum.value_or(AofSum())) : Part::kWhole;
}

AofReader::Part AofReader::compare(uint64_t note_offset, const AofSum& sum) {
  if (note_offset < sum_end_) return damaged(note_offset, "a #SUM note in what another speaks for");
  if (sum.bytes > *end_ - offset_) return not_as_summed(note_offset, 0);
  const Result<bool> agrees = sum_agrees(offset_, sum);
  if (!agrees) return failed(agrees.status());
  if (!agrees.value()) return not_as_summed(note_offset, sum.bytes);
  sum_seen_ = true;
  sum_note_ = note_offset;
  sum_begin_ = offset_;
  sum_end_ = offset_ + sum.bytes;
  return Part::kWhole;
}

Result<bool> AofReader::sum_agrees(uint64_t begin, const AofSum& sum) {
  std::string block(std::min<uint64_t>(kReadBytes, sum.bytes), '\0');
  uint64_t found = 0;
  for (uint64_t left = sum.bytes; left > 0;) {
    const size_t wanted = std::min<uint64_t>(block.size(), left);
    const Result<size_t> got = file_.read_at(begin, block.data(), wanted);
    if (!got) return got.status();
    if (got.value() == 0) return false;
    found = crc64(found, Bytes(block).substr(0, got.value()));
    begin += got.value();
    left -= got.value();
  }
  return found == sum.sum;
}

// A crash tears the last batch alone: nothing that agrees with its sum comes behind it.
AofReader::Part AofReader::not_as_summed(uint64_t begin, uint64_t bytes) {
  problem_.clear();
  const Result<bool> good = good_behind(begin + 1);
  if (!good) return failed(good.status());
  if (!good.value()) return Part::kCutOff;
  return damaged(begin, bytes == 0
                            ? "a torn #SUM note"
                            : "the " + std::to_string(bytes) +
                                  " bytes behind this #SUM note aren't those it was made of");
}

// Whether a note of a sum that agrees comes behind `begin`. What only looks like one may lie there,
// and be long: before that costs more than a few readings of the file, it is taken to agree, so
// that nothing is cut off.
Result<bool> AofReader::good_behind(uint64_t begin) {
  static constexpr Bytes kMark = "\r\n#SUM:";
  if (good_note_ > begin) return true;
  uint64_t bytes_left = kReadingsMax * (*end_ - std::min(begin, *end_));
  std::string block(kReadBytes, '\0');
  while (begin + kMark.size() < *end_) {
    const Result<size_t> got = file_.read_at(begin, block.data(), block.size());
    if (!got) return got.status();
    const Bytes window = Bytes(block).substr(0, got.value());
    if (window.size() < kMark.size()) return false;
    for (size_t at = window.find(kMark); at != Bytes::npos; at = window.find(kMark, at + 1)) {
      Result<bool> good = good_at(begin + at + 2, bytes_left);
      if (good && good.value()) good_note_ = begin + at + 2;
      if (!good || good.value()) return good;
    }
    begin += window.size() - kMark.size() + 1;
  }
  return false;
}

Result<bool> AofReader::good_at(uint64_t note_offset, uint64_t& bytes_left) {
  char text[kLineBytesMax];
  const Result<size_t> got = file_.read_at(note_offset, text, sizeof text);
  if (!got) return got.status();
  const Bytes candidate = Bytes(text, got.value());
  const size_t line_end = candidate.find("\r\n");
  const AofSum sum = parse_aof_sum(candidate.substr(0, line_end)).value_or(AofSum());
  const uint64_t begin = note_offset + line_end + 2;
  if (line_end == Bytes::npos || sum.bytes == 0 || begin >= *end_) return false;
  if (sum.bytes > *end_ - begin) return false;
  if (sum.bytes > bytes_left) return true;
  bytes_left -= sum.bytes;
  return sum_agrees(begin, sum);
}

}  // namespace sorrel
