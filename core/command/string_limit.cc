#include "core/command/string_limit.h"

#include "core/engine.h"

namespace sorrel {

bool within_string_limit(const Context& context, uint64_t size) {
  const uint64_t limit = static_cast<uint64_t>(context.engine.values().proto_max_bulk_len);
  return size <= limit || context.session.has(Session::kInternal);
}

bool check_string_limit(Context& context, uint64_t size, uint64_t more) {
  uint64_t total;
  const bool overflow = __builtin_add_overflow(size, more, &total);
  if (!overflow && within_string_limit(context, total)) return true;
  context.error(errors::kStringTooLong);
  return false;
}

}  // namespace sorrel
