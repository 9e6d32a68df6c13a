// ExpireOption: the option of SET, GETEX, MSETEX and INCREX that says what becomes of a key's
// expiry.
//
// One of EX, PX, EXAT and PXAT with a time, KEEPTTL or PERSIST. Two different ones contradict each
// other; the same one twice doesn't, and the later counts, as in Redis. The time is read as a
// number only by resolve(): a syntax error anywhere in the call comes before a time that is no
// time.
#pragma once

#include "core/command/arguments.h"
#include "core/command/expire_time.h"

#include <cstdint>
#include <optional>

namespace sorrel {

class ExpireOption {
 public:
  enum class Kind : uint8_t {
    kNone,
    kSeconds,
    kMilliseconds,
    kUnixSeconds,
    kUnixMilliseconds,
    kKeepTtl,
    kPersist
  };

  /// `flag` is the command's own word beside the times: kKeepTtl, kPersist or kNone.
  explicit constexpr ExpireOption(Kind flag) : flag_(flag) {}
  /// A time that the command always has (SETEX).
  constexpr ExpireOption(Kind kind, Bytes time) : flag_(Kind::kNone), kind_(kind), time_(time) {}

  /// Moves past the option if one stands here and doesn't contradict an earlier one. When not, what
  /// stands here is either another option of the command or a syntax error.
  bool take(Arguments& arguments);

  Kind kind() const { return kind_; }
  bool is_time() const { return kind_ >= Kind::kSeconds && kind_ <= Kind::kUnixMilliseconds; }
  bool is_absolute() const {
    return kind_ == Kind::kUnixSeconds || kind_ == Kind::kUnixMilliseconds;
  }
  /// The time in Unix milliseconds; nothing when an error was answered. Only when is_time().
  std::optional<int64_t> resolve(Context& context) const;

 private:
  bool take_time(Arguments& arguments, Bytes word, Kind kind);
  bool take_flag(Arguments& arguments, Bytes word, Kind kind);

  Kind flag_;
  Kind kind_ = Kind::kNone;
  Bytes time_;
};

}  // namespace sorrel
