// Random commands on strings against a map, with snapshots of the keyspace frozen meanwhile and
// walked late: what a command changes in place must not show in them.

#include "tests/support/model_game.h"

#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <string>

using namespace sorrel;

namespace {

struct ModelValue {
  std::string bytes;
  std::optional<int64_t> expires_ms;

  bool operator==(const ModelValue&) const = default;
};

// Around every place where a string changes its form, and some in between.
constexpr size_t kSizes[] = {0,    1,    19,   20,   44,    45,    254,  255,
                             1023, 1024, 1025, 5000, 65535, 65536, 65537};

class Game final : public ModelGame<ModelValue> {
 public:
  explicit Game(uint64_t seed) : ModelGame(seed) {}

 private:
  std::string key() { return ModelGame::key(12); }
  std::string value() {
    if (chance(3)) return std::to_string(static_cast<int64_t>(random_.next()) >> random_.below(64));
    const size_t size = kSizes[random_.below(std::size(kSizes))];
    return std::string(size, static_cast<char>('a' + random_.below(26)));
  }

  ModelValue* find(const std::string& name) {
    const auto it = model().find(name);
    return it == model().end() ? nullptr : &it->second;
  }
  std::string shown(const std::string& name) {
    const ModelValue* there = find(name);
    return there == nullptr ? "$-1" : bulk(there->bytes);
  }

  void one_command() override {
    const std::string name = key();
    switch (random_.below(18)) {
      case 0:
        return expect({"GET", name}, shown(name));
      case 1:
        return set(name);
      case 2:
        return set_with_options(name);
      case 3:
        return append(name);
      case 4:
        return setrange(name);
      case 5:
        return getrange(name);
      case 6:
        return incr(name);
      case 7:
        return getex(name);
      case 8:
        return setbit(name);
      case 9:
        return expect({"STRLEN", name},
                      ":" + std::to_string(find(name) ? find(name)->bytes.size() : 0));
      case 10:
        return getset(name);
      case 11:
        return remove(name);
      case 12:
        return mset(name);
      case 13:
        return bitcount(name);
      case 14:
        return bitpos(name);
      case 15:
        return bitfield(name);
      case 16:
        return copy(name);
      default:
        return bitop(name);
    }
  }

  void set(const std::string& name) {
    const std::string bytes = value();
    expect({"SET", name, bytes}, "+OK");
    model()[name] = ModelValue{bytes, std::nullopt};
  }

