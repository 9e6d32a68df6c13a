// The consumers that a command names: XREADGROUP, XCLAIM and XAUTOCLAIM make a consumer whether or
// not there is something for it since Redis 7.2 (https://github.com/redis/redis/pull/11099), and
// only if there is before. Made first by commands of their own, they are there on every server, and
// what follows can be compared to the byte.
#pragma once

#include "tests/support/command_words.h"

#include <vector>

namespace sorrel::test {

/// XGROUP CREATECONSUMER for each stream in which `command`, right or wrong, may make a consumer.
std::vector<Words> make_named_consumers(const Words& command);

}  // namespace sorrel::test
