// Leaving the terminal, and the file that holds the process id.
#pragma once

#include "core/base/result.h"

#include <string>

namespace sorrel {

/// The rest of the program runs in a child in a session of its own, without the terminal; the
/// parent ends. Before any thread is made.
Status leave_terminal();

/// Holds the process id as long as it lives.
class PidFile {
 public:
  PidFile() = default;
  ~PidFile();
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

  Status create(const std::string& path);
  bool exists() const { return !path_.empty(); }
  void remove();

 private:
  std::string path_;
};

}  // namespace sorrel
