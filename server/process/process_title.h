// ProcessTitle: what ps and top show of the process, from `proc-title-template`.
//
// Linux shows the bytes in which the program's arguments were passed, so the title is written over
// them. What follows them in memory is the environment; it is left alone, which bounds the title to
// the length that the arguments had plus, if the environment is moved first, its length.
#pragma once

#include "core/settings/setting_values.h"

#include <cstddef>
#include <string>

namespace sorrel {

class ProcessTitle {
 public:
  /// `argv` as main() got it. What it holds is lost with the first set().
  ProcessTitle(int argc, char** argv);
  void set(const std::string& title);

 private:
  char* begin_ = nullptr;
  size_t size_ = 0;
};

/// `program` is the first argument; `config_file` as it was given.
std::string expand_process_title(const SettingValues& values, const std::string& program,
                                 const std::string& config_file);

}  // namespace sorrel
