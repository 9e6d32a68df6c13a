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
  size_t reserved;  // taken from the allocator
  size_t resident;  // of the whole process, 0 when unknown
  size_t clients;
  size_t retired_items;
  uint64_t keys;

  double dataset_percent() const;
  double peak_percent() const;
  double fragmentation() const;
};

MemoryReport report_memory(Engine& engine);

}  // namespace sorrel
