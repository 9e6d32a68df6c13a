// Who we say we are. Tools gate on `redis_version`: it names the release whose behaviour is ours.
#pragma once

#include "core/base/bytes.h"

namespace sorrel {

inline constexpr Bytes kServerName = "sorrel";
inline constexpr Bytes kSorrelVersion = "0.1.0";
inline constexpr Bytes kRedisVersion = "7.2.4";

}  // namespace sorrel
