// DatabasesAside: what the databases hold, put aside while a file is loaded in their place, and
// back when that fails. It costs no time, and for a while the memory of both.
//
// On the loop's stack, for the length of one loading; the engine outlives it. What it has at its
// end goes, in slices.
#pragma once

#include "core/engine.h"

#include <memory>
#include <vector>

namespace sorrel {

class DatabasesAside {
 public:
  /// The databases are empty from here on; watchers are told.
  explicit DatabasesAside(Engine& engine);
  ~DatabasesAside();
  DatabasesAside(const DatabasesAside&) = delete;
  DatabasesAside& operator=(const DatabasesAside&) = delete;

  /// They are what they were; what has come into them since goes.
  void put_back();

 private:
  void exchange();

  Engine& engine_;
  std::vector<std::unique_ptr<Keyspace>> aside_;
};

}  // namespace sorrel
