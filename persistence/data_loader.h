// DataLoader: reads an instance's data from its files into its empty databases, step by step.
//
// A step is a key, a few elements of a big one, or a command; whoever drives it decides when to
// look after the clients. A failed step ends the loading: what has been put in by then is thrown
// away by whoever asked for it.
#pragma once

#include "core/base/result.h"

#include <cstdint>

namespace sorrel {

class DataLoader {
 public:
  DataLoader() = default;
  virtual ~DataLoader() = default;
  DataLoader(const DataLoader&) = delete;
  DataLoader& operator=(const DataLoader&) = delete;

  /// False when everything has been read. A failure names the file, where in it, and what is wrong.
  virtual Result<bool> step() = 0;

  /// Whether the last step has left a key in the middle of its value.
  virtual bool in_value() const { return false; }

  /// Of all files, and of them read so far.
  virtual uint64_t total_bytes() const = 0;
  virtual uint64_t loaded_bytes() const = 0;
  virtual uint64_t loaded_keys() const = 0;
  virtual uint64_t expired_keys() const = 0;
  /// What the server that wrote the files used, where they say it.
  virtual uint64_t used_memory_of_file() const { return 0; }
};

}  // namespace sorrel
