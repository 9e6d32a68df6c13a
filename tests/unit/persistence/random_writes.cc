#include "tests/unit/persistence/random_writes.h"

namespace sorrel {

std::vector<std::string> RandomWrites::next() {
  switch (random_.below(13)) {
    case 0:
    case 1:
      return of_string();
    case 2:
    case 3:
      return of_list();
    case 4:
    case 5:
      return of_hash();
    case 6:
    case 7:
      return of_set();
    case 8:
    case 9:
      return of_zset();
    case 10:
    case 11:
      return of_stream();
    default:
      return of_keys();
  }
}

std::string RandomWrites::text() {
  const size_t sizes[] = {3, 40, 300, 9000, 90'000};
  std::string text(sizes[random_.below(random_.below(10) == 0 ? 5 : 3)], 'x');
  for (size_t i = 0; i < text.size(); i += 7) text[i] = static_cast<char>(random_.below(256));
  return text;
}

std::vector<std::string> RandomWrites::of_string() {
  switch (random_.below(6)) {
    case 0:
      return {"APPEND", key('s'), text()};
    case 1:
      return {"SETRANGE", key('s'), number(100'000), text()};
    case 2:
      return {"INCRBY", "counter:" + number(3), number(100)};
    case 3:
      return {"SETBIT", key('s'), number(500'000), "1"};
    case 4:
      return {"SET", key('s'), number(10), "EX", std::to_string(1000 + random_.below(5000))};
    default:
      return {"SET", key('s'), text()};
  }
}

std::vector<std::string> RandomWrites::of_list() {
  switch (random_.below(6)) {
    case 0:
      return {"LPOP", key('l'), number(200)};
    case 1:
      return {"LSET", key('l'), number(20), text()};
    case 2:
      return {"LTRIM", key('l'), number(4), "-" + number(4)};
    case 3:
      return {"LREM", key('l'), "2", number(50)};
    default: {
      Words words = {random_.below(2) == 0 ? "RPUSH" : "LPUSH", key('l')};
      for (size_t i = many(); i-- > 0;) words.push_back(i == 0 ? text() : number(50));
      return words;
    }
  }
}

std::vector<std::string> RandomWrites::of_hash() {
  switch (random_.below(6)) {
    case 0:
      return {"HDEL", key('h'), member(), member(), member()};
    case 1:
      return {"HEXPIRE", key('h'), std::to_string(1000 + random_.below(5000)), "FIELDS", "2",
              member(),  member()};
    case 2:
      return {"HINCRBY", key('h'), "count", number(100)};
    default: {
      Words words = {"HSET", key('h')};
      for (size_t i = many(); i-- > 0;) {
        words.push_back(member());
        words.push_back(i == 0 ? text() : number(1000));
      }
      return words;
    }
  }
}

std::vector<std::string> RandomWrites::of_set() {
  switch (random_.below(7)) {
    case 0:
      return {"SPOP", key('c'), number(20)};
    case 1:
      return {"SMOVE", key('c'), key('c'), member()};
    case 2:
      return {"SEXPIRE", key('c'), std::to_string(1000 + random_.below(5000)), "MEMBERS", "2",
              member(),  member()};
    case 3:
      return {"SREM", key('c'), member(), number(3000), member()};
    default: {
      Words words = {"SADD", key('c')};
      const bool numbers = random_.below(2) == 0;
      for (size_t i = many(); i-- > 0;) words.push_back(numbers ? number(3000) : member());
      return words;
    }
  }
}

std::vector<std::string> RandomWrites::of_zset() {
  switch (random_.below(6)) {
    case 0:
      return {"ZREMRANGEBYRANK", key('z'), number(50), std::to_string(40 + random_.below(200))};
    case 1:
      return {"ZINCRBY", key('z'), number(50), member()};
    case 2:
      return {"ZPOPMIN", key('z'), number(20)};
    default: {
      Words words = {"ZADD", key('z')};
      for (size_t i = many(); i-- > 0;) {
        words.push_back(number(1000));
        words.push_back(member());
      }
      return words;
    }
  }
}

std::vector<std::string> RandomWrites::of_stream() {
  switch (random_.below(8)) {
    case 0:
      return {"XTRIM", key('x'), "MAXLEN", number(100)};
    case 1:
      return {"XGROUP", "CREATE", key('x'), "group" + number(3), "0"};
    case 2:
      return {"XREADGROUP", "GROUP", "group" + number(3), "consumer" + number(3),
              "COUNT",      "20",    "STREAMS",           key('x'),
              ">"};
    default:
      return {"XADD", key('x'), "*", "field", text(), "number", number(1000)};
  }
}

std::vector<std::string> RandomWrites::of_keys() {
  switch (random_.below(12)) {
    case 0:
      return {"DEL", any_key(), any_key()};
    case 1:
      return {"UNLINK", any_key()};
    case 2:
      return {"RENAME", any_key(), any_key()};
    case 3:
      return {"COPY", any_key(), any_key(), "REPLACE"};
    case 4:
      return {"EXPIRE", any_key(), std::to_string(1000 + random_.below(5000))};
    case 5:
      return {"PERSIST", any_key()};
    case 6:
      return {"SELECT", number(3)};
    case 7:
      return {"SWAPDB", number(3), number(3)};
    case 8:
      return {"MOVE", any_key(), number(3)};
    case 9:
      return random_.below(6) == 0 ? Words{"FLUSHDB"} : Words{"DEL", any_key()};
    default: {
      // The tables of keys grow and split, too.
      Words words = {"MSET"};
      for (size_t i = many() * 2; i-- > 0;) {
        words.push_back("key:" + number(20'000));
        words.push_back(number(1000));
      }
      return words;
    }
  }
}

}  // namespace sorrel
