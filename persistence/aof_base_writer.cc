#include "persistence/aof_base_writer.h"

#include "core/base/number.h"
#include "core/value/hash.h"
#include "core/value/list_cursor.h"
#include "core/value/set.h"
#include "core/value/set_table.h"
#include "core/value/zset.h"

#include <limits>

namespace sorrel {
namespace {

// At that time nothing has expired: what is due is deleted by whoever loads it.
constexpr int64_t kBeforeAll = std::numeric_limits<int64_t>::min();

}  // namespace

// ---- Commands.

void AofBaseWriter::word(Bytes text) {
  body_ += '$';
  body_ += IntegerText(static_cast<int64_t>(text.size())).view();
  body_ += "\r\n";
  body_ += text;
  body_ += "\r\n";
  ++count_;
}

void AofBaseWriter::finish() {
  if (count_ == 0) return;
  pending_ += '*';
  pending_ += IntegerText(static_cast<int64_t>(count_)).view();
  pending_ += "\r\n";
  pending_ += body_;
  body_.clear();
  count_ = elements_ = 0;
  if (pending_.size() >= kBlockBytes) flush();
}

void AofBaseWriter::begin_elements(Bytes command, Bytes key) {
  command_ = command;
  key_ = key;
}

void AofBaseWriter::add_element() {
  if (elements_ == kElementsPerCommand) finish();
  if (elements_++ != 0) return;
  word(command_);
  word(key_);
}

void AofBaseWriter::flush() {
  sunk_ += pending_.size();
  if (status_ && !pending_.empty()) status_ = sink_.write(pending_);
  pending_.clear();
}

// ---- Databases and keys.

Status AofBaseWriter::select_db(uint64_t number, uint64_t, uint64_t) {
  word("SELECT");
  word(std::to_string(number));
  finish();
  return Status::ok();
}

Status AofBaseWriter::entry(const Entry& entry) {
  write_value(entry);
  finish();
  if (entry.has_expiry()) {
    word("PEXPIREAT");
    word(entry.key());
    word(IntegerText(entry.expiry().at_ms).view());
    finish();
  }
  return status_;
}

void AofBaseWriter::write_value(const Entry& entry) {
  StringValue::Scratch scratch;
  switch (entry.type()) {
    case Type::kString:
      word("SET");
      word(entry.key());
      return word(entry.string().bytes(scratch));
    case Type::kList:
      begin_elements("RPUSH", entry.key());
      return write_list(*entry.collection());
    case Type::kSet:
      begin_elements("SADD", entry.key());
      return write_set(*entry.collection());
    case Type::kZset:
      begin_elements("ZADD", entry.key());
      return write_zset(*entry.collection());
    case Type::kHash:
      begin_elements("HSET", entry.key());
      return write_hash(*entry.collection());
    case Type::kStream:
      return write_stream(entry);
  }
}

void AofBaseWriter::write_list(const Collection& list) {
  PackElement::Scratch scratch;
  for (ListCursor at(list, 0); at; at.next()) {
    add_element();
    word(at.get().bytes(scratch));
  }
}

void AofBaseWriter::write_set(const Collection& set) {
  SetValue(set).for_each([this](const SetElement& member) {
    SetElement::Scratch scratch;
    add_element();
    word(member.bytes(scratch));
  });
  finish();
  if (set.next_expiry() == kNever) return;
  SetTable::of(set).elements().for_each([this](const SetMember& member) {
    if (!member.expires()) return;
    expire_element("SPEXPIREAT", "MEMBERS", member.text(), member.expires_ms());
  });
}

// An element's time comes in a command of its own behind all elements: adding one takes it away.
void AofBaseWriter::expire_element(Bytes command, Bytes keyword, Bytes element, int64_t at_ms) {
  for (const Bytes text : {command, key_}) word(text);
  word(IntegerText(at_ms).view());
  for (const Bytes text : {keyword, Bytes("1"), element}) word(text);
  finish();
}

void AofBaseWriter::write_zset(const Collection& zset) {
  Zset(zset).for_each([this](Bytes member, double score) {
    add_element();
    word(RealText(score).view());
    word(member);
  });
}

void AofBaseWriter::write_hash(const Collection& hash) {
  const HashReader reader(hash, values_, kBeforeAll);
  PackElement::Scratch scratch;
  reader.for_each([&](const HashItem& item) {
    add_element();
    word(item.field.bytes(scratch));
    word(item.value.bytes(scratch));
  });
  finish();
  if (hash.next_expiry() == kNever) return;
  reader.for_each([&](const HashItem& item) {
    if (item.expires_ms == kNever) return;
    expire_element("HPEXPIREAT", "FIELDS", item.field.bytes(scratch), item.expires_ms);
  });
}

}  // namespace sorrel
