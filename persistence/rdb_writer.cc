#include "persistence/rdb_writer.h"

#include "core/base/number.h"
#include "core/keyspace/access_clock.h"
#include "core/version.h"
#include "persistence/rdb_format.h"
#include "persistence/rdb_value_writer.h"

#include <algorithm>

namespace sorrel {
namespace {

constexpr int64_t kMsPerSecond = 1000;

}  // namespace

RdbWriter::RdbWriter(ByteSink& sink, const Options& options)
    : options_(options), output_(sink, options.compress, options.checksum) {}

void RdbWriter::aux(Bytes name, int64_t value) {
  output_.aux(name, IntegerText(value).view());
}

Status RdbWriter::begin(const Info& info) {
  const std::string digits = std::to_string(options_.version);
  output_.raw(rdb::kMagic);
  output_.raw(std::string(rdb::kVersionDigits - digits.size(), '0') + digits);
  output_.aux("redis-ver", kRedisVersion);
  aux("redis-bits", 64);
  aux("ctime", options_.now_ms / kMsPerSecond);
  aux("used-mem", static_cast<int64_t>(info.used_memory));
  if (info.replication) {
    aux("repl-stream-db", info.replication->stream_db);
    output_.aux("repl-id", info.replication->id);
    aux("repl-offset", info.replication->offset);
  }
  aux("aof-base", info.aof_base ? 1 : 0);
  return output_.status();
}

Status RdbWriter::function(Bytes source) {
  output_.byte(rdb::kFunction2);
  output_.blob(source);
  return output_.status();
}

Status RdbWriter::select_db(uint64_t number, uint64_t keys, uint64_t expires) {
  output_.byte(rdb::kSelectDb);
  output_.length(number);
  output_.byte(rdb::kResizeDb);
  output_.length(keys);
  output_.length(expires);
  return output_.status();
}

void RdbWriter::put_access(const Entry& entry) {
  const uint32_t clock = entry.access_clock();
  if (options_.access == Access::kIdleTime) {
    output_.byte(rdb::kIdle);
    output_.length((lru_seconds(options_.now_ms) - clock) & kLruClockMask);
  } else if (options_.access == Access::kFrequency) {
    output_.byte(rdb::kFreq);
    output_.byte(lfu_decayed(clock, options_.now_ms, options_.lfu_decay_minutes));
  }
}

Status RdbWriter::entry(const Entry& entry) {
  const uint8_t type = rdb_type_of(entry, options_.version);
  if (rdb::version_of(type) > options_.version) {
    return Status::failure("a value that RDB version " + std::to_string(options_.version) +
                           " can't tell");
  }
  write_rdb_extras_before(entry, output_);
  if (entry.has_expiry()) {
    output_.byte(rdb::kExpireMs);
    output_.little64(static_cast<uint64_t>(entry.expiry().at_ms));
  }
  put_access(entry);
  output_.byte(type);
  output_.string(entry.key());
  write_rdb_value(entry, options_.version, output_);
  write_rdb_extras_behind(entry.key(), entry, output_);
  return output_.status();
}

Status RdbWriter::end() {
  output_.byte(rdb::kEof);
  output_.little64(output_.checksum());
  output_.flush();
  return output_.status();
}

int rdb_version_for(int setting, bool has_expiring_elements) {
  const int version = std::clamp(setting, rdb::kVersionWrittenMin, rdb::kVersionMax);
  return has_expiring_elements ? std::max(version, rdb::kVersionOfFieldExpiry) : version;
}

}  // namespace sorrel
