// Host: what an engine may ask of the process it lives in. Implemented by the server's instance,
// and by tests.
#pragma once

#include "core/base/bytes.h"
#include "core/settings/setting_enums.h"

#include <cstdint>
#include <string>

namespace sorrel {

class Host {
 public:
  virtual ~Host() = default;
  /// One line, without its end.
  virtual void log(LogLevel level, Bytes line) = 0;
  /// Resident set of the process in bytes, 0 when unknown. May be a cached figure.
  virtual size_t resident_bytes() = 0;
  /// Fills with bytes that nobody can guess (passwords, run ids).
  virtual void secret_bytes(char* out, size_t size) = 0;
};

}  // namespace sorrel
