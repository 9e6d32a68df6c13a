// The deterministic episode test: random operations on two databases in short snapshot episodes.
//
// Up to three snapshots overlap. Each is walked a segment at a time between the operations, and
// once more, late, before it ends; it must equal the model as it was when it began. Besides that,
// every block a snapshot contains is remembered with a checksum: it may be neither freed nor
// changed before the snapshot ends, and no path of set fresh bits may lead to one (DESIGN.md,
// section 5, invariants 1 to 6). The same code, compiled against a structure with a planted bug,
// must find it: the mutation lane.
#pragma once

#include "tests/unit/core/structure/episode_world.h"
#include "tests/unit/core/structure/table_check.h"
#include "tests/unit/core/structure/tracking_heap.h"

#include <iterator>
#include <list>
#include <string>
#include <utility>
#include <vector>

namespace sorrel::episode {

class Runner {
 public:
  explicit Runner(uint64_t seed) : random_(seed), epoch_(heap_) {}

  /// Runs so many episodes; the first fault, or nothing.
  std::string run(size_t episodes);

 private:
  static constexpr size_t kDatabases = 2;
  static constexpr uint64_t kKeys = 500;
  static constexpr uint64_t kFieldKeys = 60;
  static constexpr size_t kSnapshotsMax = 3;

  struct Database {
    explicit Database(Epoch& epoch) : table(epoch, Record::rehash, nullptr) {}
    Records table;
    Model model;
  };
  struct FrozenDatabase {
    Records::View view;
    Model model;
    uint64_t position = 0;  // of the walk that goes on between operations
    bool walked = false;
    size_t seen = 0;
  };
  struct Snapshot {
    SnapshotId id;
    std::vector<FrozenDatabase> databases;
    std::map<const void*, std::pair<size_t, uint64_t>> blocks;  // bytes and checksum
  };

  /// What an episode does mostly: growing, steady or shrinking. The rest are changes in place.
  struct Mix {
    unsigned insert_percent;
    unsigned erase_percent;
  };
  bool chance(unsigned percent) { return random_.below(100) < percent; }
  void fail(const std::string& fault) { heap_.note(fault); }
  bool failed() const { return !heap_.fault().empty(); }

  // The operations, each on a random key.
  void operate(const Mix& mix);
  void insert(Database& database, uint64_t key);
  void erase(Database& database, uint64_t key);
  void overwrite(Database& database, uint64_t key);
  void replace(Database& database, uint64_t key);
  void reshape(Database& database, uint64_t key);
  void rename(Database& from, uint64_t key);
  void edit_body(Database& database, uint64_t key);
  void edit_fields(Database& database, uint64_t key);
  void clear(Database& database);

  Owned<Record> make_record(uint64_t key, RecordModel& model);
  Owned<Body> make_body(const std::string& text);
  /// A random key that is there, when any is.
  uint64_t existing_key(const Database& database) {
    const auto next = database.model.lower_bound(random_.below(kKeys));
    return next == database.model.end() ? random_.below(kKeys) : next->first;
  }
  std::string random_text() { return std::string(random_.below(40), 'a' + random_.next() % 26); }

  // Snapshots.
  void begin_snapshot();
  void end_snapshot(size_t which);
  void step_walks();
  static void check_item(const FrozenDatabase& frozen, const Record& record, size_t& seen);
  template <class OnBlock>
  void visit_blocks(const Database& database, OnBlock&& block);
  static uint64_t checksum(const void* block, size_t bytes);

  void check_live();
  void check_costs(uint64_t retired_before, uint64_t bound);
  void finish();

