// ValuePool: draws one argument of a given kind: mostly sensible, sometimes at an edge, sometimes
// wrong.
//
// Times are either long past or far away, and no two relative ones are alike, so that a stream
// means the same on two servers whose clocks are read at different moments.
#pragma once

#include "core/base/random.h"
#include "tests/differential/command_rows.h"

#include <initializer_list>
#include <string>

namespace sorrel::test {

class ValuePool {
 public:
  explicit ValuePool(uint64_t seed) : random_(seed) {}

  /// What the next command's keys are: one family of `families` for it, and `others` for what is
  /// strange to it.
  void begin_command(Bytes families, Bytes others);
  /// Members are drawn out of many for the rest of the command.
  void widen() { wide_ = true; }
  std::string draw(ValueKind kind);
  Random& random() { return random_; }
  /// True about `percent` times of a hundred.
  bool chance(uint64_t percent) { return random_.below(100) < percent; }

 private:
  std::string one_of(std::initializer_list<const char*> words);
  std::string between(int64_t low, int64_t high);
  std::string key();
  std::string destination();
  char family();
  std::string value();
  std::string long_value();
  std::string integer();
  std::string bad_number();
  std::string real();
  std::string offset(int64_t high);
  std::string field_type();
  std::string far_time(int64_t step);
  std::string unix_time(int64_t scale);
  std::string unix_time_ahead(int64_t scale);
  std::string pattern();
  std::string name();
  std::string whole_number();
  std::string member();
  std::string element();
  std::string score();
  std::string score_bound();
  std::string lex_bound();
  std::string coordinate(int64_t middle, int64_t limit);
  std::string distance();
  std::string by_pattern();
  std::string stream_new_id();
  std::string stream_id();
  std::string stream_bound();
  std::string draw_of_streams(ValueKind kind);
  std::string draw_of_collections(ValueKind kind);

  Random random_;
  char family_ = 'k';
  Bytes others_ = "k";
  bool wide_ = false;
  bool whole_numbers_ = false;  // the command's first key has only these for members, mostly
  bool key_drawn_ = false;
  int64_t times_ = 0;    // drawn so far
  int64_t entries_ = 0;  // IDs drawn for new ones
};

}  // namespace sorrel::test
