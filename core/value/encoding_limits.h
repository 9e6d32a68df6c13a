// EncodingLimits: up to what size a collection is one pack, and when a block of a stream is full.
// The classic settings of Redis, by which users know when OBJECT ENCODING changes. 0 entries: never
// a pack.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sorrel {

struct EncodingLimits {
  size_t hash_pack_fields_max = 512;
  size_t hash_pack_value_bytes_max = 64;
  int64_t list_block_size = -2;  // elements, or -1 to -5 for 4, 8, 16, 32, 64 KiB
  size_t set_integers_max = 512;
  size_t set_pack_members_max = 128;
  size_t set_pack_member_bytes_max = 64;
  size_t zset_pack_members_max = 128;
  size_t zset_pack_member_bytes_max = 64;
  size_t hyperloglog_sparse_bytes_max = 3000;
  uint64_t stream_block_bytes = 4096;   // 0: no limit
  uint64_t stream_block_entries = 100;  // 0: no limit
};

}  // namespace sorrel
