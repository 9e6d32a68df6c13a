// LookUp: what two replies that were drawn at random must still agree on, found by asking both
// sides.
//
//   a key       (RANDOMKEY) exists on the other side, too
//   elements    (SRANDMEMBER, HRANDFIELD, ZRANDMEMBER) are all in the other side's collection, and
//               none comes twice where the count is positive
//   members     that were popped (SPOP): with those that are left they make the same set on both
//               sides. The sides have gone apart then, so the key is deleted on both.
//   nothing     where one side may refuse what the other does (XSETID); the key is deleted, too
//
// The channels must owe no replies.
#pragma once

#include "tests/differential/exceptions.h"
#include "tests/support/peer.h"

#include <optional>
#include <string>

namespace sorrel::test {

struct Drawn {
  Channel& channel;
  const Reply& reply;
};

/// What is wrong, in words; nothing when all is well. `rule` is one for which a look-up is needed.
std::optional<std::string> look_up(Rule rule, const Words& command, Drawn left, Drawn right);

}  // namespace sorrel::test
