#include "tests/support/scenario.h"

#include "core/base/check.h"
#include "core/base/quoted_words.h"
#include "core/digest.h"
#include "core/value/hash.h"
#include "core/value/list.h"

#include <map>
#include <utility>

namespace sorrel {
namespace {

std::vector<Bytes> views_of(const std::vector<std::string>& words) {
  return std::vector<Bytes>(words.begin(), words.end());
}

void append_separated(std::string& list, Bytes separator, Bytes item) {
  if (!list.empty()) list += separator;
  list += item;
}

}  // namespace

Scenario::Scenario() {
  Bookkeeping& books = local.engine.books();
  books.listener = this;
  books.event_mask = ~0u;
  local.engine.journal().attach(reader_);
}

Scenario::~Scenario() {
  local.engine.books().listener = nullptr;
  local.engine.journal().detach(reader_);
}

std::string Scenario::operator()(Bytes line) {
  const auto words = split_quoted_words(line);
  VERIFY(words.has_value());
  return (*this)(*words);
}

std::string Scenario::operator()(const std::vector<std::string>& words) {
  const std::string reply = local.run_in(local.session, views_of(words));
  read_journal();
  std::string shown;
  for (size_t i = 0; i < reply.size(); ++i) {
    if (reply.compare(i, 2, "\r\n") != 0) {
      shown += reply[i];
    } else if (++i + 1 < reply.size()) {
      shown += ' ';
    }
  }
  return shown;
}

void Scenario::put_list(Bytes key) {
  Engine& engine = local.engine;
  Keyspace& db = engine.database(local.session.db);
  Entry::Shape shape;
  shape.type = Type::kList;
  shape.form = Entry::Form::kCollection;
  shape.key_size = key.size();
  Owned<Entry> made = Owned<Entry>::adopt(Entry::make(engine.epoch(), shape, key), engine.epoch());
  const Bytes element = "element";
  List::push(made.thaw(engine.epoch()).collection(), ListEnd::kTail, {&element, 1}, db.values());
  db.table().insert(std::move(made), db.hash(key));
}

void Scenario::key_event(EventClass, Bytes event, Bytes key, int) {
  append_separated(events_, " ", std::string(event) + ":" + std::string(key));
}

std::string Scenario::events() {
  return std::exchange(events_, std::string());
}

void Scenario::read_journal() {
  Journal& journal = local.engine.journal();
  for (Bytes bytes = journal.peek(reader_); !bytes.empty(); bytes = journal.peek(reader_)) {
    journal_ += bytes;
    journal.advance(reader_, bytes.size());
  }
}

std::vector<std::vector<std::string>> Scenario::parsed_from(size_t offset) const {
  std::vector<std::vector<std::string>> commands;
  RequestParser parser;
  const Bytes input = Bytes(journal_).substr(offset);
  for (size_t done = 0; done < input.size(); done += parser.take_consumed()) {
    RequestBatch batch;
    VERIFY(parser.fill(input.substr(done), RequestLimits(), batch) ==
           RequestParser::Outcome::kRequest);
    for (size_t i = 0; i < batch.size(); ++i) {
      commands.emplace_back(batch[i].begin(), batch[i].end());
    }
  }
  return commands;
}

std::string Scenario::journal() {
  std::string shown;
  for (const auto& words : parsed_from(journal_shown_)) {
    append_separated(shown, "; ", join_quoted_words(words));
  }
  journal_shown_ = journal_.size();
  return shown;
}

Scenario::Data Scenario::rebuilt() {
  // At the time when the scenario began: a key that has expired since was alive when the commands
  // of the journal found it, and its end is in the journal.
  LocalEngine copy;
  copy.session.set(Session::kInternal);
  for (const auto& words : parsed_from(0)) {
    if (words[0] == "MULTI" || words[0] == "EXEC") continue;
    if (words[0] == "SELECT") {
      copy.session.db = std::stoi(words[1]);
      continue;
    }
    const std::string reply = copy.run_in(copy.session, views_of(words));
    VERIFY(reply.empty() || reply[0] != '-');
  }
  copy.clock = local.clock;
  return data_of(copy);
}

namespace {

std::string shown_hash(Engine& engine, const Entry& entry) {
  std::map<std::string, std::string> fields;
  PackElement::Scratch scratch;
  HashReader(*entry.collection(), engine.value_context(), engine.now_ms())
      .for_each([&](const HashItem& item) {
        std::string& shown = fields[std::string(item.field.bytes(scratch))];
        shown = item.value.bytes(scratch);
        if (item.expires_ms != kNever) shown += " until " + std::to_string(item.expires_ms);
      });
  std::string shown = "hash";
  for (const auto& [field, value] : fields) shown += " " + field + "=" + value;
  return shown;
}

std::string shown_value(Engine& engine, const Entry& entry) {
  StringValue::Scratch scratch;
  if (entry.type() == Type::kString) return std::string(entry.string().bytes(scratch));
  if (entry.type() == Type::kHash) return shown_hash(engine, entry);
  const Digest digest = digest_value(engine, entry);
  return std::string(type_name(entry.type())) + std::string(digest.begin(), digest.end());
}

bool is_live(Engine& engine, const Entry& entry) {
  if (entry.expired(engine.now_ms())) return false;
  return !entry.elements_due(engine.now_ms()) ||
         entry.collection()->live_size(entry.type(), engine.now_ms()) != 0;
}

}  // namespace

Scenario::Data Scenario::data_of(LocalEngine& local_engine) {
  Data data;
  Engine& engine = local_engine.engine;
  engine.begin_turn();
  for (int db = 0; db < engine.database_count(); ++db) {
    engine.database(db).table().for_each([&](const Entry& entry) {
      if (!is_live(engine, entry)) return;
      std::string shown = shown_value(engine, entry);
      if (entry.has_expiry()) shown += " until " + std::to_string(entry.expiry().at_ms);
      data[std::to_string(db) + " " + std::string(entry.key())] = shown;
    });
  }
  return data;
}

}  // namespace sorrel
