// MemoryReport: what an instance's memory is used for, in the terms of INFO and MEMORY STATS.
// Bytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sorrel {

class Engine;

struct MemoryReport {
  size_t used;  // keys, tables, sessions' buffers
  size_t peak;
  size_t startup;   // of an instance without keys
  size_t overhead;  // all that isn't keys and values
  size_t dataset;
  size_t active;    // used, and the gaps between
  size_t reserved;  // active, and what is kept for reuse
  size_t resident;  // of the whole process, 0 when unknown
  size_t clients;
  size_t retired_items;
  uint64_t keys;

  double dataset_percent() const;
  double peak_percent() const;
  double fragmentation() const;
};

/// 0 when there is no whole.
inline double ratio(size_t part, size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

MemoryReport report_memory(Engine& engine);

}  // namespace sorrel
