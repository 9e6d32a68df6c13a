// What CLIENT LIST and CLIENT INFO show of a session, and the words they filter by.
#pragma once

#include "core/session.h"

#include <optional>
#include <string>

namespace sorrel {

/// The kinds that output limits and CLIENT LIST TYPE tell apart.
enum class ClientType : uint8_t { kNormal, kReplica, kPubsub, kPrimary };

ClientType client_type(const Session& session);
/// "normal", "replica" or "slave", "pubsub", "master"; case is ignored.
std::optional<ClientType> parse_client_type(Bytes word);

/// The line of one session, without its end. `now_ms` is the turn's time.
std::string client_line(const Session& session, int64_t now_ms);

/// Names and library names: printable ASCII without spaces.
bool is_client_word(Bytes text);

}  // namespace sorrel
