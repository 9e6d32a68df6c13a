// The append-only file's manifest, any bytes: it is refused, or written again in the same words.

#include "core/base/check.h"
#include "persistence/aof_manifest.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sorrel::AofManifest;
  const sorrel::Bytes text(reinterpret_cast<const char*>(data), size);
  const sorrel::Result<AofManifest> manifest = AofManifest::parse(text);
  if (!manifest) return 0;
  const std::string written = manifest.value().format();
  if (written.empty()) return 0;
  const sorrel::Result<AofManifest> again = AofManifest::parse(written);
  // Quoting may make a line longer than a line may be.
  if (again) VERIFY(again.value().format() == written);
  return 0;
}
