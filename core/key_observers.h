// KeyObservers: who hears of keys: keyspace events become messages, changes reach those who watch
// or track.
//
// Owned by the engine, which is told through Bookkeeping. It decides nothing: it hands on.
#pragma once

#include "core/keyspace/bookkeeping.h"
#include "core/watch_index.h"

namespace sorrel {

class Engine;

class KeyObservers final : public KeyListener {
 public:
  explicit KeyObservers(Engine& engine) : engine_(engine) {}

  WatchIndex& watches() { return watches_; }
  /// Whether anybody wants to be told of changes.
  bool wants_changes() const;

  void key_event(EventClass event_class, Bytes event, Bytes key, int db) override;
  void key_changed(Bytes key, int db) override;
  void key_ready(Bytes key, int db) override;
  void database_replaced(int db, int successor) override;

 private:
  Engine& engine_;
  WatchIndex watches_;
};

}  // namespace sorrel
