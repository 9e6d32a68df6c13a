// PosixNetwork: the machine's connections to other servers (persistence/network.h): TCP.
#pragma once

#include "persistence/network.h"

namespace sorrel {

class PosixNetwork final : public Network {
 public:
  Result<std::unique_ptr<PeerLink>> connect(const std::string& host, int port) override;
};

}  // namespace sorrel
