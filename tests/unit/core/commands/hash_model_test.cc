// Random commands on hashes against a map of maps: every form, with fields that expire, and with
// snapshots of the keyspace frozen meanwhile and walked late: what a command changes in place must
// not show in them. The journal must rebuild the same data.

#include "core/value/hash.h"
#include "tests/support/model_game.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

using namespace sorrel;

namespace {

struct ModelField {
  std::string value;
  int64_t expires_ms = kNever;
  bool operator==(const ModelField&) const = default;
};
using ModelHash = std::map<std::string, ModelField>;
struct ModelKey {
  ModelHash fields;
  int64_t expires_ms = kNever;
  bool operator==(const ModelKey&) const = default;
};

struct Thresholds {
  const char* fields;
  const char* bytes;
};

class Game final : public ModelGame<ModelKey> {
 public:
  Game(uint64_t seed, const Thresholds& thresholds) : ModelGame(seed, kDatabases) {
    run_({"CONFIG", "SET", "hash-max-listpack-entries", thresholds.fields,
          "hash-max-listpack-value", thresholds.bytes});
  }

 private:
  static constexpr size_t kDatabases = 2;
  static constexpr const char* kSame = "-ERR source and destination objects are the same";

  std::string key() { return ModelGame::key(6); }
  // Two of three sizes fit a pack, and half of the values are integers.
  std::string value() {
    if (chance(2)) return std::to_string(static_cast<int64_t>(random_.next()) >> random_.below(64));
    static constexpr size_t kSizes[] = {0, 1, 5, 8, 9, 15, 16, 17, 40, 254, 255, 256, 5000};
    return std::string(kSizes[random_.below(chance(6) ? std::size(kSizes) : 5)],
                       static_cast<char>('a' + random_.below(26)));
  }
  std::string field() {
    const uint64_t which = random_.below(40);
    if (which == 0) return "";
    if (which == 1) return std::string(300, 'f');
    return which % 2 == 0 ? std::to_string(which) : "f" + std::to_string(which);
  }
  ModelField* find(const std::string& name, const std::string& field) {
    const auto key = model().find(name);
    if (key == model().end()) return nullptr;
    const auto it = key->second.fields.find(field);
    return it == key->second.fields.end() ? nullptr : &it->second;
  }
  bool erase(const std::string& name, const std::string& field) {
    if (find(name, field) == nullptr) return false;
    ModelKey& there = model()[name];
    there.fields.erase(field);
    if (there.fields.empty()) model().erase(name);
    return true;
  }
  std::string shown(const std::string& name, const std::string& field) {
    const ModelField* there = find(name, field);
    return there == nullptr ? "$-1" : bulk(there->value);
  }

  void one_command() override {
    const std::string name = key();
    switch (random_.below(20)) {
      case 0:
      case 1:
      case 2:
        return hset(name);
      case 3:
        return hdel(name);
      case 4:
        return hget(name);
      case 5:
        return hincrby(name);
      case 6:
        return hsetnx(name);
      case 7:
      case 8:
      case 9:
        return hpexpire(name);
      case 10:
        return hpersist(name);
      case 11:
        return hsetex(name);
      case 12:
        return hgetex(name);
      case 13:
        return hgetdel(name);
      case 14:
        return hpttl(name);
      case 15:
        return expect({"HLEN", name}, number(static_cast<int64_t>(length(name))));
      case 16:
        return hrandfield(name);
      case 17:
        return move_key(name);
      case 18:
        return expire_key(name);
      default:
        return drop_or_swap(name);
    }
  }
  size_t length(const std::string& name) {
    const auto key = model().find(name);
    return key == model().end() ? 0 : key->second.fields.size();
  }

  void hset(const std::string& name) {
    std::vector<std::string> words = {"HSET", name};
    int64_t created = 0;
    for (size_t pairs = 1 + random_.below(chance(20) ? 30 : 3); pairs != 0; --pairs) {
      words.push_back(field());
      words.push_back(value());
      const std::string& name_of_field = words[words.size() - 2];
      created += find(name, name_of_field) == nullptr;
      model()[name].fields[name_of_field] = ModelField{words.back()};
    }
    expect(words, number(created));
  }

  void hdel(const std::string& name) {
    std::vector<std::string> words = {"HDEL", name};
    int64_t deleted = 0;
    for (size_t fields = 1 + random_.below(chance(10) ? 60 : 3); fields != 0; --fields) {
      words.push_back(field());
      deleted += erase(name, words.back());
    }
    expect(words, number(deleted));
  }

