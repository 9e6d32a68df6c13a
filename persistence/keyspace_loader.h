// KeyspaceLoader: the visitor that puts what an RDB file holds into an engine's databases.
//
// Used by recovery and DEBUG RELOAD. Neither dirty counts nor events nor the journal learn of what
// is loaded, and nobody waits for it. A key that is there twice, or a database that there isn't,
// ends the loading; what was put in stays until whoever loads empties the databases.
#pragma once

#include "core/engine.h"
#include "persistence/rdb_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sorrel {

class KeyspaceLoader final : public RdbVisitor {
 public:
  struct Options {
    /// Keys whose time has come are kept: what follows (an append-only file, a primary's stream)
    /// deletes them itself.
    bool keep_expired = false;
    /// DEBUG RELOAD MERGE: a key that is there already gives way.
    bool replace = false;
  };

  /// What the file said, and what came of it.
  struct Outcome {
    uint64_t keys = 0;
    uint64_t expired = 0;  // left out
    uint64_t empty = 0;    // left out
    bool aof_base = false;
    int repl_stream_db = -1;
    std::string repl_id;
    int64_t repl_offset = -1;
    std::string redis_version;
    int64_t created_s = 0;
    uint64_t used_memory = 0;
    uint64_t functions = 0;  // libraries, left out: nothing here can run them
    /// Names of modules whose own data were left out.
    std::vector<std::string> modules;
  };

  KeyspaceLoader(Engine& engine, const Options& options);
  ~KeyspaceLoader() override;
  KeyspaceLoader(const KeyspaceLoader&) = delete;
  KeyspaceLoader& operator=(const KeyspaceLoader&) = delete;

  const Outcome& outcome() const { return outcome_; }

  Status aux(Bytes name, Bytes value) override;
  Status select_db(uint64_t number) override;
  Status entry(RdbEntry& entry) override;
  Status empty_key(Bytes key) override;
  Status module_aux(Bytes module) override;
  Status function(Bytes source) override;

 private:
  Status set_member_expiries(Bytes value);
  Status set_stream_schedule(Bytes name, Bytes value);
  void set_clock(const Entry& entry, const RdbEntry& read);
  Status take_stream_extras(RdbEntry& entry);

  Engine& engine_;
  const Options options_;
  int db_ = 0;
  Outcome outcome_;
  std::vector<std::pair<std::string, std::string>> stream_extras_;  // of the key that comes next
  uint64_t dirty_before_;
  KeyListener* listener_;  // who hears of nothing for so long
};

}  // namespace sorrel
