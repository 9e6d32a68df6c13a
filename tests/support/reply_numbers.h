// Reply numbers: the same number, written in two ways.
//
// Redis 7.0 writes a score with 17 digits, 7.2 with as many as are needed: 0.10000000000000001 and
// 0.1. Whether a zero keeps its sign depends on the encoding that it went through in Redis. A
// comparison of the two reads both.
#pragma once

#include "core/resp/reply.h"

#include <string>

namespace sorrel::test {

/// What print_reply() prints, but each leaf that is a fraction, or too big or small to be written
/// without an exponent, in one way, whatever way it came in.
std::string print_with_numbers_alike(ReplyView reply);

/// The same shape, and leaves that are the same but for the way of writing them.
bool same_but_for_numbers(ReplyView left, ReplyView right);

}  // namespace sorrel::test
