#include "tests/differential/conversation.h"

#include "core/base/number.h"
#include "tests/differential/talk.h"
#include "tests/support/expected_reply.h"
#include "tests/support/server_data.h"

#include <algorithm>

namespace sorrel::test {
namespace {

using std::chrono::milliseconds;

// What one command sets off may take several turns of a server: who is woken may wake others.
constexpr int kQuietRoundsMin = 2;
constexpr int kRoundsMax = 200;
constexpr int kAnswerRoundsMax = 20'000;
// A difference counts when it is still there after that; each look waits twice as long as the one
// before.
constexpr int kSecondLooks = 6;
constexpr milliseconds kSecondLookDelay{10};
constexpr size_t kSendingLinesMax = 16;

constexpr Bytes kReconnect = "RECONNECT";
constexpr size_t kNobody = SIZE_MAX;

bool is_reconnect(const Words& line) {
  return line.size() > 1 && line[1] == kReconnect;
}

/// Hears all that has arrived; true when there was anything.
bool listen(Channel& channel, std::vector<std::string>& heard) {
  const size_t before = heard.size();
  for (;;) {
    ReadResult result = channel.read(milliseconds(0));
    if (result.kind == ReadResult::Kind::kTimeout) return heard.size() > before;
    const bool is_reply = result.kind == ReadResult::Kind::kReply;
    heard.push_back(is_reply ? print_reply(result.reply.root()) : result.problem());
    if (!is_reply) return false;
  }
}

/// Of a message that a pattern brought: its channel and its text; of anything else nothing.
Bytes told_by_pattern(const std::string& reply) {
  constexpr Bytes kHead = "[\"pmessage\" \"";
  const size_t begin = reply.find(kHead);
  if (begin == std::string::npos) return {};
  const Bytes pattern_on = Bytes(reply).substr(begin + kHead.size());
  return pattern_on.substr(std::min(pattern_on.find(' '), pattern_on.size()));
}

/// What several patterns brought is put in an order of its own; of who listens, pushes come last.
std::vector<std::string> in_comparable_order(std::vector<std::string> heard, bool listens) {
  if (listens) {
    std::stable_partition(heard.begin(), heard.end(),
                          [](const std::string& reply) { return !reply.starts_with('>'); });
  }
  for (auto run = heard.begin(); run != heard.end();) {
    const std::string told(told_by_pattern(*run));
    const auto end = std::find_if(run + 1, heard.end(), [&](const std::string& reply) {
      return told.empty() || told_by_pattern(reply) != told;
    });
    std::sort(run, end);
    run = end;
  }
  return heard;
}

std::string describe(const std::vector<std::string>& heard) {
  std::string text;
  for (const std::string& reply : heard) text += (text.empty() ? "" : "  ") + reply;
  return text.empty() ? "nothing" : text;
}

}  // namespace

size_t Conversation::client_of(const Words& line) const {
  Bytes tag = line.empty() ? Bytes() : Bytes(line[0]);
  if (tag.ends_with('+')) tag.remove_suffix(1);
  if (!tag.starts_with('c') || line.size() < 2) return kNobody;
  const std::optional<int64_t> number = parse_integer(tag.substr(1));
  if (!number || *number < 0 || static_cast<size_t>(*number) >= clients_) return kNobody;
  return static_cast<size_t>(*number);
}

// A reconnection goes alone.
size_t Conversation::sending_end(const Stream& stream, size_t begin) const {
  size_t end = begin + 1;
  if (is_reconnect(stream[begin])) return end;
  while (end < stream.size() && end - begin < kSendingLinesMax &&
         stream[end - 1][0].ends_with('+') && client_of(stream[end]) == client_of(stream[begin]) &&
         !is_reconnect(stream[end])) {
    ++end;
  }
  return end;
}

Result<Conversation::Client> Conversation::open_client(Peer& peer) const {
  Result<std::unique_ptr<Channel>> channel = peer.connect(protocol_);
  if (!channel) return channel.status();
  Result<Reply> id = channel.value()->call({"CLIENT", "ID"});
  if (!id) return id.status();
  return Client{std::move(channel.value()), std::to_string(id.value().root().integer()), {}};
}

Status Conversation::open() {
  // The clients of the last stream go first: some may wait for keys.
  left_side_.reset();
  right_side_.reset();
  left_side_.emplace(Side{&left_, nullptr, {}});
  right_side_.emplace(Side{&right_, nullptr, {}});
  for (Side* side : {&*left_side_, &*right_side_}) {
    Result<std::unique_ptr<Channel>> control = side->peer->connect(protocol_);
    if (!control) return control.status();
    side->control = std::move(control.value());
  }
  if (Status status = align(); !status) return status;
  if (Status status = open_clients(*left_side_); !status) return status.with("the first peer");
  if (Status status = open_clients(*right_side_); !status) return status.with("the second peer");
  return Status::ok();
}

// Connections are opened until the next one has the same id on both sides: replies tell ids.
Status Conversation::align() const {
  const auto next_id = [&](const Side& side) -> Result<int64_t> {
    Result<Client> client = open_client(*side.peer);
    if (!client) return client.status();
    return parse_integer(client.value().id).value_or(0);
  };
  Result<int64_t> left = next_id(*left_side_);
  Result<int64_t> right = next_id(*right_side_);
  while (left && right && left.value() != right.value()) {
    Result<int64_t>& behind = left.value() < right.value() ? left : right;
    behind = next_id(&behind == &left ? *left_side_ : *right_side_);
  }
  return left ? right.status() : left.status();
}

// The last client always tracks: Sorrel forgets what was tracked when nobody does any more, Redis
// doesn't.
Status Conversation::open_clients(Side& side) const {
  for (const Words& words :
       {Words{"FLUSHALL"}, Words{"CONFIG", "SET", "notify-keyspace-events", ""}}) {
    if (const Result<Reply> done = side.control->call(words); !done) return done.status();
  }
  for (size_t i = 0; i < clients_; ++i) {
    Result<Client> client = open_client(*side.peer);
    if (!client) return client.status();
    side.clients.push_back(std::move(client.value()));
  }
  return side.clients.back().channel->call({"CLIENT", "TRACKING", "ON"}).status();
}

Result<std::optional<Conversation::Difference>> Conversation::run(const Stream& stream) {
  if (Status status = open(); !status) return status;
  for (size_t begin = 0; begin < stream.size();) {
    if (client_of(stream[begin]) == kNobody) return Status::failure("no client's line");
    const size_t end = sending_end(stream, begin);
    if (std::optional<Difference> difference = say(stream, begin, end)) return difference;
    begin = end;
  }
  return compare_data(stream);
}

std::optional<Conversation::Difference> Conversation::say(const Stream& stream, size_t begin,
                                                          size_t end) {
  pace_.keep(left_, right_);
  const Status left = send(stream, begin, end, *left_side_);
  const Status right = send(stream, begin, end, *right_side_);
  if (!left || !right) return Difference{end - 1, left.message() + "; " + right.message()};
  if (!settle(*left_side_) || !settle(*right_side_)) return Difference{end - 1, "no rest"};
  const size_t speaker = client_of(stream[begin]);
  if (!is_reconnect(stream[begin]) &&
      (!hear_out(*left_side_, speaker) || !hear_out(*right_side_, speaker))) {
    return Difference{end - 1, "no answer"};
  }
  std::optional<std::string> what = compare_heard();
  for (int look = 0; what && look < kSecondLooks; ++look) {
    // A moment for both: nothing here depends on their clocks.
    left_.advance_ms(kSecondLookDelay.count() << look);
    right_.advance_ms(kSecondLookDelay.count() << look);
    settle(*left_side_);
    settle(*right_side_);
    what = compare_heard();
  }
  if (what) return Difference{end - 1, *what};
  for (Side* side : {&*left_side_, &*right_side_}) {
    for (Client& client : side->clients) client.heard.clear();
  }
  return std::nullopt;
}

Status Conversation::send(const Stream& stream, size_t begin, size_t end, Side& side) {
  Client& speaker = side.clients[client_of(stream[begin])];
  if (is_reconnect(stream[begin])) {
    speaker.channel.reset();
    Result<Client> anew = open_client(*side.peer);
    if (anew) speaker = std::move(anew.value());
    return anew.status();
  }
  std::string bytes;
  for (size_t i = begin; i < end; ++i) {
    Words words(stream[i].begin() + 1, stream[i].end());
    for (std::string& word : words) {
      for (size_t client = 0; client < clients_; ++client) {
        if (word == "{id" + std::to_string(client) + "}") word = side.clients[client].id;
      }
    }
    bytes += encode_command(words);
  }
  return speaker.channel->send(bytes);
}

// Each answer of the control connection ends a turn of the server; what the turn before it has
// written to others is there by then. False when it goes on and on.
bool Conversation::settle(Side& side) const {
  int quiet = 0;
  for (int round = 0; round < kRoundsMax; ++round) {
    if (!side.control->call({"PING"})) return false;
    bool heard = false;
    for (Client& client : side.clients) heard |= listen(*client.channel, client.heard);
    quiet = heard ? 0 : quiet + 1;
    if (quiet == kQuietRoundsMin) return true;
  }
  return false;
}

// On a machine with much else to do what goes through one socket may overtake what went through
// another, there and back. The speaker at least is known to be answered, or to wait.
bool Conversation::hear_out(Side& side, size_t speaker) const {
  const Client& client = side.clients[speaker];
  for (int round = 0; round < kAnswerRoundsMax; ++round) {
    if (!client.heard.empty() || waits(side, client)) return true;
    side.peer->advance_ms(1);
    if (!settle(side)) return false;
  }
  return false;
}

bool Conversation::waits(const Side& side, const Client& client) {
  const Result<Reply> line = side.control->call({"CLIENT", "LIST", "ID", client.id});
  if (!line) return false;
  const std::string text(line.value().root().text());
  const size_t flags = text.find(" flags=");
  if (flags == std::string::npos) return true;  // it is gone
  return text.substr(flags, text.find(' ', flags + 1) - flags).find('b') != std::string::npos;
}

std::optional<std::string> Conversation::compare_heard() {
  for (size_t i = 0; i < clients_; ++i) {
    const bool listens = i + Talk::kListeners >= clients_;
    const auto left = in_comparable_order(left_side_->clients[i].heard, listens);
    const auto right = in_comparable_order(right_side_->clients[i].heard, listens);
    if (left == right) continue;
    return "client " + std::to_string(i) + " hears\n    " + describe(left) + "\n    " +
           describe(right);
  }
  return std::nullopt;
}

Result<std::optional<Conversation::Difference>> Conversation::compare_data(const Stream& stream) {
  const Result<ServerData> left = read_server_data(left_);
  if (!left) return left.status().with("the first peer's data");
  const Result<ServerData> right = read_server_data(right_);
  if (!right) return right.status().with("the second peer's data");
  constexpr int64_t kClocksMs = 30'000;
  std::optional<std::string> what =
      first_difference(left.value(), right.value(), DataTolerance{.clock_ms = kClocksMs});
  if (!what) what = left_.fault();
  if (!what) what = right_.fault();
  if (!what) return std::optional<Difference>();
  return std::optional(Difference{stream.size(), *what});
}

StillFails Conversation::still_fails_like(const Stream& stream) {
  const auto name_of = [](const Stream& in, const Difference& difference) {
    return difference.index < in.size() ? in[difference.index].at(1) : std::string("the data");
  };
  const auto found = run(stream);
  const std::string wanted = found && found.value() ? name_of(stream, *found.value()) : "";
  return [this, wanted, name_of](const Stream& candidate) {
    const auto result = run(candidate);
    return result && result.value() && name_of(candidate, *result.value()) == wanted;
  };
}

}  // namespace sorrel::test