  void hget(const std::string& name) {
    const std::string one = field();
    const std::string other = field();
    expect({"HGET", name, one}, shown(name, one));
    expect({"HMGET", name, one, other}, "*2 " + shown(name, one) + " " + shown(name, other));
    expect({"HEXISTS", name, one}, number(find(name, one) != nullptr));
  }

  void hincrby(const std::string& name) {
    const std::string one = field();
    const ModelField* there = find(name, one);
    const auto before = there == nullptr ? std::optional<int64_t>(0) : parse_integer(there->value);
    const int64_t by = static_cast<int64_t>(random_.below(1000)) - 500;
    int64_t after;
    if (!before) {
      expect({"HINCRBY", name, one, std::to_string(by)}, "-ERR hash value is not an integer");
    } else if (__builtin_add_overflow(*before, by, &after)) {
      expect({"HINCRBY", name, one, std::to_string(by)},
             "-ERR increment or decrement would overflow");
    } else {
      expect({"HINCRBY", name, one, std::to_string(by)}, number(after));
      model()[name].fields[one].value = std::to_string(after);
    }
  }

  void hsetnx(const std::string& name) {
    const std::string one = field();
    const std::string bytes = value();
    const bool absent = find(name, one) == nullptr;
    expect({"HSETNX", name, one, bytes}, number(absent));
    if (absent) model()[name].fields[one] = ModelField{bytes};
  }

  // ---- Expiries.

  int64_t some_time() {
    if (chance(20)) return now_ms() - 1;
    return now_ms() + 1 + static_cast<int64_t>(random_.below(chance(3) ? 5000 : 300));
  }
  static bool holds(const std::string& condition, int64_t current, int64_t at_ms) {
    if (condition == "NX") return current == kNever;
    if (condition == "XX") return current != kNever;
    if (condition == "GT") return at_ms > current;
    if (condition == "LT") return at_ms < current;
    return true;
  }
  int64_t expire(const std::string& name, const std::string& field, const std::string& condition,
                 int64_t at_ms) {
    ModelField* there = find(name, field);
    if (there == nullptr) return -2;
    if (!holds(condition, there->expires_ms, at_ms)) return 0;
    if (at_ms <= now_ms()) return erase(name, field) ? 2 : 0;
    there->expires_ms = at_ms;
    return 1;
  }

  void hpexpire(const std::string& name) {
    static const std::string kConditions[] = {"", "", "NX", "XX", "GT", "LT"};
    const std::string condition = kConditions[random_.below(std::size(kConditions))];
    const int64_t at_ms = some_time();
    std::vector<std::string> words = {"HPEXPIREAT", name, std::to_string(at_ms)};
    if (!condition.empty()) words.push_back(condition);
    const size_t fields = 1 + random_.below(chance(5) ? 20 : 3);
    words.insert(words.end(), {"FIELDS", std::to_string(fields)});
    std::string reply = "*" + std::to_string(fields);
    for (size_t i = 0; i < fields; ++i) {
      words.push_back(field());
      reply += " " + number(expire(name, words.back(), condition, at_ms));
    }
    expect(words, reply);
  }

  void hpersist(const std::string& name) {
    const std::string one = field();
    ModelField* there = find(name, one);
    const int64_t code = there == nullptr ? -2 : there->expires_ms == kNever ? -1 : 1;
    if (there != nullptr) there->expires_ms = kNever;
    expect({"HPERSIST", name, "FIELDS", "1", one}, "*1 " + number(code));
  }

  void hpttl(const std::string& name) {
    const std::string one = field();
    const ModelField* there = find(name, one);
    const int64_t code = there == nullptr              ? -2
                         : there->expires_ms == kNever ? -1
                                                       : there->expires_ms - now_ms();
    expect({"HPTTL", name, "FIELDS", "1", one}, "*1 " + number(code));
  }

  void hsetex(const std::string& name) {
    const std::string one = field();
    const std::string bytes = value();
    const ModelField* there = find(name, one);
    if (chance(3)) {
      expect({"HSETEX", name, "KEEPTTL", "FIELDS", "1", one, bytes}, ":1");
      model()[name].fields[one].value = bytes;
      return;
    }
    const int64_t at_ms = some_time();
    static const std::string kConditions[] = {"", "FNX", "FXX"};
    const std::string condition = kConditions[random_.below(std::size(kConditions))];
    const bool applies = condition.empty() || (condition == "FNX") == (there == nullptr);
    std::vector<std::string> words = {"HSETEX", name, "PXAT", std::to_string(at_ms)};
    if (!condition.empty()) words.push_back(condition);
    words.insert(words.end(), {"FIELDS", "1", one, bytes});
    expect(words, number(applies));
    if (!applies) return;
    at_ms > now_ms() ? static_cast<void>(model()[name].fields[one] = ModelField{bytes, at_ms})
                     : static_cast<void>(erase(name, one));
  }

