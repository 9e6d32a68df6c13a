// AofBaseWriter: writes databases as the commands that make them: the base of an append-only file
// with aof-use-rdb-preamble no.
//
//   SELECT, then for each key one of SET, RPUSH, SADD, ZADD and HSET, with 64 elements at most in
//   each, then HPEXPIREAT for fields, SPEXPIREAT for members and PEXPIREAT for the key. A stream is
//   XADDs, XSETID, and XGROUP and XCLAIMs for its groups, which keep no times of consumers. What
//   these can't tell of it (what Sorrel alone has, pending entries that are deleted) makes it a
//   RESTORE, which is composed as a whole.
//
// Access clocks are not told. Used by a snapshot's thread: the values' context serves to read.
#pragma once

#include "core/base/bytes.h"
#include "core/value/value_context.h"
#include "persistence/byte_sink.h"
#include "persistence/snapshot_format.h"

#include <cstdint>
#include <initializer_list>
#include <string>

namespace sorrel {

class Stream;
class StreamGroup;

class AofBaseWriter final : public SnapshotFormat {
 public:
  /// `rdb_version` is that of RESTORE's payloads.
  AofBaseWriter(ByteSink& sink, const ValueContext& values, int rdb_version)
      : sink_(sink), values_(values), rdb_version_(rdb_version) {}

  Status begin() override { return Status::ok(); }
  Status select_db(uint64_t number, uint64_t keys, uint64_t expires) override;
  Status entry(const Entry& entry) override;
  Status end() override {
    flush();
    return status_;
  }
  uint64_t bytes() const override { return sunk_ + pending_.size(); }

 private:
  static constexpr size_t kElementsPerCommand = 64;
  static constexpr size_t kBlockBytes = size_t{64} << 10;

  void write_value(const Entry& entry);
  void write_list(const Collection& list);
  void write_set(const Collection& set);
  void write_zset(const Collection& zset);
  void write_hash(const Collection& hash);
  void write_stream(const Entry& entry);
  void write_payload(const Entry& entry);
  void write_entries(const Stream& stream);
  void write_group(const StreamGroup& group);

  /// A command of several elements: it is finished and begun again when it has enough of them.
  void begin_elements(Bytes command, Bytes key);
  void expire_element(Bytes command, Bytes keyword, Bytes element, int64_t at_ms);
  void add_element();
  void word(Bytes text);
  void words(std::initializer_list<Bytes> texts) {
    for (const Bytes text : texts) word(text);
  }
  void finish();
  void flush();

  ByteSink& sink_;
  const ValueContext& values_;
  const int rdb_version_;
  Bytes command_;
  Bytes key_;
  size_t elements_ = 0;
  size_t count_ = 0;     // of the words of the command that is composed
  std::string body_;     // of the command that is composed
  std::string pending_;  // commands that the sink hasn't got yet
  uint64_t sunk_ = 0;
  Status status_;  // the sink's first failure; it gets nothing more
};

}  // namespace sorrel
