// The operating system's words for an errno, as they follow "Failed …:" in the log. Safe in any
// thread.
#pragma once

#include <cstring>
#include <string>

namespace sorrel {

inline std::string os_error(int error_number) {
  char buffer[128];
  return strerror_r(error_number, buffer, sizeof buffer);  // GNU's: what it returns is the text
}

}  // namespace sorrel
