// Any bytes as a payload of RESTORE: refused, or a value; what DUMP then gives restores the same.
#include "core/base/check.h"
#include "core/base/crc64.h"
#include "core/digest.h"
#include "persistence/commands_dump.h"
#include "tests/support/local_engine.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using namespace sorrel;

constexpr size_t kFooterBytes = 10;

/// With a version and a checksum that are right.
std::string payload_of(Bytes value) {
  std::string payload(value);
  payload.append("\x0c\0", 2);
  const uint64_t sum = crc64(0, payload);
  return payload.append(reinterpret_cast<const char*>(&sum), sizeof sum);
}

Digest digest_of(LocalEngine& local) {
  return digest_all(local.engine);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes input(reinterpret_cast<const char*>(data), size);
  LocalEngine local;
  local.engine.commands().add(dump_commands());
  local.run("RESTORE", "raw", "0", input);
  if (local.run("RESTORE", "k", "0", payload_of(input)) != "+OK\r\n") return 0;
  const Digest before = digest_of(local);
  const std::string dumped = local.run("DUMP", "k");
  const size_t begin = dumped.find("\r\n") + 2;
  VERIFY(dumped.size() >= begin + kFooterBytes);
  VERIFY(local.run("RESTORE", "k", "0", Bytes(dumped).substr(begin, dumped.size() - begin - 2),
                   "REPLACE") == "+OK\r\n");
  VERIFY(digest_of(local) == before);
  return 0;
}
