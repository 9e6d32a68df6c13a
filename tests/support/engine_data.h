// All data of an engine in this process (server_data.h), whatever password it asks for.
#pragma once

#include "tests/support/engine_peer.h"
#include "tests/support/server_data.h"

namespace sorrel::test {

Result<ServerData> read_engine_data(EnginePeer& peer);

}  // namespace sorrel::test
