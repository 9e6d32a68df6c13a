#include "persistence/snapshot.h"

namespace sorrel {

Snapshot::Snapshot(Engine& engine)
    : epoch_(engine.epoch()),
      now_ms_(engine.now_ms()),
      changes_(engine.books().dirty),
      used_memory_(engine.used_memory()) {
  databases_.reserve(static_cast<size_t>(engine.database_count()));
  id_ = epoch_.begin_snapshot();
  freeze_databases(engine);
}

Snapshot::~Snapshot() {
  epoch_.end_snapshot(id_);
}

// Nothing in here can fail: the snapshot has begun.
void Snapshot::freeze_databases(Engine& engine) {
  for (int number = 0; number < engine.database_count(); ++number) {
    Keyspace& db = engine.database(number);
    // Empty ones are frozen, too: their first key makes no difference to this snapshot, but their
    // tables must know that one lives.
    Table<Entry>::View view = db.table().freeze();
    has_expiring_elements_ |= db.element_expiries().size() != 0;
    if (db.size() == 0) continue;
    keys_ += db.size();
    databases_.push_back(Database{number, view, db.expiries().size()});
  }
}

}  // namespace sorrel
