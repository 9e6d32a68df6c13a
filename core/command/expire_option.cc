#include "core/command/expire_option.h"

#include "core/base/check.h"

namespace sorrel {

bool ExpireOption::take(Arguments& arguments) {
  return take_time(arguments, "EX", Kind::kSeconds) ||
         take_time(arguments, "PX", Kind::kMilliseconds) ||
         take_time(arguments, "EXAT", Kind::kUnixSeconds) ||
         take_time(arguments, "PXAT", Kind::kUnixMilliseconds) ||
         take_flag(arguments, "KEEPTTL", Kind::kKeepTtl) ||
         take_flag(arguments, "PERSIST", Kind::kPersist);
}

bool ExpireOption::take_time(Arguments& arguments, Bytes word, Kind kind) {
  if (kind_ != Kind::kNone && kind_ != kind) return false;
  if (!arguments.take(word, time_)) return false;
  kind_ = kind;
  return true;
}

bool ExpireOption::take_flag(Arguments& arguments, Bytes word, Kind kind) {
  if (kind != flag_ || (kind_ != Kind::kNone && kind_ != kind)) return false;
  if (!arguments.take(word)) return false;
  kind_ = kind;
  return true;
}

std::optional<int64_t> ExpireOption::resolve(Context& context) const {
  switch (kind_) {
    case Kind::kSeconds:
      return parse_expire_time(context, time_, kEx);
    case Kind::kMilliseconds:
      return parse_expire_time(context, time_, kPx);
    case Kind::kUnixSeconds:
      return parse_expire_time(context, time_, kExat);
    case Kind::kUnixMilliseconds:
      return parse_expire_time(context, time_, kPxat);
    case Kind::kNone:
    case Kind::kKeepTtl:
    case Kind::kPersist:
      break;
  }
  VERIFY(false);
  return std::nullopt;
}

}  // namespace sorrel
