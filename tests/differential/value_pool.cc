#include "tests/differential/value_pool.h"

namespace sorrel::test {
namespace {

constexpr uint64_t kKeysOfFamily = 8;
constexpr uint64_t kOddKey = 2;  // in percent
constexpr uint64_t kStrangeKey = 5;
constexpr int64_t kByteOffsetMax = 300;
constexpr int64_t kBitOffsetMax = 2000;

// Relative times begin a day away and are 1,000 s apart; absolute ones begin in 2100.
constexpr int64_t kFarSeconds = 100'000;
constexpr int64_t kFarStepSeconds = 1'000;
constexpr int64_t kUnixFarSeconds = 4'102'444'800;

}  // namespace

std::string ValuePool::one_of(std::initializer_list<const char*> words) {
  return *(words.begin() + random_.below(words.size()));
}

std::string ValuePool::between(int64_t low, int64_t high) {
  return std::to_string(low +
                        static_cast<int64_t>(random_.below(static_cast<uint64_t>(high - low + 1))));
}

void ValuePool::begin_command(Bytes families, Bytes others) {
  family_ = families[random_.below(families.size())];
  const bool closed = kClosedFamilies.find(family_) != Bytes::npos;
  others_ = closed ? Bytes() : others;
  wide_ = whole_numbers_ = key_drawn_ = false;
}

char ValuePool::family() {
  const bool strange = !others_.empty() && chance(kStrangeKey);
  return strange ? others_[random_.below(others_.size())] : family_;
}

std::string ValuePool::key() {
  if (!others_.empty() && chance(kOddKey)) {
    return chance(50) ? std::string() : std::string("k\0\xff", 3);
  }
  const uint64_t number = random_.below(chance(75) ? kKeysOfFamily / 2 : kKeysOfFamily);
  if (!key_drawn_) whole_numbers_ = number % 2 == 0;
  key_drawn_ = true;
  return family() + std::to_string(number);
}

std::string ValuePool::destination() {
  if (chance(15)) return key();
  return family() + std::to_string(kKeysOfFamily / 2 + random_.below(kKeysOfFamily / 2));
}

std::string ValuePool::value() {
  switch (random_.below(6)) {
    case 0:
      return between(-5, 20);
    case 1:
      return integer();
    case 2:
      return real();
    case 3:
      return long_value();
    default:
      break;
  }
  std::string bytes;
  for (uint64_t left = random_.below(12); left > 0; --left) {
    bytes.push_back(static_cast<char>(chance(80) ? 'a' + random_.below(4) : random_.below(256)));
  }
  return bytes;
}

/// Lengths at which encodings change, and now and then a big one.
std::string ValuePool::long_value() {
  constexpr size_t kLengths[] = {20, 21, 43, 44, 45, 63, 64, 65, 100, 300};
  const size_t length = chance(2) ? 5000 : kLengths[random_.below(std::size(kLengths))];
  std::string bytes(length, 'x');
  bytes[random_.below(length)] = static_cast<char>(random_.below(256));
  return bytes;
}

std::string ValuePool::integer() {
  if (chance(60)) return between(-20, 20);
  return one_of({"9223372036854775807",
                 "-9223372036854775808",
                 "9223372036854775806",
                 "9223372036854775808",
                 "-9223372036854775809",
                 "4294967296",
                 "-4294967296",
                 "2147483647",
                 "10000",
                 "9999",
                 "0",
                 "-0",
                 "+1",
                 "01",
                 " 1",
                 "1 ",
                 "1.0",
                 "",
                 "abc",
                 "18446744073709551616"});
}

/// Refused nearly everywhere; as a time it is never one that passes while the streams run.
std::string ValuePool::bad_number() {
  return one_of({"0", "-1", "-100000", "abc", "", "1.5", "9223372036854775807",
                 "9223372036854775808", "-9223372036854775808"});
}

std::string ValuePool::real() {
  if (chance(60)) return between(-9, 9) + "." + between(0, 99);
  return one_of({"0", "-0.0", "1e3", "5.0e-3", "1e-17", "3.0", ".5", "5.", "inf", "-inf", "nan",
                 "1e400", "0x10", "", " 1", "1 ", "abc", "123456789012345678", "0.1"});
}

std::string ValuePool::offset(int64_t high) {
  if (chance(92)) return between(0, high);
  return one_of({"-1", "abc", "", "4294967296", "9223372036854775807", "9223372036854775808"});
}

std::string ValuePool::field_type() {
  if (chance(92)) return one_of({"i", "u"}) + between(1, 63);
  return one_of({"u64", "i64", "i65", "u0", "i0", "8", "", "x8", "i", "U8", "I8", "i-1"});
}

std::string ValuePool::far_time(int64_t step) {
  if (chance(12)) return bad_number();
  return std::to_string((kFarSeconds + kFarStepSeconds * ++times_) * step);
}

std::string ValuePool::unix_time(int64_t scale) {
  return chance(4) ? one_of({"1", "1000"}) : unix_time_ahead(scale);
}

std::string ValuePool::unix_time_ahead(int64_t scale) {
  if (chance(8)) return one_of({"0", "-1", "abc", "", "9223372036854775807"});
  return std::to_string((kUnixFarSeconds + static_cast<int64_t>(random_.below(20)) * 1000) * scale);
}

std::string ValuePool::pattern() {
  return one_of({"*", "k*", "k?", "k1*", "k[0-5]", "k[^0-5]", "", "nothing*", "k\\1", "*[", "k[1",
                 "[hlsz]*", "m*", "m1?", "*1*", "[^m]*"});
}

std::string ValuePool::draw(ValueKind kind) {
  switch (kind) {
    case ValueKind::kKey:
      return key();
    case ValueKind::kDestination:
      return destination();
    case ValueKind::kByType:
    case ValueKind::kValue:
      return value();
    case ValueKind::kInteger:
      return integer();
    case ValueKind::kIndex:
      return chance(85) ? between(-12, 12) : integer();
    case ValueKind::kFloat:
      return real();
    case ValueKind::kByteOffset:
      return offset(kByteOffsetMax);
    case ValueKind::kBitOffset:
      return offset(kBitOffsetMax);
    case ValueKind::kFieldType:
      return field_type();
    case ValueKind::kFieldOffset:
      return chance(30) ? "#" + between(0, 20) : offset(kBitOffsetMax / 4);
    case ValueKind::kBit:
      return chance(90) ? between(0, 1) : integer();
    case ValueKind::kBitOperation:
      return one_of({"AND", "OR", "XOR", "NOT", "not", "NAND"});
    case ValueKind::kDatabase:
      return chance(70) ? "0" : one_of({"1", "2", "1", "2", "15", "16", "-1", "abc"});
    case ValueKind::kFarSeconds:
      return far_time(1);
    case ValueKind::kFarMilliseconds:
      return far_time(1000);
    case ValueKind::kUnixSecondsAhead:
      return unix_time_ahead(1);
    case ValueKind::kUnixMillisecondsAhead:
      return unix_time_ahead(1000);
    case ValueKind::kUnixSeconds:
      return unix_time(1);
    case ValueKind::kUnixMilliseconds:
      return unix_time(1000);
    case ValueKind::kPattern:
      return pattern();
    case ValueKind::kWholeScan:
      return chance(90) ? "1000000" : one_of({"0", "-1", "abc"});
    case ValueKind::kScanStart:
      return chance(95) ? "0" : one_of({"abc", "-1", ""});
    case ValueKind::kTypeName:
      return one_of({"string", "STRING", "list", "hash", "set", "zset", "stream", "nothing"});
    case ValueKind::kProtocolVersion:
      return one_of({"2", "3", "1", "4", "abc"});
    case ValueKind::kClientName:
      return one_of({"name", "", "with space", "n\n", "other"});
    case ValueKind::kBadNumber:
      return bad_number();
    case ValueKind::kCount:
      return chance(90) ? between(-2, 12) : integer();
    default:
      return draw_of_collections(kind);
  }
}

}  // namespace sorrel::test
