// The digest of data: twenty bytes that two servers have in common exactly when they hold the same
// keys with the same values. The algorithm is DEBUG DIGEST's of Redis, so that the two can be
// compared.
#pragma once

#include <array>
#include <cstdint>

namespace sorrel {

class Engine;
class Entry;

using Digest = std::array<unsigned char, 20>;

/// Of everything; zeros for an empty instance. Independent of any order.
Digest digest_all(Engine& engine);
/// Of one value and the fact that it expires, without its key.
Digest digest_value(Engine& engine, const Entry& entry);

}  // namespace sorrel
