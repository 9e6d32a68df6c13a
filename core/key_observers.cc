#include "core/key_observers.h"

#include "core/engine.h"

namespace sorrel {

bool KeyObservers::wants_changes() const {
  return !watches_.empty() || engine_.tracking().active();
}

// https://redis.io/docs/latest/develop/use/keyspace-notifications/
void KeyObservers::key_event(EventClass /*event_class*/, Bytes event, Bytes key, int db) {
  const uint32_t wanted = engine_.books().event_mask;
  try {
    const std::string at = "@" + std::to_string(db) + "__:";
    if ((wanted & kEventKeyspace) != 0) {
      engine_.pubsub().publish("__keyspace" + at + std::string(key), event);
    }
    if ((wanted & kEventKeyevent) != 0) {
      engine_.pubsub().publish("__keyevent" + at + std::string(event), key);
    }
  } catch (const std::bad_alloc&) {
    // The change is half done: it goes on.
    engine_.host().log(LogLevel::kWarning, "Out of memory: a keyspace event was lost");
  }
}

void KeyObservers::key_changed(Bytes key, int db) {
  if (!watches_.empty()) watches_.key_changed(key, engine_.database(db), engine_.now_ms());
  engine_.tracking().key_changed(key);
}

void KeyObservers::key_ready(Bytes key, int db) {
  engine_.blocking().key_ready(key, db);
}

void KeyObservers::database_replaced(int db, int successor) {
  watches_.database_replaced(engine_.database(db),
                             successor == kNobody ? nullptr : &engine_.database(successor),
                             engine_.now_ms());
}

}  // namespace sorrel
