// MemoryLimit: what the instance uses, held against maxmemory and maxmemory-clients.
//
// Used memory is what the heap has given out and what the sessions' buffers take. When it is over
// maxmemory, keys go by the policy (core/keyspace/eviction.h), no longer at a time than
// maxmemory-eviction-tenacity allows: before each command that the gate lets in, and on in the
// background. When clients are over their limit, the largest of them is cut off.
//
// Owned by the engine. It frees nothing itself: what is evicted is retired as any key that goes.
#pragma once

#include "core/client_memory.h"
#include "core/keyspace/eviction.h"

#include <cstddef>
#include <cstdint>

namespace sorrel {

class Engine;

class MemoryLimit {
 public:
  explicit MemoryLimit(Engine& engine) : engine_(engine) {}

  /// Keys, tables, sessions' buffers, in bytes.
  size_t used() const;
  ClientMemory& clients() { return clients_; }

  /// Evicts keys, as long as the tenacity allows, until what is used is within maxmemory. False
  /// when it isn't and nothing can be evicted.
  bool make_room();
  /// The limit may be another one: what is over it goes without waiting for a command.
  void look_anew();
  /// Cuts the largest clients off while they are over their limit together.
  void evict_clients();
  /// The background's share of both limits; returns whether there is more to do now.
  bool tick();
  /// How long memory has been over maxmemory, 0 when it isn't.
  int64_t over_ms() const;

 private:
  size_t limit() const;
  bool is_kept() const;
  bool evict_keys();
  bool evict_keys_since(int64_t began_ns);

  Engine& engine_;
  Evictor evictor_;
  ClientMemory clients_;
  int64_t over_since_ns_ = 0;  // 0: memory is within maxmemory
};

}  // namespace sorrel
