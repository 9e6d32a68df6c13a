// The requests of the string workloads, and of every section that needs many plain keys.
//
// Keys are "key:" and a number, 16 bytes; values are 32 bytes unless said. The same seed draws the
// same keys in every run.
#pragma once

#include "tools/bench/request_set.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace sorrel::bench {

inline constexpr size_t kKeyBytes = 16;
inline constexpr size_t kValueBytes = 32;

std::string plain_key(uint64_t number);
/// Letters and digits that no server would take for a number.
std::string plain_value(size_t bytes);

/// SET of the keys 0 .. count - 1, each once, in order.
RequestSet fill_requests(uint64_t count);
/// GET or SET of `count` keys drawn from 0 .. keys - 1.
RequestSet get_requests(uint64_t count, uint64_t keys);
RequestSet set_requests(uint64_t count, uint64_t keys);
/// 80 GET and 20 SET of a hundred, of keys drawn likewise.
RequestSet mixed_requests(uint64_t keys, uint64_t count);
/// `command` on the keys 0 .. count - 1, each once, in an order that is not that of insertion.
RequestSet each_key_requests(std::string_view command, uint64_t count);

}  // namespace sorrel::bench