  void set_with_options(const std::string& name) {
    const std::string bytes = value();
    const ModelValue* there = find(name);
    if (chance(2)) {
      const auto kept = there == nullptr ? std::nullopt : there->expires_ms;
      expect({"SET", name, bytes, "GET", "KEEPTTL"}, shown(name));
      model()[name] = ModelValue{bytes, kept};
      return;
    }
    const int64_t ttl_ms = 1 + static_cast<int64_t>(random_.below(20'000));
    const bool applies = there == nullptr || there->bytes != bytes;
    expect({"SET", name, bytes, "PX", std::to_string(ttl_ms), "IFNE", bytes},
           applies ? "+OK" : "$-1");
    if (applies) model()[name] = ModelValue{bytes, now_ms() + ttl_ms};
  }

  void append(const std::string& name) {
    const std::string bytes = value();
    std::string& there = model()[name].bytes;
    there += bytes;
    expect({"APPEND", name, bytes}, ":" + std::to_string(there.size()));
    if (there.size() > 300'000) remove(name);
  }

  void setrange(const std::string& name) {
    const size_t offset = random_offset(name);
    const std::string bytes(chance(4) ? 40'000 : 3, static_cast<char>('A' + random_.below(26)));
    std::string& there = model()[name].bytes;
    if (there.size() < offset + bytes.size()) there.resize(offset + bytes.size());
    there.replace(offset, bytes.size(), bytes);
    expect({"SETRANGE", name, std::to_string(offset), bytes}, ":" + std::to_string(there.size()));
  }

  /// Near a place where the form changes, or anywhere in the string.
  size_t random_offset(const std::string& name) {
    const ModelValue* there = find(name);
    if (there == nullptr || there->bytes.empty() || chance(3)) {
      return kSizes[random_.below(std::size(kSizes))];
    }
    return random_.below(there->bytes.size());
  }

  void getrange(const std::string& name) {
    const size_t from = random_offset(name);
    const size_t size = chance(3) ? 30'000 : 50;
    const std::string there = find(name) ? find(name)->bytes : "";
    expect({"GETRANGE", name, std::to_string(from), std::to_string(from + size - 1)},
           bulk(from < there.size() ? there.substr(from, size) : ""));
  }

  void incr(const std::string& name) {
    const ModelValue* there = find(name);
    const std::optional<int64_t> before =
        there == nullptr ? std::optional<int64_t>(0) : parse_integer(there->bytes);
    const int64_t by = static_cast<int64_t>(random_.below(1000)) - 500;
    int64_t after;
    if (!before) {
      expect({"INCRBY", name, std::to_string(by)}, "-ERR value is not an integer or out of range");
    } else if (__builtin_add_overflow(*before, by, &after)) {
      expect({"INCRBY", name, std::to_string(by)}, "-ERR increment or decrement would overflow");
    } else {
      expect({"INCRBY", name, std::to_string(by)}, ":" + std::to_string(after));
      model()[name].bytes = std::to_string(after);
    }
  }

  void getex(const std::string& name) {
    ModelValue* there = find(name);
    if (chance(2)) {
      expect({"GETEX", name, "PERSIST"}, shown(name));
      if (there != nullptr) there->expires_ms.reset();
    } else {
      expect({"GETEX", name, "EX", "7"}, shown(name));
      if (there != nullptr) there->expires_ms = now_ms() + 7000;
    }
  }

  void setbit(const std::string& name) {
    const size_t offset = random_.below(chance(4) ? 600'000 : 400);
    const bool bit = chance(2);
    std::string& there = model()[name].bytes;
    if (there.size() <= offset / 8) there.resize(offset / 8 + 1);
    const auto mask = static_cast<char>(0x80 >> offset % 8);
    char& byte = there[offset / 8];
    expect({"SETBIT", name, std::to_string(offset), bit ? "1" : "0"},
           (byte & mask) != 0 ? ":1" : ":0");
    byte = static_cast<char>(bit ? byte | mask : byte & ~mask);
  }

  static bool bit_of(const std::string& bytes, size_t bit) {
    return bit / 8 < bytes.size() && (bytes[bit / 8] >> (7 - bit % 8) & 1) != 0;
  }
  void bitcount(const std::string& name) {
    const std::string there = find(name) ? find(name)->bytes : "";
    const size_t from = random_offset(name) * 8 + random_.below(8);
    const size_t to = from + random_.below(300'000);
    size_t bits = 0;
    for (size_t bit = from; bit <= to && bit < there.size() * 8; ++bit) bits += bit_of(there, bit);
    expect({"BITCOUNT", name, std::to_string(from), std::to_string(to), "BIT"},
           ":" + std::to_string(bits));
  }

  void bitpos(const std::string& name) {
    const std::string there = find(name) ? find(name)->bytes : "";
    const size_t from = random_offset(name);
    int64_t found = -1;
    for (size_t bit = from * 8; bit < there.size() * 8 && found < 0; ++bit) {
      if (bit_of(there, bit)) found = static_cast<int64_t>(bit);
    }
    expect({"BITPOS", name, "1", std::to_string(from), "-1"}, ":" + std::to_string(found));
  }

  void bitfield(const std::string& name) {
    const size_t offset = random_offset(name) * 8 + random_.below(8);
    const uint64_t value = random_.below(1 << 20);
    std::string& there = model()[name].bytes;
    there.resize(std::max(there.size(), (offset + 20 + 7) / 8));
    uint64_t before = 0;
    for (size_t i = 0; i < 20; ++i) {
      before = before << 1 | (bit_of(there, offset + i) ? 1 : 0);
      const auto mask = static_cast<char>(0x80 >> (offset + i) % 8);
      char& byte = there[(offset + i) / 8];
      const bool bit = (value >> (19 - i) & 1) != 0;
      byte = static_cast<char>(bit ? byte | mask : byte & ~mask);
    }
    const std::string at = std::to_string(offset);
    expect({"BITFIELD", name, "SET", "u20", at, std::to_string(value), "GET", "u20", at},
           "*2 :" + std::to_string(before) + " :" + std::to_string(value));
  }

  void copy(const std::string& name) {
    const std::string other = key();
    if (other == name) return;
    if (find(name) == nullptr) return expect({"COPY", name, other, "REPLACE"}, ":0");
    if (chance(2)) {
      expect({"COPY", name, other, "REPLACE"}, ":1");
      model()[other] = model()[name];
    } else {
      expect({"RENAME", name, other}, "+OK");
      model()[other] = model()[name];
      model().erase(name);
    }
  }

  void getset(const std::string& name) {
    const std::string bytes = value();
    expect({"GETSET", name, bytes}, shown(name));
    model()[name] = ModelValue{bytes, std::nullopt};
  }

  void remove(const std::string& name) {
    expect({"GETDEL", name}, shown(name));
    model().erase(name);
  }

  void mset(const std::string& name) {
    const std::string other = key();
    const std::string first = value();
    const std::string second = value();
    expect({"MSET", name, first, other, second}, "+OK");
    model()[name] = ModelValue{first, std::nullopt};
    model()[other] = ModelValue{second, std::nullopt};
  }

  void bitop(const std::string& name) {
    const std::string first = find(name) ? find(name)->bytes : "";
    const std::string other = key();
    const std::string second = find(other) ? find(other)->bytes : "";
    std::string result(std::max(first.size(), second.size()), '\0');
    for (size_t i = 0; i < result.size(); ++i) {
      result[i] = static_cast<char>((i < first.size() ? first[i] : 0) ^
                                    (i < second.size() ? second[i] : 0));
    }
    expect({"BITOP", "XOR", name, name, other}, ":" + std::to_string(result.size()));
    result.empty() ? static_cast<void>(model().erase(name))
                   : static_cast<void>(model()[name] = ModelValue{result, std::nullopt});
  }

  void between_commands() override {
    if (chance(50)) run_.local.clock.advance_ms(1 + static_cast<int64_t>(random_.below(5000)));
  }
  ModelValue read(const Entry& entry, int64_t) override {
    StringValue::Scratch scratch;
    ModelValue there{std::string(entry.string().bytes(scratch)), std::nullopt};
    if (entry.has_expiry()) there.expires_ms = entry.expiry().at_ms;
    return there;
  }
  void forget(Model& model, int64_t now_ms) override {
    std::erase_if(model, [&](const auto& item) {
      return item.second.expires_ms && *item.second.expires_ms <= now_ms;
    });
  }
};

}  // namespace

TEST_CASE("strings behave as in a map, frozen snapshots or not", "[string][model]") {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    INFO("seed " << seed);
    Game(seed).play(2500);
  }
}
