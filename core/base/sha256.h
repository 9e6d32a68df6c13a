// SHA-256 (FIPS 180-4): passwords, as ACL shows them.
#pragma once

#include "core/base/bytes.h"

#include <string>

namespace sorrel {

/// 64 hexadecimal digits in lower case.
std::string sha256_hex(Bytes bytes);

}  // namespace sorrel