  void hgetex(const std::string& name) {
    const std::string one = field();
    if (chance(2)) {
      expect({"HGETEX", name, "PERSIST", "FIELDS", "1", one}, "*1 " + shown(name, one));
      if (ModelField* there = find(name, one)) there->expires_ms = kNever;
      return;
    }
    const int64_t at_ms = some_time();
    expect({"HGETEX", name, "PXAT", std::to_string(at_ms), "FIELDS", "1", one},
           "*1 " + shown(name, one));
    expire(name, one, "", at_ms);
  }

  void hgetdel(const std::string& name) {
    const std::string one = field();
    expect({"HGETDEL", name, "FIELDS", "1", one}, "*1 " + shown(name, one));
    erase(name, one);
  }

  void hrandfield(const std::string& name) {
    const size_t count = std::min<size_t>(length(name), 3);
    const std::string reply = run_({"HRANDFIELD", name, "3"});
    REQUIRE(reply.starts_with("*" + std::to_string(count)));
  }

  // ---- Keys.

  void move_key(const std::string& name) {
    const std::string to = key();
    const auto there = model().find(name);
    if (there == model().end()) return expect({"RENAME", name, to}, "-ERR no such key");
    switch (random_.below(3)) {
      case 0: {
        expect({"RENAME", name, to}, "+OK");
        ModelKey moved = there->second;
        model().erase(there);
        model()[to] = std::move(moved);
        return;
      }
      case 1:
        expect({"COPY", name, to, "REPLACE"}, to == name ? kSame : ":1");
        if (to != name) model()[to] = there->second;
        return;
      default: {
        const size_t other = 1 - db_;
        const bool moves = models_[other].count(name) == 0;
        expect({"MOVE", name, std::to_string(other)}, number(moves));
        if (!moves) return;
        models_[other][name] = there->second;
        model().erase(name);
      }
    }
  }

  void expire_key(const std::string& name) {
    const auto there = model().find(name);
    if (chance(2)) {
      const bool expires = there != model().end() && there->second.expires_ms != kNever;
      expect({"PERSIST", name}, number(expires));
      if (expires) there->second.expires_ms = kNever;
      return;
    }
    const int64_t at_ms = now_ms() + 1 + static_cast<int64_t>(random_.below(4000));
    expect({"PEXPIREAT", name, std::to_string(at_ms)}, number(there != model().end()));
    if (there != model().end()) there->second.expires_ms = at_ms;
  }

  void drop_or_swap(const std::string& name) {
    if (chance(30)) {
      expect({"SWAPDB", "0", "1"}, "+OK");
      return std::swap(models_[0], models_[1]);
    }
    if (chance(2)) {
      db_ = 1 - db_;
      return expect({"SELECT", std::to_string(db_)}, "+OK");
    }
    if (chance(40)) {
      expect({"FLUSHDB", "ASYNC"}, "+OK");
      return model().clear();
    }
    if (!chance(8)) return;
    expect({"DEL", name}, number(model().count(name) != 0));
    model().erase(name);
  }

  // ---- Time.

  void between_commands() override {
    if (chance(15)) run_.local.clock.advance_ms(1 + static_cast<int64_t>(random_.below(700)));
  }
  ModelKey read(const Entry& entry, int64_t now_ms) override {
    PackElement::Scratch scratch;
    ModelKey there;
    if (entry.has_expiry()) there.expires_ms = entry.expiry().at_ms;
    HashReader(*entry.collection(), engine().value_context(), now_ms)
        .for_each([&](const HashItem& item) {
          ModelField& field = there.fields[std::string(item.field.bytes(scratch))];
          field.value = item.value.bytes(scratch);
          field.expires_ms = item.expires_ms;
        });
    return there;
  }
  void forget(Model& model, int64_t now_ms) override {
    for (auto& [name, key] : model) {
      std::erase_if(key.fields, [&](const auto& item) { return item.second.expires_ms <= now_ms; });
    }
    std::erase_if(model, [&](const auto& item) {
      return item.second.fields.empty() || item.second.expires_ms <= now_ms;
    });
  }
};

}  // namespace

TEST_CASE("hashes behave as in a map, frozen snapshots or not", "[hash][model]") {
  static constexpr Thresholds kThresholds[] = {
      {"512", "64"}, {"6", "16"}, {"0", "64"}, {"20", "8"}};
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    INFO("seed " << seed);
    Game(seed, kThresholds[seed % std::size(kThresholds)]).play(3000);
  }
}
