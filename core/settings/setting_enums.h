// The words that enumerated settings can take, as types. Their spelling in redis.conf is in the
// rows (core/settings/rows_*.cc); nothing else converts between the two.
#pragma once

#include <cstdint>

namespace sorrel {

/// maxmemory-policy. `lru` is least recently used by reads and writes, `lrm` least recently
/// modified.
enum class EvictionPolicy : uint8_t {
  kNoEviction,
  kVolatileLru,
  kVolatileLfu,
  kVolatileRandom,
  kVolatileTtl,
  kVolatileLrm,
  kAllkeysLru,
  kAllkeysLfu,
  kAllkeysRandom,
  kAllkeysLrm,
};

/// Whether a policy takes only keys that have an expiry.
constexpr bool is_volatile(EvictionPolicy policy) {
  return policy >= EvictionPolicy::kVolatileLru && policy <= EvictionPolicy::kVolatileLrm;
}
constexpr bool is_lfu(EvictionPolicy policy) {
  return policy == EvictionPolicy::kVolatileLfu || policy == EvictionPolicy::kAllkeysLfu;
}

enum class LogLevel : uint8_t { kDebug, kVerbose, kNotice, kWarning, kNothing };
enum class LogFormat : uint8_t { kLegacy, kLogfmt };
enum class LogTimestampFormat : uint8_t { kLegacy, kIso8601, kMilliseconds };
enum class SyslogFacility : uint8_t {
  kUser,
  kLocal0,
  kLocal1,
  kLocal2,
  kLocal3,
  kLocal4,
  kLocal5,
  kLocal6,
  kLocal7,
};
enum class Supervision : uint8_t { kNo, kUpstart, kSystemd, kAuto };
enum class OomScoreAdj : uint8_t { kNo, kRelative, kAbsolute };
/// enable-debug-command and its like: who may.
enum class Permission : uint8_t { kNo, kYes, kLocal };
enum class AclPubsubDefault : uint8_t { kResetChannels, kAllChannels };
enum class SanitizeDumpPayload : uint8_t { kNo, kYes, kClients };
enum class AppendFsync : uint8_t { kEverySecond, kAlways, kNo };
enum class DisklessLoad : uint8_t { kDisabled, kOnEmptyDb, kSwapDb };
enum class PropagationErrorBehavior : uint8_t { kIgnore, kPanic, kPanicOnReplicas };
enum class ClusterEndpointType : uint8_t { kIp, kHostname, kUnknownEndpoint };
enum class TlsAuthClients : uint8_t { kNo, kYes, kOptional };
enum class RdbVersionCheck : uint8_t { kStrict, kRelaxed };

/// shutdown-on-sigint and shutdown-on-sigterm: a set of these bits; none is "default".
enum ShutdownFlag : uint8_t {
  kShutdownDefault = 0,
  kShutdownSave = 1,
  kShutdownNoSave = 2,
  kShutdownNow = 4,
  kShutdownForce = 8,
};

}  // namespace sorrel
