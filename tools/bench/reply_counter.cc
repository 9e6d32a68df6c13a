#include "tools/bench/reply_counter.h"

#include <algorithm>
#include <cstring>

namespace sorrel::bench {

bool ReplyCounter::feed(std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at < end) {
    switch (state_) {
      case State::kType:
        if (!open_element(*at++)) return false;
        break;
      case State::kLine:
      case State::kErrorLine: {
        const auto* newline = static_cast<const char*>(memchr(at, '\n', end - at));
        const char* stop = newline != nullptr ? newline : end;
        if (state_ == State::kErrorLine && errors_ == 1) {
          const size_t room = kErrorTextBytesMax - first_error_.size();
          first_error_.append(at, std::min<size_t>(room, stop - at));
        }
        at = stop;
        if (newline != nullptr) {
          at++;
          if (!first_error_.empty() && first_error_.back() == '\r') first_error_.pop_back();
          close_element();
        }
        break;
      }
      case State::kLength:
        if (*at >= '0' && *at <= '9') {
          length_ = length_ * 10 + (*at - '0');
          if (length_ > (int64_t{1} << 40)) return false;
        } else if (*at == '-') {
          negative_ = true;
        } else if (*at == '\n') {
          close_length();
        } else if (*at != '\r') {
          return false;
        }
        at++;
        break;
      case State::kBody: {
        const int64_t step = std::min<int64_t>(length_, end - at);
        at += step;
        length_ -= step;
        if (length_ == 0) close_element();
        break;
      }
    }
  }
  return true;
}

bool ReplyCounter::open_element(char type) {
  if (owed_ == 0) owed_ = 1;
  type_ = type;
  switch (type) {
    case '-':
      errors_++;
      state_ = State::kErrorLine;
      return true;
    case '+':
    case ':':
      state_ = State::kLine;
      return true;
    case '$':
    case '*':
      state_ = State::kLength;
      negative_ = false;
      length_ = 0;
      return true;
    default:
      return false;
  }
}

void ReplyCounter::close_length() {
  if (negative_) {  // $-1 and *-1: null
    close_element();
  } else if (type_ == '$') {
    length_ += 2;  // the body and its line end
    state_ = State::kBody;
  } else {
    owed_ += static_cast<uint64_t>(length_);
    close_element();
  }
}

void ReplyCounter::close_element() {
  state_ = State::kType;
  owed_--;
  if (owed_ == 0) replies_++;
}

}  // namespace sorrel::bench
