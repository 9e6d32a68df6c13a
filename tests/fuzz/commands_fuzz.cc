// Bytes as commands to an engine: any command of the table, with words that fit somewhere, or with
// bytes as they come. What comes back is replies; the data stay such that they can be read, copied
// and described; a frozen view stays what it was; and when all is gone, memory is where it was.
#include "core/base/check.h"
#include "core/digest.h"
#include "core/resp/reply_reader.h"
#include "tests/support/local_engine.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace sorrel;

constexpr const char* kWords =
    "0 1 2 3 -1 -2 5 10 100 1.5 -inf +inf nan (1 [a - + (b a b c d * k* NX XX GT LT CH INCR "
    "EX PX EXAT PXAT PERSIST KEEPTTL GET LEFT RIGHT BEFORE AFTER COUNT MATCH LIMIT WEIGHTS "
    "STORE BY ALPHA DESC ASC FIELDS MEMBERS FNX FXX BYSCORE BYLEX REV MIN MAX WITHSCORES "
    "RANK MAXLEN TYPE NOVALUES AND OR XOR NOT DIFF BIT BYTE u8 i5 #1 OVERFLOW SAT FAIL "
    "REPLACE DB AGGREGATE SUM 13.36 38.11 km m BYRADIUS BYBOX FROMMEMBER 9223372036854775807 "
    "-9223372036854775808 4294967295 1e300";

/// Commands that end, hold or wait for something outside of the data, or take any time they are
/// asked for.
constexpr Bytes kLeftOut[] = {"debug",        "shutdown",   "config",  "acl",    "save", "bgsave",
                              "bgrewriteaof", "pfselftest", "monitor", "client", "quit"};

/// So small that every encoding is met.
constexpr std::pair<const char*, const char*> kSettings[] = {
    {"hash-max-listpack-entries", "4"}, {"hash-max-listpack-value", "12"},
    {"set-max-intset-entries", "4"},    {"set-max-listpack-entries", "4"},
    {"zset-max-listpack-entries", "4"}, {"zset-max-listpack-value", "12"},
    {"list-max-listpack-size", "3"},    {"proto-max-bulk-len", "1mb"}};

class Fuzzer {
 public:
  Fuzzer(const uint8_t* data, size_t size) : at_(data), end_(data + size) {
    std::istringstream words(kWords);
    for (std::string word; words >> word;) words_.push_back(word);
    for (const auto& [setting, value] : kSettings) {
      local_.run("CONFIG", "SET", setting, value);
    }
    for (const auto& command : local_.engine.commands().all()) {
      const Bytes name = command->spec->name;
      const size_t bar = name.find('|');
      if (std::count(std::begin(kLeftOut), std::end(kLeftOut), name.substr(0, bar)) != 0) continue;
      names_.push_back({std::string(name.substr(0, bar))});
      if (bar != Bytes::npos) names_.back().emplace_back(name.substr(bar + 1));
    }
  }

  void play() {
    while (at_ != end_) {
      one_command();
      if (below(16) == 0) local_.clock.advance_ms(static_cast<int64_t>(below(3000)));
      if (below(8) == 0) local_.engine.tick();
      if (below(24) == 0) freeze();
      if (below(24) == 0) thaw();
    }
    thaw();
    look_at_everything();
    local_.run("RESET");
    local_.run("FLUSHALL");
    while (local_.engine.tick()) {
    }
    VERIFY(!local_.engine.epoch().has_retired());
    VERIFY(local_.engine.heap().used() == 0);
  }

 private:
  uint8_t byte() { return at_ == end_ ? 0 : *at_++; }
  size_t below(size_t bound) { return byte() % bound; }

  std::string word() {
    const size_t kind = below(8);
    if (kind < 3) return "k" + std::to_string(below(6));
    if (kind < 7) return words_[(byte() | size_t{byte()} << 8) % words_.size()];
    std::string bytes(below(40), ' ');
    for (char& one : bytes) one = static_cast<char>(byte());
    return bytes;
  }

  void one_command() {
    std::vector<std::string> words = names_[(byte() | size_t{byte()} << 8) % names_.size()];
    for (size_t more = below(9); more != 0; --more) words.push_back(word());
    run(words);
  }

  void run(const std::vector<std::string>& words) {
    const std::vector<Bytes> args(words.begin(), words.end());
    const std::string reply = local_.run_in(local_.session, args);
    VERIFY(local_.engine.database(0).size() < 10'000);
    if (local_.session.has(Session::kBlocked)) return local_.engine.end_wait(local_.session);
    VERIFY(!reply.empty());
    ReplyReader reader;
    size_t read = 0;
    while (read < reply.size()) {
      VERIFY(reader.next(reply) == ReplyReader::Outcome::kReply);
      static_cast<void>(reader.take(reply));
      read = reader.consumed();
    }
  }

  /// Each value is walked whole, by itself and as a copy: one says what the other does.
  void look_at_everything() {
    local_.run("RESET");
    const Digest before = digest_all(local_.engine);
    for (int db = 0; db < local_.engine.database_count(); ++db) {
      Keyspace& keyspace = local_.engine.database(db);
      std::vector<std::string> keys;
      keyspace.table().for_each([&](const Entry& entry) { keys.emplace_back(entry.key()); });
      const std::string number = std::to_string(db);
      local_.run("SELECT", number);
      for (const std::string& key : keys) {
        if (local_.run("COPY", key, "copy of it", "REPLACE") != ":1\r\n") continue;
        const Entry* from = keyspace.peek(key);
        const Entry* to = keyspace.peek("copy of it");
        VERIFY(digest_value(local_.engine, *from) == digest_value(local_.engine, *to));
        VERIFY(from->encoding_name() == to->encoding_name() || from->type() == Type::kString);
        VERIFY(from->footprint(local_.engine.heap(), 0) != 0);
      }
      local_.run("DEL", "copy of it");
    }
    VERIFY(digest_all(local_.engine) == before);
  }

  /// Enough of each key to notice that its value has changed.
  template <class Walk>
  std::vector<std::string> figures(const Walk& walk) {
    std::vector<std::string> all;
    // Be they due: a view has what there was.
    local_.engine.books().expired_until_ms = INT64_MIN;
    walk.for_each([&](const Entry& entry) {
      const Digest digest = digest_value(local_.engine, entry);
      all.push_back(std::string(entry.key()) + ' ' + std::string(digest.begin(), digest.end()));
    });
    local_.engine.begin_turn();
    std::sort(all.begin(), all.end());
    return all;
  }

  void freeze() {
    if (snapshot_) return;
    snapshot_ = local_.engine.epoch().begin_snapshot();
    Table<Entry>& table = local_.engine.database(0).table();
    frozen_ = figures(table);
    view_ = table.freeze();
  }
  void thaw() {
    if (!snapshot_) return;
    VERIFY(figures(*view_) == frozen_);
    local_.engine.epoch().end_snapshot(*snapshot_);
    snapshot_.reset();
  }

  const uint8_t* at_;
  const uint8_t* end_;
  LocalEngine local_;
  std::vector<std::string> words_;
  std::vector<std::vector<std::string>> names_;
  std::optional<SnapshotId> snapshot_;
  std::optional<Table<Entry>::View> view_;
  std::vector<std::string> frozen_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kInputMax = 4096;
  if (size > kInputMax) return 0;
  Fuzzer(data, size).play();
  return 0;
}
