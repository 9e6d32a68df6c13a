// Peer and Channel: a server under test and one conversation with it, whatever they are made of.
//
// The golden and the differential runner know only these two. A peer may be a process behind a
// socket (server_peer.h) or an engine in this process. A channel is used by one thread; replies
// come in the order of the commands, RESP3's pushes among them.
#pragma once

#include "core/base/result.h"
#include "core/resp/reply.h"
#include "tests/support/command_words.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace sorrel::test {

enum class Protocol { kResp2 = 2, kResp3 = 3 };

struct ReadResult {
  enum class Kind { kReply, kClosed, kTimeout, kMalformed };
  Kind kind;
  Reply reply;  // of kReply
  std::string problem() const;
};

/// Long enough for a command on a loaded machine; a test that meets it has failed.
constexpr std::chrono::milliseconds kReplyTimeout{20'000};

class Channel {
 public:
  virtual ~Channel() = default;
  /// Sends bytes as they are; blocks until all are taken.
  virtual Status send(Bytes bytes) = 0;
  virtual ReadResult read(std::chrono::milliseconds timeout = kReplyTimeout) = 0;

  /// Sends one command and reads one reply; anything but a reply is a failure.
  Result<Reply> call(const Words& words);
};

class Peer {
 public:
  virtual ~Peer() = default;
  virtual Result<std::unique_ptr<Channel>> connect(Protocol protocol) = 0;
  virtual void advance_ms(int64_t ms) = 0;
  /// The judge of expectations; what only Sorrel has is not asked of it.
  virtual bool is_reference() const = 0;
  /// A peer that watches itself says what it has found to be wrong.
  virtual std::optional<std::string> fault() { return std::nullopt; }
  /// Whether its data are saved and loaded at any time: encodings are chosen anew then.
  virtual bool is_reloaded() const { return false; }
  /// Has it sockets, inline commands, connections that it closes?
  virtual bool has_sockets() const = 0;
};

/// The command as a client sends it: an array of bulk strings.
std::string encode_command(const Words& words);

}  // namespace sorrel::test
