#include "tools/check_rdb/rdb_check.h"

#include "core/base/allocator.h"
#include "core/base/quoted_words.h"

#include <algorithm>

namespace sorrel::check_rdb {
namespace {

std::string number(uint64_t value) {
  return std::to_string(value);
}

// A failure tells its offset behind the key; here it goes where every line has it.
std::string offset_first(std::string message) {
  constexpr Bytes kWord = "offset ";
  const size_t begin = message.rfind(kWord);
  const size_t end = begin == std::string::npos ? begin : message.find(": ", begin);
  if (end == std::string::npos) return message;
  const std::string offset = message.substr(begin, end - begin);
  return "[" + offset + "] " + message.erase(begin, end + 2 - begin);
}

}  // namespace

RdbCheck::RdbCheck(Print print, int64_t now_ms, uint64_t seed)
    : print_(std::move(print)),
      now_ms_(now_ms),
      heap_(system_allocator()),
      epoch_(heap_),
      random_(seed),
      values_{epoch_, random_, random_.next()} {}

void RdbCheck::say(const std::string& line) {
  print_("[offset " + number(reader_ == nullptr ? 0 : reader_->offset()) + "] " + line);
}

bool RdbCheck::run(ByteSource& source, const std::string& name) {
  say("Checking RDB file " + name);
  RdbReader::Options options;
  options.skip_modules = true;
  RdbReader reader(source, values_, *this, options);
  reader_ = &reader;
  const Status status = reader.read();
  if (status.is_ok()) {
    say("Checksum OK");
    say("\\o/ RDB looks OK! \\o/");
  } else {
    say_error(reader, status);
  }
  say_sums();
  reader_ = nullptr;
  return status.is_ok();
}

void RdbCheck::say_error(const RdbReader& reader, const Status& failure) {
  print_("--- RDB ERROR DETECTED ---");
  print_(offset_first(failure.message()));
  print_("[additional info] While doing: " + std::string(reader.doing()));
  if (reader.in_entry()) print_("[additional info] Reading key " + quote_word(reader.key()));
}

void RdbCheck::say_sums() {
  print_("[info] " + number(keys_) + " keys read");
  print_("[info] " + number(expires_) + " expires");
  print_("[info] " + number(expired_) + " already expired");
  if (empty_ != 0) print_("[info] " + number(empty_) + " keys without elements, which are skipped");
  for (const TypeCount& type : types_) {
    print_("[info] " + number(type.keys) + " of type " + type.type);
  }
}

void RdbCheck::count(const std::string& type, int64_t expires_ms) {
  ++keys_;
  if (expires_ms != kNever) ++expires_;
  if (expires_ms <= now_ms_) ++expired_;
  const auto known = std::find_if(types_.begin(), types_.end(),
                                  [&](const TypeCount& of) { return of.type == type; });
  known == types_.end() ? types_.push_back({type, 1}) : static_cast<void>(++known->keys);
}

Status RdbCheck::aux(Bytes name, Bytes value) {
  say("AUX FIELD " + std::string(name) + " = '" + std::string(value) + "'");
  return Status::ok();
}

Status RdbCheck::select_db(uint64_t db) {
  say("Selecting DB ID " + number(db));
  return Status::ok();
}

Status RdbCheck::entry(RdbEntry& entry) {
  count(std::string(type_name(entry.value.type())), entry.expires_ms);
  entry.value.reset();
  epoch_.reclaim(SIZE_MAX);
  return Status::ok();
}

Status RdbCheck::empty_key(Bytes /*key*/) {
  ++empty_;
  return Status::ok();
}

Status RdbCheck::module_aux(Bytes module) {
  say("MODULE AUX for: " + std::string(module));
  return Status::ok();
}

Status RdbCheck::module_value(Bytes /*key*/, Bytes module) {
  count("module " + std::string(module), kNever);
  return Status::ok();
}

Status RdbCheck::function(Bytes source) {
  say("Function library of " + number(source.size()) + " bytes");
  return Status::ok();
}

}  // namespace sorrel::check_rdb
