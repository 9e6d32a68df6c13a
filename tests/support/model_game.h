// ModelGame: random commands on keys of one type against a plain model of them, with snapshots of
// the databases frozen meanwhile and walked late: what a command changes in place must not show in
// them. In the end the journal must rebuild the same data, and all memory must be back.
//
// `Value` is what the model has for a key; a test derives from this, and says what is played, how a
// value is read, and what time does to the model.
#pragma once

#include "core/base/random.h"
#include "tests/support/scenario.h"

#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace sorrel {

template <class Value>
class ModelGame {
 public:
  using Model = std::map<std::string, Value>;

  virtual ~ModelGame() { forget_snapshots(); }
  ModelGame(const ModelGame&) = delete;
  ModelGame& operator=(const ModelGame&) = delete;

  void play(size_t steps);

 protected:
  explicit ModelGame(uint64_t seed, size_t databases = 1) : random_(seed), models_(databases) {}

  virtual void one_command() = 0;
  /// What the entry holds, with a check of how it is held.
  virtual Value read(const Entry& entry, int64_t now_ms) = 0;
  /// Takes out of the model what isn't there any more at that time.
  virtual void forget(Model& model, int64_t now_ms) = 0;
  /// Before each command: settings change, time passes, invariants are checked.
  virtual void between_commands() {}

  bool chance(uint64_t one_in) { return random_.below(one_in) == 0; }
  int64_t now_ms() { return run_.local.clock.unix_us() / 1000; }
  std::string key(size_t of) { return "k" + std::to_string(random_.below(of)); }
  Engine& engine() { return run_.local.engine; }
  Model& model() { return models_[db_]; }

  void expect(const std::vector<std::string>& words, const std::string& reply) {
    const std::string given = run_(words);
    if (given == reply) return;
    FAIL(words[0] << " " << words[1] << ": " << given.substr(0, 200) << " instead of "
                  << reply.substr(0, 200));
  }
  static std::string bulk(const std::string& bytes) {
    return "$" + std::to_string(bytes.size()) + " " + bytes;
  }
  template <class Integer>
  static std::string number(Integer value) {
    return ":" + std::to_string(value);
  }

  void forget_expired() {
    for (Model& one : models_) forget(one, now_ms());
  }
  /// Everything is as the model has it, and the index of elements' expiries has what it should.
  void compare();

  Random random_;
  Scenario run_;
  std::vector<Model> models_;  // by database
  size_t db_ = 0;              // the session's

 private:
  struct Snapshot {
    SnapshotId id;
    std::vector<Table<Entry>::View> views;
    std::vector<Model> models;
    int64_t now_ms;
  };
  static constexpr size_t kSnapshotsMax = 3;

  template <class Walk>
  Model read_all(const Walk& walk, int64_t now_ms) {
    Model model;
    walk.for_each([&](const Entry& entry) {
      if (!entry.expired(now_ms)) model[std::string(entry.key())] = read(entry, now_ms);
    });
    forget(model, now_ms);
    return model;
  }
  Keyspace& database(size_t number) { return engine().database(static_cast<int>(number)); }
  void freeze();
  void thaw(size_t which);
  void forget_snapshots() {
    for (const Snapshot& snapshot : snapshots_) engine().epoch().end_snapshot(snapshot.id);
    snapshots_.clear();
  }
  void finish();

  std::deque<Snapshot> snapshots_;
};

template <class Value>
void ModelGame<Value>::play(size_t steps) {
  for (size_t step = 0; step < steps; ++step) {
    between_commands();
    forget_expired();
    one_command();
    forget_expired();
    if (chance(150)) freeze();
    if (chance(120) && !snapshots_.empty()) thaw(random_.below(snapshots_.size()));
    if (chance(4)) engine().tick();
    if (chance(100)) compare();
  }
  while (!snapshots_.empty()) thaw(0);
  compare();
  REQUIRE(run_.rebuilt() == run_.data());
  finish();
}

template <class Value>
void ModelGame<Value>::compare() {
  engine().begin_turn();
  forget_expired();
  for (size_t db = 0; db < models_.size(); ++db) {
    Keyspace& keyspace = database(db);
    REQUIRE(read_all(keyspace.table(), now_ms()) == models_[db]);
    size_t indexed = 0;
    keyspace.table().for_each([&](const Entry& entry) {
      if (entry.form() != Entry::Form::kCollection) return;
      REQUIRE(entry.next_element_expiry() == entry.collection()->next_expiry());
      indexed += entry.next_element_expiry() != kNever;
    });
    REQUIRE(keyspace.element_expiries().size() == indexed);
  }
}

template <class Value>
void ModelGame<Value>::freeze() {
  if (snapshots_.size() == kSnapshotsMax) return;
  Snapshot snapshot{engine().epoch().begin_snapshot(), {}, models_, now_ms()};
  for (size_t db = 0; db < models_.size(); ++db) {
    snapshot.views.push_back(database(db).table().freeze());
  }
  snapshots_.push_back(std::move(snapshot));
}

template <class Value>
void ModelGame<Value>::thaw(size_t which) {
  const Snapshot& snapshot = snapshots_[which];
  for (size_t db = 0; db < models_.size(); ++db) {
    REQUIRE(read_all(snapshot.views[db], snapshot.now_ms) == snapshot.models[db]);
  }
  engine().epoch().end_snapshot(snapshot.id);
  snapshots_.erase(snapshots_.begin() + static_cast<std::ptrdiff_t>(which));
}

template <class Value>
void ModelGame<Value>::finish() {
  run_("FLUSHALL");
  while (engine().tick()) {
  }
  REQUIRE_FALSE(engine().epoch().has_retired());
  REQUIRE(engine().heap().used() == 0);
}

}  // namespace sorrel
