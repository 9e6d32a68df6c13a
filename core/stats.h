// Stats: the counters of an instance, as INFO shows them. Plain numbers, written where things
// happen.
#pragma once

#include "core/base/bytes.h"

#include <cstdint>
#include <map>
#include <string>

namespace sorrel {

/// Different error codes that errorstats keeps; past it, counting by code stops, as in Redis.
constexpr size_t kErrorCodesMax = 128;

struct Stats {
  uint64_t connections_received = 0;
  uint64_t connections_rejected = 0;
  uint64_t commands_processed = 0;
  uint64_t net_input_bytes = 0;
  uint64_t net_output_bytes = 0;
  uint64_t expired_keys = 0;
  uint64_t expired_subkeys = 0;  // fields of hashes, members of sets
  uint64_t expired_time_cap_reached = 0;
  uint64_t expire_cycle_us = 0;
  uint64_t evicted_keys = 0;
  uint64_t evicted_clients = 0;
  uint64_t eviction_exceeded_us = 0;
  uint64_t keyspace_hits = 0;
  uint64_t keyspace_misses = 0;
  uint64_t error_replies = 0;
  uint64_t turns = 0;  // of the loop
  uint64_t turn_ns = 0;
  uint64_t reads_processed = 0;
  uint64_t writes_processed = 0;
  uint64_t output_buffer_limit_disconnections = 0;
  uint64_t dropped_messages = 0;  // to subscribers that read too slowly
  uint64_t query_buffer_limit_disconnections = 0;
  uint64_t peak_memory = 0;
  uint64_t retired_before = 0;  // what the epoch had freed when these counters began
  // Compaction: blocks that were moved and that were looked at and left, and the same of keys.
  uint64_t defrag_hits = 0;
  uint64_t defrag_misses = 0;
  uint64_t defrag_key_hits = 0;
  uint64_t defrag_key_misses = 0;
  uint64_t defrag_ns = 0;
  /// By the error's first word ("ERR", "WRONGTYPE", …).
  std::map<std::string, uint64_t, std::less<>> errors;

  void count_error(Bytes text) {
    ++error_replies;
    const Bytes code = text.substr(0, text.find(' '));
    const auto it = errors.find(code);
    if (it != errors.end()) {
      ++it->second;
    } else if (errors.size() < kErrorCodesMax) {
      errors.emplace(std::string(code), 1);
    }
  }
};

}  // namespace sorrel
