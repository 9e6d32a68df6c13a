// What two servers say of a stream's groups, each by its own clock: when a consumer was seen, when
// an entry was delivered, for how long it has been idle.
#pragma once

#include "core/resp/reply.h"

#include <cstdint>
#include <string>

namespace sorrel::test {

/// Replies as print_reply() gives them: the same, but that moments (Unix milliseconds) may be so
/// far apart, and that redis-server 7.0 doesn't say when a consumer was last given something.
bool same_but_for_moments(const std::string& left, const std::string& right, int64_t tolerance_ms);

/// XPENDING's rows: the same, but for how long the entries have been idle.
bool same_but_for_idle_times(ReplyView left, ReplyView right, int64_t tolerance_ms);

}  // namespace sorrel::test
