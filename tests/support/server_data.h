// ServerData: everything that a server holds, read back through its commands, so that two can be
// compared: what a reply doesn't show (a lost expiry, another encoding, a key too many) shows here.
#pragma once

#include "tests/support/peer.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace sorrel::test {

struct KeyData {
  std::string type;
  std::string encoding;
  int64_t expire_at_ms = -1;
  std::string content;  // in the notation of expected_reply.h
  std::string digest;   // DEBUG DIGEST-VALUE, or that it is refused
};

/// By database and key.
using ServerData = std::map<std::pair<int, std::string>, KeyData>;

/// As many as are looked at.
constexpr int kDatabases = 16;

Result<ServerData> read_server_data(Peer& peer);
Result<ServerData> read_server_data(Channel& channel);

/// What two servers with the same data may differ in.
struct DataTolerance {
  int64_t clock_ms = 0;       // their clocks, and so the times at which keys expire
  bool any_encoding = false;  // their settings have not been the same
};

/// What differs first, in words; nothing when they are the same.
std::optional<std::string> first_difference(const ServerData& left, const ServerData& right,
                                            const DataTolerance& tolerance);

}  // namespace sorrel::test
