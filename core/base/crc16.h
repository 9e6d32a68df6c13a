// CRC-16/XMODEM (polynomial 0x1021, start 0, not reflected) and what the cluster makes of it: a
// key's slot. Check value: crc16("123456789") == 0x31c3.
#pragma once

#include "core/base/bytes.h"

#include <cstdint>

namespace sorrel {

inline constexpr uint16_t kSlots = 16384;

uint16_t crc16(Bytes bytes);

/// The slot of a key. If the key holds a '{' and, behind the first one, a '}' with something in
/// between, only that part counts, so that a user can put keys together: "{user7}.name".
uint16_t key_slot(Bytes key);

}  // namespace sorrel
