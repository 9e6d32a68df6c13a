#include "persistence/keyspace_loader.h"

#include "core/base/number.h"
#include "core/keyspace/access_clock.h"
#include "core/value/set.h"
#include "core/value/stream.h"
#include "persistence/rdb_member_expiry.h"
#include "persistence/rdb_stream_extras.h"
#include "persistence/rdb_stream_schedule.h"

#include <utility>

namespace sorrel {

KeyspaceLoader::KeyspaceLoader(Engine& engine, const Options& options)
    : engine_(engine),
      options_(options),
      dirty_before_(engine.books().dirty),
      listener_(std::exchange(engine.books().listener, nullptr)) {}

// Clients may have begun to watch keys, or to wait for events, while a long file was loaded: they
// hear of what comes from here on.
KeyspaceLoader::~KeyspaceLoader() {
  engine_.books().dirty = dirty_before_;
  engine_.books().listener = listener_;
}

/// Behind a set; one whose time had come isn't there.
Status KeyspaceLoader::set_member_expiries(Bytes value) {
  Bookkeeping& books = engine_.books();
  Keyspace& keyspace = engine_.database(db_);
  MemberExpiries members(value);
  // Members that are due stay for whoever expires them: a loader writes no journal.
  const int64_t expired_until_ms = std::exchange(books.expired_until_ms, INT64_MIN);
  bool sound;
  {
    const Bytes key = members.key();
    KeyWriter writer(books, keyspace, key, keyspace.hash(key), Touch::kPeek);
    const bool is_there = writer.is(Type::kSet);
    sound = members.apply(is_there ? &writer.edit_expiring(Type::kSet) : nullptr,
                          engine_.value_context());
    if (is_there) writer.close_edit();
  }
  books.expired_until_ms = expired_until_ms;
  return sound ? Status::ok() : Status::failure("a damaged field of members' expiries");
}

/// Behind a stream; one whose time had come isn't there.
Status KeyspaceLoader::set_stream_schedule(Bytes name, Bytes value) {
  const std::vector<std::string> words = stream_schedule_words(value);
  if (words.empty()) return Status::failure("a damaged field of a stream's schedule");
  Bookkeeping& books = engine_.books();
  Keyspace& keyspace = engine_.database(db_);
  // What is due stays for whoever journals it.
  const int64_t expired_until_ms = std::exchange(books.expired_until_ms, INT64_MIN);
  bool sound;
  {
    const Bytes key = words.front();
    KeyWriter writer(books, keyspace, key, keyspace.hash(key), Touch::kPeek);
    sound = !writer.exists();
    if (writer.is(Type::kStream)) {
      Stream& stream = Stream::thaw(writer.edit_expiring(Type::kStream), engine_.epoch());
      sound = apply_stream_schedule(name, words, stream, engine_.epoch());
    }
  }
  books.expired_until_ms = expired_until_ms;
  return sound ? Status::ok() : Status::failure("a damaged field of a stream's schedule");
}

Status KeyspaceLoader::aux(Bytes name, Bytes value) {
  if (name == kMemberExpiryAux) return set_member_expiries(value);
  if (is_stream_schedule(name)) return set_stream_schedule(name, value);
  const int64_t number = parse_integer(value).value_or(0);
  if (name == "redis-ver") outcome_.redis_version = std::string(value);
  if (name == "ctime") outcome_.created_s = number;
  if (name == "used-mem") outcome_.used_memory = static_cast<uint64_t>(number);
  if (name == "aof-base") outcome_.aof_base = number != 0;
  if (name == "repl-stream-db") outcome_.repl_stream_db = static_cast<int>(number);
  if (name == "repl-id") outcome_.repl_id = std::string(value);
  if (name == "repl-offset") outcome_.repl_offset = number;
  if (is_stream_extra(name)) stream_extras_.emplace_back(name, value);
  return Status::ok();
}

Status KeyspaceLoader::select_db(uint64_t number) {
  const auto databases = static_cast<uint64_t>(engine_.database_count());
  if (number >= databases) {
    return Status::failure("the file has a database " + std::to_string(number) +
                           ", and the server only has " + std::to_string(databases));
  }
  db_ = static_cast<int>(number);
  return Status::ok();
}

Status KeyspaceLoader::take_stream_extras(RdbEntry& entry) {
  if (stream_extras_.empty()) return Status::ok();
  const auto extras = std::exchange(stream_extras_, {});
  for (const auto& [name, value] : extras) {
    if (!entry.value.apply_extra(name, value, engine_.value_context())) {
      return Status::failure("a damaged field " + name);
    }
  }
  return Status::ok();
}

Status KeyspaceLoader::entry(RdbEntry& entry) {
  if (Status taken = take_stream_extras(entry); !taken) return taken;
  Bookkeeping& books = engine_.books();
  if (entry.expires_ms <= books.now_ms && !options_.keep_expired) {
    ++outcome_.expired;
    return Status::ok();
  }
  Keyspace& keyspace = engine_.database(db_);
  KeyWriter writer(books, keyspace, entry.key, keyspace.hash(entry.key), Touch::kPeek);
  if (writer.exists() && !options_.replace) return Status::failure("the key is there twice");
  const bool expires = entry.expires_ms != kNever;
  entry.value.put(writer, expires ? Expiry::at(entry.expires_ms) : Expiry::none());
  set_clock(*writer.entry(), entry);
  ++outcome_.keys;
  return Status::ok();
}

void KeyspaceLoader::set_clock(const Entry& entry, const RdbEntry& read) {
  const Bookkeeping& books = engine_.books();
  if (read.idle_s) {
    entry.set_access_clock(clock_of_idle(books, *read.idle_s, entry.access_clock()));
  }
  if (read.frequency) {
    entry.set_access_clock(clock_of_counter(books, *read.frequency, entry.access_clock()));
  }
}

Status KeyspaceLoader::empty_key(Bytes /*key*/) {
  ++outcome_.empty;
  return Status::ok();
}

Status KeyspaceLoader::module_aux(Bytes module) {
  outcome_.modules.emplace_back(module);
  return Status::ok();
}

Status KeyspaceLoader::function(Bytes /*source*/) {
  ++outcome_.functions;
  return Status::ok();
}

}  // namespace sorrel