  Random random_;
  TrackingHeap heap_;
  Epoch epoch_;
  std::list<Database> databases_;
  std::list<Snapshot> snapshots_;
  uint64_t versions_ = 0;
};

inline std::string Runner::run(size_t episodes) {
  for (size_t i = 0; i < kDatabases; ++i) databases_.emplace_back(epoch_);
  for (size_t episode = 0; episode < episodes && !failed(); ++episode) {
    static constexpr Mix kMixes[] = {{65, 10}, {25, 25}, {2, 75}, {75, 2}, {5, 70}};
    const Mix& mix = kMixes[episode % std::size(kMixes)];
    const size_t operations = 20 + random_.below(300);
    for (size_t i = 0; i < operations && !failed(); ++i) {
      if (snapshots_.size() < kSnapshotsMax && chance(2)) begin_snapshot();
      if (!snapshots_.empty() && chance(1)) end_snapshot(random_.below(snapshots_.size()));
      operate(mix);
      if (chance(30)) step_walks();
      if (chance(20)) epoch_.reclaim(random_.below(20));
      if (chance(5)) check_live();
    }
    while (!snapshots_.empty() && !failed() && chance(80)) {
      end_snapshot(random_.below(snapshots_.size()));
    }
    if (snapshots_.empty()) heap_.release_quarantine();
  }
  if (!failed()) finish();
  return heap_.fault();
}

inline void Runner::operate(const Mix& mix) {
  Database& database = chance(70) ? databases_.front() : databases_.back();
  const uint64_t key = existing_key(database);
  const uint64_t retired = epoch_.retired_total();
  // Root, page, segment, the buddies of the last two, and the record with its body and box.
  uint64_t bound = 5 + 3;
  const uint64_t dice = random_.below(100);
  if (dice < mix.insert_percent) {
    insert(database, random_.below(kKeys));
  } else if (dice < mix.insert_percent + mix.erase_percent) {
    erase(database, key);
  } else if (random_.below(500) == 0) {
    clear(database);
  } else if (random_.below(200) == 0) {
    databases_.front().table.swap(databases_.back().table);
    std::swap(databases_.front().model, databases_.back().model);
  } else {
    switch (random_.below(6)) {
      case 0:
        overwrite(database, key);
        break;
      case 1:
        replace(database, key);
        break;
      case 2:
        reshape(database, key);
        break;
      case 3:
        rename(database, key);
        bound *= 2;  // two operations
        break;
      case 4:
        edit_body(database, key);
        break;
      default:
        edit_fields(database, key);
        bound = UINT64_MAX;  // many operations
    }
  }
  check_costs(retired, bound);
}

inline void Runner::check_costs(uint64_t retired_before, uint64_t bound) {
  if (epoch_.retired_total() - retired_before > bound) fail("an operation copied too much");
}

inline Owned<Body> Runner::make_body(const std::string& text) {
  auto* body = ::new (heap_.allocate(sizeof(Body) + text.size())) Body{text.size()};
  std::memcpy(body->data(), text.data(), text.size());
  return Owned<Body>::adopt(body, epoch_);
}

inline Owned<Record> Runner::make_record(uint64_t key, RecordModel& model) {
  model = RecordModel{++versions_, std::nullopt, std::nullopt};
  auto* record = ::new (heap_.allocate(sizeof(Record))) Record{key, model.version, {}, {}};
  if (chance(40)) {
    model.body = random_text();
    record->body = make_body(*model.body);
  }
  if (chance(20)) {
    model.fields.emplace();
    auto* box = ::new (heap_.allocate(sizeof(Box))) Box{Fields(epoch_, Field::rehash, nullptr)};
    record->box = Owned<Box>::adopt(box, epoch_);
  }
  return Owned<Record>::adopt(record, epoch_);
}

inline void Runner::insert(Database& database, uint64_t key) {
  if (database.model.count(key) != 0) return overwrite(database, key);
  const auto place = database.table.insert(make_record(key, database.model[key]), hash_of(key));
  if (database.table.item(place).key != key) fail("an insert's place is another item's");
}

inline void Runner::erase(Database& database, uint64_t key) {
  const auto place = database.table.locate(key_bytes(key), hash_of(key));
  if (static_cast<bool>(place) != (database.model.erase(key) != 0)) fail("locate is wrong");
  if (place) database.table.extract(place).drop(epoch_);
}

inline void Runner::overwrite(Database& database, uint64_t key) {
  const auto place = database.table.locate(key_bytes(key), hash_of(key));
  if (!place) return;
  database.table.thaw(place).version = database.model.at(key).version = ++versions_;
}

inline void Runner::replace(Database& database, uint64_t key) {
  const auto place = database.table.locate(key_bytes(key), hash_of(key));
  if (place) database.table.replace(place, make_record(key, database.model.at(key)));
}

/// The same value in another block, as an entry does that gets an expiry.
inline void Runner::reshape(Database& database, uint64_t key) {
  const auto place = database.table.locate(key_bytes(key), hash_of(key));
  if (!place) return;
  Record& old = database.table.thaw(place);
  auto* made = ::new (heap_.allocate(sizeof(Record)))
      Record{key, old.version, std::move(old.body), std::move(old.box)};
  database.table.exchange(place, Owned<Record>::adopt(made, epoch_)).release(epoch_);
}

inline void Runner::rename(Database& from, uint64_t key) {
  Database& to = chance(50) ? databases_.front() : databases_.back();
  const uint64_t now = random_.below(kKeys);
  if (to.model.count(now) != 0) return;
  const auto place = from.table.locate(key_bytes(key), hash_of(key));
  if (!place) return;
  Owned<Record> record = from.table.extract(place);
  record.thaw(epoch_).key = now;
  to.table.insert(std::move(record), hash_of(now));
  RecordModel model = std::move(from.model.at(key));
  from.model.erase(key);
  to.model[now] = std::move(model);
}

inline void Runner::edit_body(Database& database, uint64_t key) {
  const auto place = database.table.locate(key_bytes(key), hash_of(key));
  if (!place) return;
  RecordModel& model = database.model.at(key);
  Record& record = database.table.thaw(place);
  if (!record.body || chance(30)) {
    model.body = random_text();
    record.body.drop(epoch_);
    record.body = make_body(*model.body);
  } else if (!model.body->empty()) {
    const size_t at = random_.below(model.body->size());
    (*model.body)[at] = record.body.thaw(epoch_).data()[at] =
        static_cast<char>('A' + random_.below(26));
  }
}

inline void Runner::edit_fields(Database& database, uint64_t key) {
  const auto place = database.table.locate(key_bytes(key), hash_of(key));
  if (!place || !database.table.item(place).box) return;
  auto& model = *database.model.at(key).fields;
  Fields& fields = database.table.thaw(place).box.thaw(epoch_).fields;
  const bool growing = chance(60);
  for (size_t i = random_.below(60); i != 0; --i) {
    const uint64_t field_key = random_.below(kFieldKeys);
    const auto field = fields.locate(key_bytes(field_key), hash_of(field_key));
    if (field && chance(growing ? 20 : 80)) {
      fields.extract(field).drop(epoch_);
      model.erase(field_key);
    } else if (field) {
      fields.thaw(field).value = model[field_key] = ++versions_;
    } else if (growing) {
      auto* made = ::new (heap_.allocate(sizeof(Field))) Field{field_key, ++versions_};
      fields.insert(Owned<Field>::adopt(made, epoch_), hash_of(field_key));
      model[field_key] = made->value;
    }
  }
  if (!chance(3)) return;
  fields.clear();
  model.clear();
}

inline void Runner::clear(Database& database) {
  database.table.clear();
  database.model.clear();
}

inline uint64_t Runner::checksum(const void* block, size_t bytes) {
  uint64_t sum = 0xcbf29ce484222325;
  for (size_t i = 0; i < bytes; ++i) {
    sum = (sum ^ static_cast<const unsigned char*>(block)[i]) * 0x100000001b3;
  }
  return sum;
}

/// `block(const void*, bytes, fresh)` for every block that the database leads to.
template <class OnBlock>
void Runner::visit_blocks(const Database& database, OnBlock&& block) {
  TableCheck<Record, TinyLimits>::visit(
      database.table, block, [&](const Owned<Record>& record, bool fresh) {
        block(record.get(), sizeof(Record), fresh);
        if (record->body) {
          block(record->body.get(), Body::bytes(*record->body), fresh && record->body.fresh());
        }
        if (!record->box) return;
        const bool box_fresh = fresh && record->box.fresh();
        block(record->box.get(), sizeof(Box), box_fresh);
        TableCheck<Field, TinyLimits>::visit(
            record->box->fields,
            [&](const void* inner, size_t bytes, bool inner_fresh) {
              block(inner, bytes, box_fresh && inner_fresh);
            },
            [&](const Owned<Field>& field, bool field_fresh) {
              block(field.get(), sizeof(Field), box_fresh && field_fresh);
            });
      });
}

inline void Runner::begin_snapshot() {
  Snapshot& snapshot = snapshots_.emplace_back(Snapshot{epoch_.begin_snapshot(), {}, {}});
  const uint64_t calls = heap_.calls();
  for (Database& database : databases_) {
    snapshot.databases.push_back(FrozenDatabase{database.table.freeze(), database.model});
  }
  if (heap_.calls() != calls) fail("freezing a table took memory");
  for (const Database& database : databases_) {
    visit_blocks(database, [&](const void* block, size_t bytes, bool) {
      snapshot.blocks[block] = {bytes, checksum(block, bytes)};
      heap_.freeze(block);
    });
  }
}

inline void Runner::check_item(const FrozenDatabase& frozen, const Record& record, size_t& seen) {
  const auto found = frozen.model.find(record.key);
  seen += found != frozen.model.end() && equals(record, found->second);
}

inline void Runner::step_walks() {
  const uint64_t calls = heap_.calls();
  for (Snapshot& snapshot : snapshots_) {
    for (FrozenDatabase& frozen : snapshot.databases) {
      if (frozen.walked || frozen.view.size() == 0) continue;
      size_t visited = 0;
      size_t matching = 0;
      frozen.position = frozen.view.visit_segment(frozen.position, [&](const Record& record) {
        ++visited;
        check_item(frozen, record, matching);
      });
      if (matching != visited) fail("a snapshot's segment changed");
      frozen.seen += visited;
      frozen.walked = frozen.position == 0;
      if (frozen.walked && frozen.seen != frozen.model.size()) fail("a walk missed items");
    }
  }
  if (heap_.calls() != calls) fail("a walk allocated or freed");
}

inline void Runner::end_snapshot(size_t which) {
  const auto snapshot = std::next(snapshots_.begin(), static_cast<long>(which));
  for (const auto& [block, state] : snapshot->blocks) {
    if (checksum(block, state.first) != state.second) fail("a frozen block was changed");
  }
  if (failed()) return;
  for (const FrozenDatabase& frozen : snapshot->databases) {
    size_t seen = 0;
    size_t items = 0;
    frozen.view.for_each([&](const Record& record) {
      ++items;
      check_item(frozen, record, seen);
    });
    if (seen != frozen.model.size() || items != seen) fail("a snapshot differs from its model");
    for (const auto& [key, model] : frozen.model) {
      const Record* record = frozen.view.find(key_bytes(key), hash_of(key));
      if (record == nullptr || !equals(*record, model)) fail("a snapshot doesn't find a key");
    }
  }
  for (const auto& [block, state] : snapshot->blocks) heap_.unfreeze(block);
  epoch_.end_snapshot(snapshot->id);
  snapshots_.erase(snapshot);
}

inline void Runner::check_live() {
  for (const Database& database : databases_) {
    const std::string fault = fault_of(database.table, heap_);
    if (!fault.empty()) return fail(fault);
    visit_blocks(database, [&](const void* block, size_t, bool fresh) {
      if (fresh && epoch_.frozen() && heap_.is_frozen(block)) {
        fail("a fresh reference leads to what a snapshot contains");
      }
    });
    size_t matching = 0;
    database.table.for_each([&](const Record& record) {
      const auto found = database.model.find(record.key);
      matching += found != database.model.end() && equals(record, found->second);
    });
    if (matching != database.model.size()) fail("the table differs from its model");
    if (matching != database.table.size()) fail("the table has more than its model");
  }
}

/// Everything goes, and not a byte is left.
inline void Runner::finish() {
  check_live();
  while (!snapshots_.empty() && !failed()) end_snapshot(0);
  if (failed()) return;
  for (Database& database : databases_) clear(database);
  while (epoch_.reclaim(7)) {
  }
  if (epoch_.has_retired() || epoch_.retired_items() != 0 || epoch_.retired_bytes() != 0) {
    fail("something stays on the retire list");
  }
  if (heap_.used() != 0 || heap_.blocks() != 0) fail("memory was lost");
  heap_.release_quarantine();
}

}  // namespace sorrel::episode
