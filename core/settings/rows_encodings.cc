#include "core/settings/setting_rows.h"

namespace sorrel::setting_rows {
namespace {

constexpr int64_t kMinInt32 = std::numeric_limits<int32_t>::min();
constexpr int64_t kMaxInt32 = std::numeric_limits<int32_t>::max();

constexpr SettingSpec kRows[] = {
    {.name = "hash-max-listpack-entries",
     .kind = IntegerSetting{&V::hash_max_listpack_entries, 0, kMaxInt64},
     .doc = "A hash with more fields than this becomes a hash table.",
     .aliases = {"hash-max-ziplist-entries"}},
    {.name = "hash-max-listpack-value",
     .kind = MemorySetting{&V::hash_max_listpack_value},
     .doc = "A hash with a longer field or value than this becomes a hash table.",
     .aliases = {"hash-max-ziplist-value"}},
    {.name = "list-max-listpack-size",
     .kind = IntegerSetting{&V::list_max_listpack_size, kMinInt32, kMaxInt32},
     .doc = "Size of a block of a list. A positive number counts elements; -1 to -5 limit the "
            "block to 4, 8, 16, 32 or 64 KiB.",
     .aliases = {"list-max-ziplist-size"}},
    {.name = "list-compress-depth",
     .kind = IntegerSetting{&V::list_compress_depth},
     .doc =
         "How many blocks at each end of a list Redis leaves uncompressed. Here all are, so that "
         "they can be read in place.",
     .flags = kNoEffect},
    {.name = "set-max-intset-entries",
     .kind = IntegerSetting{&V::set_max_intset_entries, 0, kMaxInt64},
     .doc = "A set that holds only integers is an array of them up to this many."},
    {.name = "set-max-listpack-entries",
     .kind = IntegerSetting{&V::set_max_listpack_entries, 0, kMaxInt64},
     .doc = "A set with more members than this becomes a hash table."},
    {.name = "set-max-listpack-value",
     .kind = MemorySetting{&V::set_max_listpack_value},
     .doc = "A set with a longer member than this becomes a hash table."},
    {.name = "zset-max-listpack-entries",
     .kind = IntegerSetting{&V::zset_max_listpack_entries, 0, kMaxInt64},
     .doc = "A sorted set with more members than this becomes a tree and a hash table.",
     .aliases = {"zset-max-ziplist-entries"}},
    {.name = "zset-max-listpack-value",
     .kind = MemorySetting{&V::zset_max_listpack_value},
     .doc = "A sorted set with a longer member than this becomes a tree and a hash table.",
     .aliases = {"zset-max-ziplist-value"}},
    {.name = "hll-sparse-max-bytes",
     .kind = MemorySetting{&V::hll_sparse_max_bytes},
     .doc = "A HyperLogLog is kept sparse up to this size and then takes its full 12 KiB. More "
            "than 16000 is pointless: dense is smaller there."},
    {.name = "stream-idmp-duration",
     .kind = IntegerSetting{&V::stream_idmp_duration, 1, 86'400},
     .doc = "For how many seconds a stream remembers messages of its idempotent producers, unless "
            "XCFGSET says otherwise. For streams that have none yet."},
    {.name = "stream-idmp-maxsize",
     .kind = IntegerSetting{&V::stream_idmp_maxsize, 1, 10'000},
     .doc = "How many messages of an idempotent producer a stream remembers, unless XCFGSET says "
            "otherwise. For streams that have none yet."},
    {.name = "stream-node-max-bytes",
     .kind = MemorySetting{&V::stream_node_max_bytes},
     .doc = "A block of a stream is closed when it has this many bytes; 0 sets no limit."},
    {.name = "stream-node-max-entries",
     .kind = IntegerSetting{&V::stream_node_max_entries, 0, kMaxInt64},
     .doc = "A block of a stream is closed when it has this many entries; 0 sets no limit."},
};

}  // namespace

constinit const SettingSection kEncodings = {
    "Encodings of values",
    "Small collections are packed into one array of bytes, which saves memory and is searched from "
    "end to end; these thresholds say when a collection is big enough for an index. Smaller "
    "numbers trade memory for speed.",
    kRows};

}  // namespace sorrel::setting_rows
