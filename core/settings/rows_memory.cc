#include "core/settings/setting_rows.h"

namespace sorrel::setting_rows {
namespace {

constexpr EnumSetting::Name kPolicies[] = {
    word("volatile-lru", EvictionPolicy::kVolatileLru),
    word("volatile-lfu", EvictionPolicy::kVolatileLfu),
    word("volatile-random", EvictionPolicy::kVolatileRandom),
    word("volatile-ttl", EvictionPolicy::kVolatileTtl),
    word("allkeys-lru", EvictionPolicy::kAllkeysLru),
    word("allkeys-lfu", EvictionPolicy::kAllkeysLfu),
    word("allkeys-random", EvictionPolicy::kAllkeysRandom),
    word("noeviction", EvictionPolicy::kNoEviction),
    word("volatile-lrm", EvictionPolicy::kVolatileLrm),
    word("allkeys-lrm", EvictionPolicy::kAllkeysLrm),
};

constexpr SettingSpec kRows[] = {
    {.name = "maxmemory",
     .kind = MemorySetting{&V::maxmemory},
     .doc = "Memory that the data may take; 0 sets no limit. When a command would need more, keys "
            "are evicted as maxmemory-policy says, or the command is refused. The buffers that "
            "feed replicas and the append-only file don't count, so leave room for them."},
    {.name = "maxmemory-policy",
     .kind = one_of<&V::maxmemory_policy>(kPolicies),
     .doc = "Which keys go when maxmemory is reached. `allkeys-` policies consider every key, "
            "`volatile-` ones only keys with an expiry: lru takes the least recently used, lfu the "
            "least often used, lrm the least recently modified (reads don't count), random any, "
            "ttl the one that expires next. noeviction refuses commands that need memory "
            "instead."},
    {.name = "maxmemory-samples",
     .kind = IntegerSetting{&V::maxmemory_samples, 1},
     .doc = "How many keys are drawn to find one to evict. More finds a better victim and costs "
            "more time; 10 is close to exact."},
    {.name = "maxmemory-eviction-tenacity",
     .kind = IntegerSetting{&V::maxmemory_eviction_tenacity, 0, 100},
     .doc = "How long one command may be held up by eviction, from 0 (a moment) to 100 (until "
            "memory is below the limit). 10 is half a millisecond."},
    {.name = "lfu-log-factor",
     .kind = IntegerSetting{&V::lfu_log_factor},
     .doc = "How slowly the access counter of the lfu policies grows: with 0 every access counts, "
            "with 10 about a million accesses fill it, with 100 ten million."},
    {.name = "lfu-decay-time",
     .kind = IntegerSetting{&V::lfu_decay_time},
     .doc = "Minutes without an access after which the counter of the lfu policies is lowered by "
            "one; 0 never lowers it."},
    {.name = "replica-ignore-maxmemory",
     .kind = YesNoSetting{&V::replica_ignore_maxmemory},
     .doc = "A replica doesn't evict on its own but follows what its primary evicts.",
     .flags = kNotServed,
     .aliases = {"slave-ignore-maxmemory"}},
    {.name = "active-expire-effort",
     .kind = IntegerSetting{&V::active_expire_effort, 1, 10},
     .doc = "How much time each turn may spend on deleting keys that have expired but aren't "
            "asked for, from 1 to 10. Higher frees memory sooner."},
    {.name = "lazyfree-lazy-eviction",
     .kind = YesNoSetting{&V::lazyfree_lazy_eviction},
     .doc = "Whether an evicted value counts as unlinked (freed later, in slices) or as deleted. "
            "Freeing big values is sliced in either case and never holds up other clients."},
    {.name = "lazyfree-lazy-expire",
     .kind = YesNoSetting{&V::lazyfree_lazy_expire},
     .doc = "The same for values whose key has expired."},
    {.name = "lazyfree-lazy-server-del",
     .kind = YesNoSetting{&V::lazyfree_lazy_server_del},
     .doc = "The same for values that a command replaces (SET, RENAME and others): big ones are "
            "always freed later, in slices.",
     .flags = kNoEffect},
    {.name = "lazyfree-lazy-user-del",
     .kind = YesNoSetting{&V::lazyfree_lazy_user_del},
     .doc = "DEL behaves as UNLINK."},
    {.name = "lazyfree-lazy-user-flush",
     .kind = YesNoSetting{&V::lazyfree_lazy_user_flush},
     .doc = "FLUSHALL and FLUSHDB without an argument behave as with ASYNC. They always do: the "
            "keys are gone at once, the memory is freed in slices.",
     .flags = kNoEffect},
    {.name = "jemalloc-bg-thread",
     .kind = YesNoSetting{&V::jemalloc_bg_thread},
     .doc = "Let the allocator give unused memory back to the system from a thread of its own, so "
            "that no command waits for it. Only the standalone server does it: an embedded "
            "instance uses its host's allocator."},
    {.name = "activedefrag",
     .kind = YesNoSetting{&V::activedefrag},
     .doc = "Move live data together while serving, so that the memory of what was deleted can "
            "go back to the system."},
    {.name = "active-defrag-ignore-bytes",
     .kind = MemorySetting{&V::active_defrag_ignore_bytes, 1},
     .doc = "Don't start while less than this is wasted, in gaps between live data."},
    {.name = "active-defrag-threshold-lower",
     .kind = IntegerSetting{&V::active_defrag_threshold_lower, 0, 1000},
     .doc = "Percentage of waste, held against the live data, at which moving starts."},
    {.name = "active-defrag-threshold-upper",
     .kind = IntegerSetting{&V::active_defrag_threshold_upper, 0, 1000},
     .doc = "Percentage of waste at which the full effort is made."},
    {.name = "active-defrag-cycle-min",
     .kind = IntegerSetting{&V::active_defrag_cycle_min, 1, 99},
     .doc = "Share of CPU time, in percent, spent on moving at the lower threshold."},
    {.name = "active-defrag-cycle-max",
     .kind = IntegerSetting{&V::active_defrag_cycle_max, 1, 99},
     .doc = "Share of CPU time, in percent, spent on moving at the upper threshold."},
    {.name = "active-defrag-cycle-us",
     .kind = IntegerSetting{&V::active_defrag_cycle_us, 0, 100'000},
     .doc = "Longest single step of moving, in microseconds. Clients are served between steps."},
    {.name = "active-defrag-max-scan-fields",
     .kind = IntegerSetting{&V::active_defrag_max_scan_fields, 1, kMaxInt64},
     .doc = "Most elements of one collection that are looked at in a step."},
};

}  // namespace

constinit const SettingSection kMemory = {
    "Memory, eviction and expiry",
    "How much the data may take, what goes first when it is too much, and how what has expired is "
    "freed.",
    kRows};

}  // namespace sorrel::setting_rows
