#include "core/client_info.h"

#include <algorithm>

namespace sorrel {
namespace {

struct FlagLetter {
  uint32_t flag;
  char letter;
};
/// A pause holds its command.
constexpr uint32_t kHeld = Session::kBlocked | Session::kPaused;
constexpr FlagLetter kFlagLetters[] = {
    {Session::kMonitor, 'O'},
    {Session::kReplica, 'S'},
    {Session::kSubscribed, 'P'},
    {Session::kMulti, 'x'},
    {kHeld, 'b'},
    {Session::kTracking, 't'},
    {Session::kCloseAfterReply, 'c'},
    {Session::kCloseNow, 'A'},
    {Session::kUnixSocket, 'U'},
    {Session::kNoEvict, 'e'},
    {Session::kNoTouch, 'T'},
    {Session::kImportSource, 'I'},
};

/// What no flag says: it stands behind the letter of tracking.
std::string letters_of_state(const Session& session) {
  std::string letters;
  if (session.tracking && session.tracking->broken_redirect) letters += 'R';
  if (session.tracking && session.tracking->options.broadcast) letters += 'B';
  if (session.transaction && session.transaction->watched_changed) letters += 'd';
  return letters;
}

std::string flag_letters(const Session& session) {
  std::string letters;
  for (const FlagLetter& entry : kFlagLetters) {
    if (session.has(entry.flag)) letters += entry.letter;
    if (entry.flag == Session::kTracking) letters += letters_of_state(session);
  }
  return letters.empty() ? "N" : letters;
}

size_t subscriptions(const Session& session, SubscriptionKind kind) {
  return session.subscriptions ? session.subscriptions->of(kind).size() : 0;
}

Bytes last_command(const Session& session) {
  if (session.last_command == nullptr) return "NULL";
  const Bytes name = session.last_command->name;
  // To Redis DEBUG is one command.
  return (session.last_command->flags & kDebugCommand) != 0 ? name.substr(0, name.find('|')) : name;
}

class Line {
 public:
  void add(Bytes name, Bytes value) {
    if (!text_.empty()) text_ += ' ';
    text_ += name;
    text_ += '=';
    text_ += value;
  }
  void add(Bytes name, int64_t value) { add(name, std::to_string(value)); }
  void add(Bytes name, size_t value) { add(name, std::to_string(value)); }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

ClientType client_type(const Session& session) {
  if (session.has(Session::kReplica)) return ClientType::kReplica;
  return session.has(Session::kSubscribed) ? ClientType::kPubsub : ClientType::kNormal;
}

std::optional<ClientType> parse_client_type(Bytes word) {
  if (equals_ignore_case(word, "normal")) return ClientType::kNormal;
  if (equals_ignore_case(word, "replica") || equals_ignore_case(word, "slave")) {
    return ClientType::kReplica;
  }
  if (equals_ignore_case(word, "pubsub")) return ClientType::kPubsub;
  if (equals_ignore_case(word, "master")) return ClientType::kPrimary;
  return std::nullopt;
}

std::string client_line(const Session& session, int64_t now_ms) {
  const Transport::Info info =
      session.transport != nullptr ? session.transport->info(session) : Transport::Info{};
  const size_t output = session.output.size();
  Line line;
  line.add("id", static_cast<size_t>(session.id));
  line.add("addr", info.address);
  line.add("laddr", info.local_address);
  line.add("fd", static_cast<int64_t>(info.fd));
  line.add("name", session.name);
  line.add("age", (now_ms - session.created_ms) / 1000);
  line.add("idle", (now_ms - session.last_interaction_ms) / 1000);
  line.add("flags", flag_letters(session));
  line.add("db", static_cast<int64_t>(session.db));
  line.add("sub", subscriptions(session, SubscriptionKind::kChannel));
  line.add("psub", subscriptions(session, SubscriptionKind::kPattern));
  line.add("ssub", subscriptions(session, SubscriptionKind::kShard));
  line.add("multi", session.in_multi() ? static_cast<int64_t>(session.transaction->calls().size())
                                       : int64_t{-1});
  line.add("qbuf", info.query_buffer);
  line.add("qbuf-free", info.query_buffer_free);
  line.add("argv-mem", info.argument_memory);
  line.add("multi-mem", session.transaction ? session.transaction->queued_bytes() : size_t{0});
  // One buffer holds all replies: the fixed part of Redis's two has no size here.
  line.add("rbs", session.output.memory_bytes());
  line.add("rbp", session.output.memory_bytes());
  line.add("obl", output);
  line.add("oll", size_t{0});
  line.add("omem", output);
  line.add("tot-mem", info.total_memory + session.output.memory_bytes() + sizeof(Session) +
                          session.held_bytes());
  line.add("events", std::string(info.readable ? "r" : "") + (info.writable ? "w" : ""));
  line.add("cmd", last_command(session));
  line.add("user", session.user);
  line.add("redir", session.tracking ? static_cast<int64_t>(session.tracking->options.redirect)
                                     : int64_t{-1});
  line.add("resp", session.protocol == Protocol::kResp3 ? int64_t{3} : int64_t{2});
  line.add("lib-name", session.library_name);
  line.add("lib-ver", session.library_version);
  line.add("tot-net-in", static_cast<size_t>(session.net_input_bytes));
  line.add("tot-net-out", static_cast<size_t>(session.net_output_bytes));
  line.add("tot-cmds", static_cast<size_t>(session.commands));
  line.add("dropped", static_cast<size_t>(session.dropped_messages));
  // Output that waits for the disk.
  line.add("held", session.held.empty()
                       ? size_t{0}
                       : static_cast<size_t>(session.output.end_offset() - session.held.shown()));
  return line.take();
}

bool is_client_word(Bytes text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '!' && c <= '~'; });
}

}  // namespace sorrel
