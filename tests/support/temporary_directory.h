// TemporaryDirectory: an empty directory of a test's own, gone with everything in it afterwards.
#pragma once

#include "core/base/check.h"

#include <cstdlib>
#include <filesystem>
#include <string>

namespace sorrel {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    path_ = (std::filesystem::temp_directory_path() / "sorrel-XXXXXX").string();
    VERIFY(::mkdtemp(path_.data()) != nullptr);
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace sorrel
