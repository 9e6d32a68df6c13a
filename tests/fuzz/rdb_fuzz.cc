// Any bytes as an RDB file: refused, or loaded; what was loaded can be written, and read again it
// is the same.
#include "core/base/check.h"
#include "core/digest.h"
#include "persistence/keyspace_loader.h"
#include "persistence/rdb_reader.h"
#include "persistence/rdb_writer.h"
#include "tests/support/local_engine.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using namespace sorrel;

bool load(LocalEngine& local, Bytes file) {
  local.engine.begin_turn();
  KeyspaceLoader loader(local.engine, {.keep_expired = true});
  MemorySource source(file);
  // Nobody guesses a checksum.
  RdbReader reader(source, local.engine.value_context(), loader,
                   {.checksum = false, .any_version = true});
  return reader.read().is_ok();
}

std::string file_of(LocalEngine& local) {
  StringSink sink;
  RdbWriter writer(sink, {.version = 12});
  VERIFY(writer.begin({}).is_ok());
  for (int db = 0; db < local.engine.database_count(); ++db) {
    const Keyspace& keyspace = local.engine.database(db);
    VERIFY(writer.select_db(static_cast<uint64_t>(db), keyspace.size(), 0).is_ok());
    keyspace.table().for_each([&](const Entry& entry) { VERIFY(writer.entry(entry).is_ok()); });
  }
  VERIFY(writer.end().is_ok());
  return sink.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  LocalEngine first;
  // The header is no challenge.
  const std::string file = "REDIS0012" + std::string(reinterpret_cast<const char*>(data), size);
  if (!load(first, file)) return 0;
  LocalEngine second;
  VERIFY(load(second, file_of(first)));
  VERIFY(digest_all(second.engine) == digest_all(first.engine));
  return 0;
}
