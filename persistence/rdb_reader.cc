#include "persistence/rdb_reader.h"

#include "core/base/quoted_words.h"
#include "persistence/rdb_format.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <limits>
#include <utility>

namespace sorrel {
namespace {

/// So much of a key is told in a failure.
constexpr size_t kKeyBytesShown = 128;
/// Times behind this are no times.
constexpr uint64_t kTimeMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMsPerSecond = 1000;
/// Elements of a value that are read in one step.
constexpr size_t kElementsPerStep = 64;

std::string wrong_checksum(uint64_t expected, uint64_t said) {
  char text[128];
  std::snprintf(text, sizeof text,
                "RDB CRC error: Wrong RDB checksum expected: (%" PRIx64 ") but got (%" PRIx64
                "): the file is damaged somewhere",
                expected, said);
  return text;
}

}  // namespace

RdbReader::RdbReader(ByteSource& source, ValueContext& values, RdbVisitor& visitor,
                     const Options& options)
    : input_(source, options.checksum),
      visitor_(visitor),
      options_(options),
      value_reader_(input_, values),
      value_(values.epoch) {}

bool RdbReader::is_rdb(Bytes begin) {
  return begin.substr(0, rdb::kMagic.size()) == rdb::kMagic;
}

Status RdbReader::failure(Status reason) const {
  if (!in_entry_) return reason;
  return reason.with("key " + quote_word(Bytes(key_).substr(0, kKeyBytesShown)));
}

Status RdbReader::read() {
  for (;;) {
    const Result<bool> more = step();
    if (!more) return more.status();
    if (!more.value()) return Status::ok();
  }
}

Result<bool> RdbReader::step() {
  if (ended_) return false;
  Status visited;
  in_entry_ = in_value();
  if (in_entry_) {
    value_reader_.read_some(kElementsPerStep, value_);
    visited = read_value();
  } else if (version_ == 0) {
    read_header();
  } else {
    doing_ = "opcode";
    const uint8_t opcode = input_.byte();
    if (input_.ok()) visited = read_part(opcode);
  }
  if (!input_.ok()) return failure(input_.status());
  if (!visited) return failure(visited);
  return !ended_;
}

void RdbReader::read_header() {
  doing_ = "header";
  std::array<char, rdb::kMagic.size() + rdb::kVersionDigits> header;
  input_.raw(header.data(), header.size());
  if (!input_.ok()) return;
  const Bytes text(header.data(), header.size());
  const Bytes digits = text.substr(rdb::kMagic.size());
  if (!is_rdb(text) ||
      !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return input_.fail_at(
        0,
        "Wrong signature trying to load DB from file: this is no RDB file, which would begin with "
        "REDIS and a version");
  }
  int version = 0;
  for (const char c : digits) version = 10 * version + (c - '0');
  if (version < rdb::kVersionMin || (version > rdb::kVersionMax && !options_.any_version)) {
    return input_.fail_at(rdb::kMagic.size(), "Can't handle RDB format version " +
                                                  std::to_string(version) + ", only 1 to " +
                                                  std::to_string(rdb::kVersionMax));
  }
  version_ = version;
}

Status RdbReader::read_part(uint8_t opcode) {
  const uint64_t from = input_.offset() - 1;
  if (rdb::is_value_type(opcode)) return read_entry(opcode);
  switch (opcode) {
    case rdb::kExpireSeconds:
      doing_ = "expire time";
      attributes_.expires_ms = input_.little32() * kMsPerSecond;
      return Status::ok();
    case rdb::kExpireMs: {
      doing_ = "expire time";
      const uint64_t ms = input_.little64();
      if (ms > kTimeMax) input_.fail_at(from, "a key's expiry is out of range");
      attributes_.expires_ms = static_cast<int64_t>(ms);
      return Status::ok();
    }
    case rdb::kFreq:
      doing_ = "use counter";
      attributes_.frequency = input_.byte();
      return Status::ok();
    case rdb::kIdle:
      doing_ = "idle time";
      attributes_.idle_s = input_.length();
      return Status::ok();
    case rdb::kAux:
      return read_aux();
    case rdb::kSelectDb:
      return read_database();
    case rdb::kResizeDb:
      return read_sizes();
    case rdb::kSlotInfo:
      doing_ = "slot sizes";
      for (int i = 0; i < 3; ++i) input_.length();  // slot, keys, keys that expire: a hint
      return Status::ok();
    case rdb::kModuleAux:
      return read_module_aux();
    case rdb::kFunction2:
      return read_function();
    case rdb::kFunctionEarly:
      input_.fail_at(from, "functions as release candidates of Redis 7.0 wrote them can't be read");
      return Status::ok();
    case rdb::kEof:
      read_end();
      return Status::ok();
    default:
      input_.fail_at(from, "nothing begins with byte " + std::to_string(opcode));
      return Status::ok();
  }
}

Status RdbReader::read_aux() {
  doing_ = "aux field";
  input_.string(key_);
  input_.string(scratch_);
  return input_.ok() ? visitor_.aux(key_, scratch_) : Status::ok();
}

Status RdbReader::read_database() {
  doing_ = "database number";
  const uint64_t from = input_.offset();
  const uint64_t number = input_.length();
  if (!input_.ok()) return Status::ok();
  return visitor_.select_db(number).with("offset " + std::to_string(from));
}

Status RdbReader::read_sizes() {
  doing_ = "database sizes";
  const uint64_t keys = input_.length();
  const uint64_t expires = input_.length();
  return input_.ok() ? visitor_.resize_db(keys, expires) : Status::ok();
}

Status RdbReader::read_function() {
  doing_ = "function library";
  const uint64_t from = input_.offset();
  input_.string(scratch_);
  if (!input_.ok()) return Status::ok();
  return visitor_.function(scratch_).with("offset " + std::to_string(from));
}

Status RdbReader::read_module_aux() {
  doing_ = "module's data";
  const uint64_t id = input_.length();
  const uint64_t from = input_.offset();
  const uint64_t part = input_.length();  // before when it is for, a number
  input_.length();
  if (input_.ok() && part != rdb::kModuleUnsigned) {
    input_.fail_at(from, "a module's data begin with a part of kind " + std::to_string(part));
  }
  skip_module_parts(input_);
  return input_.ok() ? visitor_.module_aux(module_name(id)) : Status::ok();
}

Status RdbReader::read_entry(uint8_t type) {
  doing_ = "key";
  entry_from_ = input_.offset() - 1;
  input_.string(key_);
  if (!input_.ok()) return Status::ok();
  in_entry_ = true;
  doing_ = "value";
  entry_attributes_ = std::exchange(attributes_, Attributes());
  if (type == rdb::kModule && options_.skip_modules) return skip_module_value();
  value_reader_.begin(type, value_);
  if (in_value()) value_reader_.read_some(kElementsPerStep, value_);
  return read_value();
}

// As far as it has been read.
Status RdbReader::read_value() {
  if (in_value() || !input_.ok()) return Status::ok();
  if (value_.empty()) return visitor_.empty_key(key_);
  RdbEntry entry{key_, value_, entry_attributes_.expires_ms, entry_attributes_.idle_s,
                 entry_attributes_.frequency};
  const Status status = visitor_.entry(entry);
  value_.reset();
  return status.with("offset " + std::to_string(entry_from_));
}

Status RdbReader::skip_module_value() {
  const uint64_t id = input_.length();
  skip_module_parts(input_);
  return input_.ok() ? visitor_.module_value(key_, module_name(id)) : Status::ok();
}

void RdbReader::read_end() {
  doing_ = "checksum";
  const uint64_t expected = input_.sum();
  if (version_ >= rdb::kVersionOfChecksum) {
    const uint64_t from = input_.offset();
    const uint64_t said = input_.little64();
    if (input_.ok() && options_.checksum && said != 0 && said != expected) {
      input_.fail_at(from, wrong_checksum(expected, said));
    }
  }
  input_.settle();
  ended_ = input_.ok();
}

}  // namespace sorrel
