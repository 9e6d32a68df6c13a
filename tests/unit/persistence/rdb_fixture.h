// What tests of the RDB format begin with: engines that hold data, files of them, and files made by
// hand.
#pragma once

#include "core/digest.h"
#include "persistence/byte_sink.h"
#include "persistence/keyspace_loader.h"
#include "persistence/rdb_reader.h"
#include "persistence/rdb_writer.h"
#include "tests/support/scenario.h"

#include <cstdint>
#include <string>

namespace sorrel::test {

/// All keys of an engine as a file.
inline std::string rdb_of(LocalEngine& local, RdbWriter::Options options = {}) {
  Engine& engine = local.engine;
  options.now_ms = local.clock.unix_us() / 1000;
  StringSink sink;
  RdbWriter writer(sink, options);
  CHECK(writer.begin({}).is_ok());
  for (int db = 0; db < engine.database_count(); ++db) {
    const Keyspace& keyspace = engine.database(db);
    if (keyspace.size() == 0) continue;
    CHECK(writer.select_db(static_cast<uint64_t>(db), keyspace.size(), keyspace.expiries().size())
              .is_ok());
    keyspace.table().for_each(
        [&](const Entry& entry) { CHECK(writer.entry(entry).message() == ""); });
  }
  CHECK(writer.end().is_ok());
  CHECK(sink.text().size() == writer.bytes());
  return sink.take();
}

/// Loads a file; the failure, or "".
inline std::string load(LocalEngine& local, Bytes file, KeyspaceLoader::Options options = {},
                        RdbReader::Options reading = {}) {
  local.engine.begin_turn();
  KeyspaceLoader loader(local.engine, options);
  MemorySource source(file);
  RdbReader reader(source, local.engine.value_context(), loader, reading);
  return reader.read().message();
}

/// A value made by hand, as the only key, "k", of a file.
inline std::string file_of(int type, const std::string& value, int version = 12) {
  const std::string digits = std::to_string(version);
  return "REDIS" + std::string(4 - digits.size(), '0') + digits + std::string("\xfe\0", 2) +
         static_cast<char>(type) + std::string("\1k") + value + '\xff' + std::string(8, '\0');
}

/// A short string, with its length before it.
inline std::string text(const std::string& bytes) {
  std::string out;
  if (bytes.size() < 64) {
    out.push_back(static_cast<char>(bytes.size()));
  } else {
    out.push_back(static_cast<char>(0x40 | bytes.size() >> 8));
    out.push_back(static_cast<char>(bytes.size() & 0xff));
  }
  return out + bytes;
}

}  // namespace sorrel::test
