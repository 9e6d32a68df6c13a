// How much a client may leave unread (client-output-buffer-limit), by what kind of client it is.
//
// Looked at when a turn's output is written, and wherever one command adds to an output without
// bound: at each command of EXEC, and at each message to another client. The host's own clients
// have no limit: they take what they asked for.
#pragma once

namespace sorrel {

class Engine;
class Session;

/// Whether the session is to be cut off for it. Before that, old messages go instead of the client,
/// where that is the policy (client-output-buffer-policy). The soft limit's time begins and ends
/// here.
bool exceeds_output_limit(Engine& engine, Session& session);

}  // namespace sorrel
