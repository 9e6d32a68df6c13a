// Scenario: an engine whose commands are lines of text, and everything that a command leaves behind
// besides its reply: the keyspace events, and the journal, which must rebuild the same data in an
// engine that sees nothing else.
//
//   Scenario run;
//   CHECK(run("SET key \"a b\" EX 10") == "+OK");
//   CHECK(run.events() == "new:key set:key expire:key");
//   CHECK(run.journal() == "SET key \"a b\" PXAT 1700000010000");
//   CHECK(run.rebuilt() == run.data());
//
// Replies are RESP with a space in the place of each CR LF, and none at the end. Every write
// command goes through rebuilt() in some test.
#pragma once

#include "core/resp/parser.h"
#include "tests/support/local_engine.h"

#include <map>
#include <string>
#include <vector>

namespace sorrel {

class Scenario final : private KeyListener {
 public:
  Scenario();
  ~Scenario() override;

  /// The reply to a command line; words are quoted as in redis.conf.
  std::string operator()(Bytes line);
  std::string operator()(const std::vector<std::string>& words);

  /// A key that holds a value of another type: what commands on strings must refuse.
  void put_list(Bytes key);

  /// Events since the last call, "name:key" each.
  std::string events();
  /// What the journal got since the last call: commands as lines, joined by "; ".
  std::string journal();

  /// Every key that is alive, of every database: type and value as commands show them, and expiry.
  using Data = std::map<std::string, std::string>;
  Data data() { return data_of(local); }
  /// The same of an engine that was given the whole journal, at the time it is now.
  Data rebuilt();

  LocalEngine local;

 private:
  void key_event(EventClass event_class, Bytes event, Bytes key, int db) override;
  void key_changed(Bytes, int) override {}
  void key_ready(Bytes, int) override {}
  void database_replaced(int, int) override {}

  static Data data_of(LocalEngine& engine);
  void read_journal();
  std::vector<std::vector<std::string>> parsed_from(size_t offset) const;

  Journal::Reader reader_;
  std::string journal_;
  size_t journal_shown_ = 0;
  std::string events_;
};

}  // namespace sorrel
