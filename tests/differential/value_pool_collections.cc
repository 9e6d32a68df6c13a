// What ValuePool draws for the collections: members out of few names, so that commands meet what
// others left, and everything that a score, a bound or a place can be.
#include "tests/differential/value_pool.h"

namespace sorrel::test {
namespace {

constexpr uint64_t kNames = 20;
constexpr uint64_t kWideNames = 2000;

// Where most places are: a few degrees around, so that a search finds some of them.
constexpr int64_t kLongitude = 13, kLatitude = 38, kAround = 3;
constexpr int64_t kLongitudeMax = 180, kLatitudeMax = 86;

}  // namespace

std::string ValuePool::name() {
  const uint64_t names = wide_ || chance(3) ? kWideNames : kNames;
  return "m" + std::to_string(random_.below(names));
}

/// The ends of 16, 32 and 64 bits are where a set of integers changes its width.
std::string ValuePool::whole_number() {
  if (wide_) return between(-1000, 1000);
  if (chance(85)) return between(-4, 15);
  return one_of({"32767", "32768", "-32768", "-32769", "65536", "2147483647", "2147483648",
                 "-2147483648", "-2147483649", "9223372036854775807", "-9223372036854775808",
                 "9223372036854775808", "-0", "01"});
}

std::string ValuePool::member() {
  if (whole_numbers_ && chance(93)) return whole_number();
  switch (random_.below(24)) {
    case 0:
      return value();
    case 1:
      return long_value();
    case 2:
      return whole_number();
    case 3:
      return chance(30) ? std::string() : std::string("m\0\n", 3);
    default:
      return name();
  }
}

std::string ValuePool::element() {
  return chance(60) ? between(-3, 9) : member();
}

/// None that strtod() calls out of range: Redis's SORT would see the errno that it left.
std::string ValuePool::score() {
  if (chance(60)) return between(-3, 3);
  if (chance(60)) return between(-99, 99) + "." + between(0, 999);
  return one_of({"inf",
                 "-inf",
                 "+inf",
                 "-0",
                 "0",
                 "0.1",
                 "3.0",
                 "1e3",
                 "1e20",
                 "1e21",
                 "1e308",
                 "-1e308",
                 "1.7976931348623157e308",
                 "9007199254740993",
                 "123456789012345678",
                 "9223372036854775807",
                 "-9223372036854775808",
                 "0.30000000000000004",
                 "2.2250738585072014e-308",
                 chance(30) ? "nan" : "17",
                 chance(30) ? "abc" : "4e2",
                 chance(30) ? "" : "0x10"});
}

std::string ValuePool::score_bound() {
  if (chance(25)) return one_of({"-inf", "+inf", "inf", "(inf", "(-inf"});
  return (chance(25) ? "(" : "") + score();
}

std::string ValuePool::lex_bound() {
  if (chance(30)) return one_of({"-", "+"});
  if (chance(4)) return one_of({"", "m1", "(", "[", "--", "+x", "["});
  return one_of({"[", "("}) + member();
}

std::string ValuePool::coordinate(int64_t middle, int64_t limit) {
  if (chance(3))
    return one_of({"0", "180", "-180", "85.05112878", "-85.05112878", "85.06", "180.1", "-0", "nan",
                   "inf", "abc", ""});
  const std::string fraction = "." + between(1000, 9999);
  if (chance(85)) return between(middle - kAround, middle + kAround) + fraction;
  return between(-limit, limit) + fraction;
}

std::string ValuePool::distance() {
  if (chance(6)) return one_of({"-1", "abc", "", "nan", "0", "inf", "1e300"});
  return between(1, 9) + one_of({"", "0", "00", "000", "00000", ".5"});
}

std::string ValuePool::by_pattern() {
  return one_of(
      {"k*", "k*", "p*", "h*->m1", "h*->m2", "h*->*", "nosort", "nothing*", "*", "h*->", "k*x"});
}

std::string ValuePool::draw_of_collections(ValueKind kind) {
  switch (kind) {
    case ValueKind::kMember:
      return member();
    case ValueKind::kElement:
      return element();
    case ValueKind::kRank:
      return chance(90) ? between(-4, 4) : integer();
    case ValueKind::kScore:
      return score();
    case ValueKind::kSameScore:
      return one_of({"0", "0", "0.0"});
    case ValueKind::kScoreBound:
      return score_bound();
    case ValueKind::kLexBound:
      return lex_bound();
    case ValueKind::kLongitude:
      return coordinate(kLongitude, kLongitudeMax);
    case ValueKind::kLatitude:
      return coordinate(kLatitude, kLatitudeMax);
    case ValueKind::kDistance:
      return distance();
    case ValueKind::kByPattern:
      return by_pattern();
    case ValueKind::kGetPattern:
      return chance(70) ? by_pattern() : one_of({"#", "#", "h1->m1", "k1"});
    case ValueKind::kSketchWord:
      return one_of({"ENCODING", "TODENSE", "DECODE", "GETREG", "encoding", "NOTHING"});
    case ValueKind::kManyOrAll:
      // No big negative ones: so many elements would be drawn.
      return chance(90) ? between(-12, 12)
                        : one_of({"1000000", "9223372036854775807", "-9223372036854775808",
                                  "9223372036854775808", "abc", "", "4611686018427387904"});
    default:
      return draw_of_streams(kind);
  }
}

}  // namespace sorrel::test
