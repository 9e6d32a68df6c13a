#include "persistence/dump_payload.h"

#include "core/base/crc64.h"
#include "persistence/byte_sink.h"
#include "persistence/byte_source.h"
#include "persistence/rdb_format.h"
#include "persistence/rdb_input.h"
#include "persistence/rdb_output.h"
#include "persistence/rdb_value_reader.h"
#include "persistence/rdb_value_writer.h"

#include <algorithm>
#include <cstring>

namespace sorrel {
namespace {

constexpr size_t kVersionBytes = sizeof(uint16_t);
constexpr size_t kFooterBytes = kVersionBytes + sizeof(uint64_t);

template <class Integer>
Integer little_at(Bytes bytes, size_t at) {
  Integer value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

void read_extras(RdbInput& input, ValueContext& values, RdbValue& value) {
  while (input.ok() && !input.at_end()) {
    if (input.byte() != rdb::kAux) return input.fail("bytes follow the value");
    std::string name;
    std::string field;
    input.string(name);
    input.string(field);
    if (!input.ok()) return;
    if (!value.apply_extra(name, field, values)) input.fail("a damaged field " + name);
  }
}

}  // namespace

std::string make_dump_payload(const Entry& entry, int version, bool compress) {
  const uint8_t type = rdb_type_of(entry, version);
  version = std::max(version, rdb::version_of(type));
  StringSink sink;
  RdbOutput output(sink, compress, true);
  output.byte(type);
  write_rdb_value(entry, version, output);
  write_rdb_extras_before(entry, output);
  write_rdb_extras_behind({}, entry, output);
  output.raw(Bytes(reinterpret_cast<const char*>(&version), kVersionBytes));
  output.little64(output.checksum());
  output.flush();
  return sink.take();
}

bool is_dump_payload(Bytes payload) {
  if (payload.size() <= kFooterBytes) return false;
  const size_t sum_at = payload.size() - sizeof(uint64_t);
  if (little_at<uint16_t>(payload, sum_at - kVersionBytes) > rdb::kVersionMax) return false;
  return little_at<uint64_t>(payload, sum_at) == crc64(0, payload.substr(0, sum_at));
}

Status read_dump_payload(Bytes payload, ValueContext& values, RdbValue& value) {
  MemorySource source(payload.substr(0, payload.size() - kFooterBytes));
  RdbInput input(source, false);
  RdbValueReader reader(input, values);
  reader.read(input.byte(), value);
  read_extras(input, values, value);
  if (!input.ok()) {
    value.reset();
    return input.status();
  }
  return value.empty() ? Status::failure("the value has no elements") : Status::ok();
}

}  // namespace sorrel
