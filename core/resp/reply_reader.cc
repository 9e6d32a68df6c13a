#include "core/resp/reply_reader.h"

#include "core/base/check.h"
#include "core/base/number.h"

#include <algorithm>
#include <utility>

namespace sorrel {
namespace {

// A header or a number; real texts are limited by text_bytes_max.
constexpr size_t kHeaderBytesMax = 64;

bool is_text_line(char type) {
  return type == '+' || type == '-' || type == '(';
}

std::optional<ReplyType> aggregate_type(char type) {
  switch (type) {
    case '*':
      return ReplyType::kArray;
    case '%':
      return ReplyType::kMap;
    case '~':
      return ReplyType::kSet;
    case '>':
      return ReplyType::kPush;
    case '|':
      return ReplyType::kAttribute;
    default:
      return std::nullopt;
  }
}

std::optional<ReplyType> text_type(char type) {
  switch (type) {
    case '$':
      return ReplyType::kBulk;
    case '!':
      return ReplyType::kBulkError;
    case '=':
      return ReplyType::kVerbatim;
    default:
      return std::nullopt;
  }
}

bool is_big_number(Bytes text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == Bytes::npos;
}

ReplyNode node_of(ReplyType type, size_t size, size_t offset) {
  ReplyNode node;
  node.type = type;
  node.size = size;
  node.offset = offset;
  return node;
}

ReplyNode null_node(char type) {
  const NullForm form = type == '$' ? NullForm::kNullBulk : NullForm::kNullArray;
  return node_of(ReplyType::kNull, static_cast<size_t>(form), 0);
}

}  // namespace

ReplyReader::Outcome ReplyReader::next(Bytes input) {
  VERIFY(end_ == 0);
  if (!error_.empty()) return Outcome::kError;
  for (;;) {
    switch (body_ ? text_body(input) : element(input)) {
      case Step::kGoOn:
        break;
      case Step::kNeedMore:
        return Outcome::kNeedMore;
      case Step::kReply:
        return Outcome::kReply;
      case Step::kError:
        return Outcome::kError;
    }
  }
}

Result<Reply> ReplyReader::read_whole(std::string bytes, ReplyLimits limits) {
  ReplyReader reader(limits);
  switch (reader.next(bytes)) {
    case Outcome::kNeedMore:
      return Status::failure("incomplete reply");
    case Outcome::kError:
      return Status::failure(reader.error());
    case Outcome::kReply:
      break;
  }
  if (reader.end_ != bytes.size()) return Status::failure("bytes behind the reply");
  return Reply(std::move(bytes), std::move(reader.nodes_));
}

Reply ReplyReader::take(Bytes input) {
  VERIFY(end_ != 0);
  Reply reply(std::string(input.substr(begin_, end_ - begin_)), std::exchange(nodes_, {}));
  begin_ = end_;
  end_ = 0;
  return reply;
}

Reply ReplyReader::take_last(std::string input) {
  VERIFY(end_ != 0 && end_ == input.size());
  if (begin_ != 0) return take(input);
  end_ = cursor_ = scanned_ = 0;
  return Reply(std::move(input), std::exchange(nodes_, {}));
}

size_t ReplyReader::take_consumed() {
  VERIFY(end_ == 0);
  const size_t consumed = std::exchange(begin_, 0);
  cursor_ -= consumed;
  scanned_ -= consumed;
  return consumed;
}

ReplyReader::Step ReplyReader::element(Bytes input) {
  Bytes line;
  const Step found = read_line(input, line);
  if (found != Step::kGoOn) return found;
  if (line.empty()) return fail("a line without a type");
  const char type = line[0];
  line.remove_prefix(1);
  return aggregate_type(type) || text_type(type) ? sized(type, line) : scalar(type, line);
}

// The line that starts at cursor_, which moves behind its CR LF.
ReplyReader::Step ReplyReader::read_line(Bytes input, Bytes& line) {
  if (cursor_ == input.size()) return Step::kNeedMore;
  const size_t bytes_max = is_text_line(input[cursor_]) ? limits_.text_bytes_max : kHeaderBytesMax;
  const size_t window_end = std::min(input.size() - cursor_, bytes_max + 2) + cursor_;
  const size_t found = input.substr(0, window_end).find('\r', scanned_);
  if (found == Bytes::npos) {
    scanned_ = window_end;
    return window_end - cursor_ > bytes_max + 1 ? fail("a line is too long") : Step::kNeedMore;
  }
  scanned_ = found;
  if (found + 1 == input.size()) return Step::kNeedMore;
  if (input[found + 1] != '\n') return fail("CR without LF");
  line = input.substr(cursor_, found - cursor_);
  cursor_ = scanned_ = found + 2;
  return Step::kGoOn;
}

ReplyReader::Step ReplyReader::scalar(char type, Bytes line) {
  // The line has just been read: its text ends two bytes before the cursor.
  ReplyNode node = node_of(ReplyType::kNull, line.size(), cursor_ - 2 - line.size() - begin_);
  switch (type) {
    case '+':
      node.type = ReplyType::kSimple;
      return add(node);
    case '-':
      node.type = ReplyType::kError;
      return add(node);
    case '(':
      node.type = ReplyType::kBigNumber;
      return is_big_number(line) ? add(node) : fail("a malformed big number");
    case '_':
      return line.empty() ? add(node) : fail("a malformed null");
    case '#':
      if (line != "t" && line != "f") return fail("a malformed boolean");
      node.type = ReplyType::kBoolean;
      node.integer = line == "t" ? 1 : 0;
      return add(node);
    case ':': {
      const std::optional<int64_t> value = parse_integer(line);
      if (!value) return fail("a malformed integer");
      node.type = ReplyType::kInteger;
      node.integer = *value;
      return add(node);
    }
    case ',':
      node.type = ReplyType::kReal;
      return parse_reply_real(line) ? add(node) : fail("a malformed double");
    default:
      return fail("an unknown type");
  }
}

// A header with a size: of a text, or of an aggregate.
ReplyReader::Step ReplyReader::sized(char type, Bytes line) {
  if ((type == '$' || type == '*') && line == "-1") return add(null_node(type));
  const std::optional<int64_t> size = parse_integer(line);
  if (!size || *size < 0) return fail("a malformed size");
  const auto count = static_cast<uint64_t>(*size);
  if (const std::optional<ReplyType> text = text_type(type)) {
    if (count > limits_.text_bytes_max) return fail("a string is too long");
    if (*text == ReplyType::kVerbatim && count < 4) return fail("a malformed verbatim string");
    body_ = node_of(*text, count, cursor_ - begin_);
    return Step::kGoOn;
  }
  if (count > limits_.nodes_max) return fail("too many elements");
  const ReplyType aggregated = *aggregate_type(type);
  const bool pairs = aggregated == ReplyType::kMap || aggregated == ReplyType::kAttribute;
  const size_t children = pairs ? 2 * count : count;
  return aggregate(aggregated, aggregated == ReplyType::kAttribute ? children + 1 : children);
}

ReplyReader::Step ReplyReader::text_body(Bytes input) {
  ReplyNode node = *body_;
  if (input.size() - cursor_ < node.size + 2) return Step::kNeedMore;
  if (input.substr(cursor_ + node.size, 2) != "\r\n") return fail("a string without its end");
  if (node.type == ReplyType::kVerbatim) {
    if (input[cursor_ + 3] != ':') return fail("a malformed verbatim string");
    node.offset += 4;
    node.size -= 4;
  }
  cursor_ += body_->size + 2;
  scanned_ = cursor_;
  body_.reset();
  return add(node);
}

ReplyReader::Step ReplyReader::aggregate(ReplyType type, size_t children) {
  if (children == 0) return add(node_of(type, 0, nodes_.size()));
  if (frames_.size() == limits_.depth_max) return fail("nested too deeply");
  frames_.push_back(Frame{type, children, pending_.size()});
  return Step::kGoOn;
}

// Adds a finished node to the innermost open aggregate; the last child closes it, which may be the
// last child of the next one, and so on.
ReplyReader::Step ReplyReader::add(ReplyNode node) {
  // Open aggregates will be nodes too.
  if (nodes_.size() + pending_.size() + frames_.size() >= limits_.nodes_max) {
    return fail("too many elements");
  }
  while (!frames_.empty()) {
    pending_.push_back(node);
    Frame& frame = frames_.back();
    if (--frame.left > 0) return Step::kGoOn;
    const auto first = pending_.begin() + static_cast<ptrdiff_t>(frame.first);
    node = node_of(frame.type, static_cast<size_t>(pending_.end() - first), nodes_.size());
    nodes_.insert(nodes_.end(), first, pending_.end());
    pending_.erase(first, pending_.end());
    frames_.pop_back();
  }
  nodes_.push_back(node);
  end_ = cursor_;
  return Step::kReply;
}

ReplyReader::Step ReplyReader::fail(const char* what) {
  error_ = std::string("malformed reply: ") + what;
  return Step::kError;
}

}  // namespace sorrel
