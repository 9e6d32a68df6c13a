// Several clients of one engine, saying anything: messages, transactions, waiting and tracking in
// any order and at any moment. Each client must get whole replies, and when all have gone nothing
// of them may be left.
//
// An input is lines: a letter names the client, what follows are its words. "x~" closes a client,
// "x!" lets time pass.
#include "core/base/check.h"
#include "core/resp/reply_reader.h"
#include "tests/support/local_engine.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace sorrel;

constexpr size_t kLinesMax = 300;
constexpr size_t kClients = 4;

class Clients {
 public:
  Clients() {
    // What is told in one reply, and what a key may take, is little: many clients, not much memory.
    local_.run("CONFIG", "SET", "proto-max-bulk-len", "1mb");
    for (size_t i = 0; i < kClients; ++i) open(i);
  }

  void line(Bytes text) {
    if (text.empty()) return;
    const size_t who = static_cast<unsigned char>(text[0]) % kClients;
    const Bytes rest = text.substr(1);
    if (rest == "~") return reopen(who);
    if (rest == "!") return pass_time();
    say(who, words_of(rest));
  }

  void finish() {
    for (size_t i = 0; i < kClients; ++i) {
      read(i);
      local_.engine.close_session(*sessions_[i]);
    }
    Engine& engine = local_.engine;
    VERIFY(engine.pubsub().channels() == 0 && engine.pubsub().patterns() == 0);
    VERIFY(engine.pubsub().shard_channels() == 0 && engine.pubsub().clients() == 0);
    VERIFY(engine.tracking().clients() == 0 && engine.tracking().keys() == 0);
    VERIFY(engine.tracking().items() == 0 && engine.tracking().prefixes() == 0);
    VERIFY(engine.blocking().waiting() == 0 && engine.blocking().keys() == 0);
    VERIFY(engine.blocking().deadlines() == 0 && engine.key_observers().watches().empty());
    VERIFY(!engine.books().changes_wanted && !engine.books().ready_wanted);
  }

 private:
  static std::vector<Bytes> words_of(Bytes text) {
    std::vector<Bytes> words;
    while (!text.empty()) {
      const size_t end = std::min(text.find(' '), text.size());
      if (end > 0) words.push_back(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
  }

  /// Settings that would lift the limits stay as they are.
  static bool may_be_said(const std::vector<Bytes>& words) {
    if (words.empty() || !equals_ignore_case(words[0], "config")) return !words.empty();
    return words.size() > 2 && (equals_ignore_case(words[2], "notify-keyspace-events") ||
                                equals_ignore_case(words[2], "tracking-table-max-keys"));
  }

  void open(size_t who) {
    sessions_[who] = std::make_unique<Session>(nullptr);
    local_.engine.open_session(*sessions_[who]);
    unread_[who].clear();
  }

  void reopen(size_t who) {
    read(who);
    local_.engine.close_session(*sessions_[who]);
    open(who);
  }

  void pass_time() {
    local_.clock.advance_ms(1000);
    local_.engine.begin_turn();
    local_.engine.tick();
  }

  void say(size_t who, const std::vector<Bytes>& words) {
    Session& session = *sessions_[who];
    // A client that waits is not heard.
    if (!may_be_said(words) || session.has(Session::kBlocked | Session::kPaused)) return;
    local_.engine.begin_turn();
    local_.engine.execute(session, words);
    local_.engine.tick();
    for (size_t i = 0; i < kClients; ++i) {
      read(i);
      if (sessions_[i]->closing()) reopen(i);
    }
  }

  /// All that a client got must be whole replies.
  void read(size_t who) {
    Output& output = sessions_[who]->output;
    unread_[who] += output.to_string();
    output.consume(output.size());
    ReplyReader reader;
    for (;;) {
      const ReplyReader::Outcome outcome = reader.next(unread_[who]);
      VERIFY(outcome != ReplyReader::Outcome::kError);
      if (outcome == ReplyReader::Outcome::kNeedMore) break;
      static_cast<void>(reader.take(unread_[who]));
    }
    unread_[who].erase(0, reader.take_consumed());
    VERIFY(unread_[who].empty());
  }

  LocalEngine local_;
  std::array<std::unique_ptr<Session>, kClients> sessions_;
  std::array<std::string, kClients> unread_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes text(reinterpret_cast<const char*>(data), size);
  Clients clients;
  for (size_t lines = 0; !text.empty() && lines < kLinesMax; ++lines) {
    const size_t end = std::min(text.find('\n'), text.size());
    clients.line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  clients.finish();
  return 0;
}
