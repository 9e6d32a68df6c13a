// Status and Result<T>: the environment's failures (a file, a socket, memory, a malformed file).
//
// They carry a sentence for a person, to which context is added on the way up:
// `return status.with("loading dump.rdb")` gives "loading dump.rdb: <what happened>". A user's
// error (a reply that starts with ERR) and a programmer's error (VERIFY) are not Statuses.
#pragma once

#include "core/base/check.h"

#include <optional>
#include <string>
#include <utility>

namespace sorrel {

class [[nodiscard]] Status {
 public:
  Status() = default;  // success
  static Status ok() { return Status(); }
  static Status failure(std::string message) {
    Status status;
    status.is_ok_ = false;
    status.message_ = std::move(message);
    return status;
  }

  bool is_ok() const { return is_ok_; }
  explicit operator bool() const { return is_ok(); }
  /// Empty when ok.
  const std::string& message() const { return message_; }
  /// The same failure with `context` before it; ok stays ok.
  Status with(std::string context) const {
    return is_ok() ? *this : failure(std::move(context) + ": " + message_);
  }

 private:
  bool is_ok_ = true;
  std::string message_;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Status failure) : status_(std::move(failure)) { VERIFY(!status_.is_ok()); }

  bool is_ok() const { return status_.is_ok(); }
  explicit operator bool() const { return is_ok(); }
  const Status& status() const { return status_; }
  T& value() {
    VERIFY(value_.has_value());
    return *value_;
  }
  const T& value() const {
    VERIFY(value_.has_value());
    return *value_;
  }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace sorrel
