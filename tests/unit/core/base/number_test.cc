#include "core/base/number.h"

#include "core/base/random.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>

using namespace sorrel;

namespace {

std::string real(double value) {
  return std::string(RealText(value).view());
}
std::string integer(int64_t value) {
  return std::string(IntegerText(value).view());
}

}  // namespace

TEST_CASE("an integer has one spelling", "[number]") {
  CHECK(parse_integer("0") == 0);
  CHECK(parse_integer("7") == 7);
  CHECK(parse_integer("-7") == -7);
  CHECK(parse_integer("9223372036854775807") == std::numeric_limits<int64_t>::max());
  CHECK(parse_integer("-9223372036854775808") == std::numeric_limits<int64_t>::min());
  for (Bytes text : {Bytes(""),
                     Bytes("-"),
                     Bytes("+1"),
                     Bytes("-0"),
                     Bytes("00"),
                     Bytes("01"),
                     Bytes("-01"),
                     Bytes(" 1"),
                     Bytes("1 "),
                     Bytes("1\n"),
                     Bytes("1.0"),
                     Bytes("1e3"),
                     Bytes("0x1"),
                     Bytes("--1"),
                     Bytes("1\0", 2),
                     Bytes("9223372036854775808"),
                     Bytes("-9223372036854775809"),
                     Bytes("18446744073709551616"),
                     Bytes("99999999999999999999"),
                     Bytes("100000000000000000000"),
                     Bytes("/"),
                     Bytes(":")}) {
    INFO(text);
    CHECK_FALSE(parse_integer(text));
  }
}

TEST_CASE("an unsigned integer has one spelling", "[number]") {
  CHECK(parse_unsigned("0") == 0u);
  CHECK(parse_unsigned("18446744073709551615") == std::numeric_limits<uint64_t>::max());
  for (Bytes text : {"", "-1", "+1", "01", "18446744073709551616", "1 "}) {
    CHECK_FALSE(parse_unsigned(text));
  }
}

TEST_CASE("integers round-trip through their text", "[number]") {
  Random random(1);
  for (int i = 0; i < 100'000; ++i) {
    const auto value =
        static_cast<int64_t>(random.next() >> random.below(64)) * (random.below(2) == 0 ? 1 : -1);
    const std::string text = integer(value);
    REQUIRE(text == std::to_string(value));
    REQUIRE(parse_integer(text) == value);
  }
  for (uint64_t power = 1; power < uint64_t{1} << 63; power *= 2) {
    char text[kIntegerCharsMax];
    REQUIRE(std::string(text, format_unsigned(text, power)) == std::to_string(power));
  }
  uint64_t tens = 1;
  for (int digits = 1; digits <= 19; ++digits, tens *= 10) {
    CHECK(decimal_digits(tens) == static_cast<size_t>(digits));
    CHECK(decimal_digits(tens * 9) == static_cast<size_t>(digits));
  }
  CHECK(integer(std::numeric_limits<int64_t>::min()) == "-9223372036854775808");
}

TEST_CASE("reals are what strtod takes, without space", "[number]") {
  const double kInfinity = std::numeric_limits<double>::infinity();
  CHECK(parse_real("3") == 3);
  CHECK(parse_real("+1") == 1);
  CHECK(parse_real("00012") == 12);
  CHECK(parse_real("-1.5e3") == -1500);
  CHECK(parse_real("1.") == 1);
  CHECK(parse_real(".5") == 0.5);
  CHECK(parse_real("0x10") == 16);
  CHECK(parse_real("-0X1P-2") == -0.25);
  CHECK(parse_real("0x.8") == 0.5);
  CHECK(parse_real("inf") == kInfinity);
  CHECK(parse_real("+Inf") == kInfinity);
  CHECK(parse_real("-INFINITY") == -kInfinity);
  CHECK(parse_real("1e-310") == 1e-310);
  CHECK(parse_real("4.9e-324") == 4.9e-324);
  CHECK(std::signbit(*parse_real("-0")));
  for (Bytes text :
       {Bytes(""),        Bytes(" 1"),     Bytes("1 "),     Bytes("\t1"),     Bytes("."),
        Bytes("+"),       Bytes("-"),      Bytes("+-1"),    Bytes("-+1"),     Bytes("--1"),
        Bytes("1e"),      Bytes("1e+"),    Bytes("0x"),     Bytes("0xg"),     Bytes("0x-1"),
        Bytes("0x1p+-1"), Bytes("0xinf"),  Bytes("0xnan"),  Bytes("0x 1"),    Bytes("0x+1"),
        Bytes("nan"),     Bytes("-nan"),   Bytes("nan(1)"), Bytes("infinit"), Bytes("1_0"),
        Bytes("1,5"),     Bytes("1\0", 2), Bytes("1e400"),  Bytes("-1e400"),  Bytes("1e-400"),
        Bytes("2e-324")}) {
    INFO(text);
    CHECK_FALSE(parse_real(text));
    if (text.find("400") == Bytes::npos && text != "2e-324") CHECK_FALSE(parse_long_real(text));
  }
}

TEST_CASE("long reals reach further", "[number]") {
  CHECK(parse_long_real("1e400") == 1e400L);
  CHECK(parse_long_real("0x1p-2") == 0.25L);
  CHECK_FALSE(parse_long_real("1e5000"));
  CHECK(parse_long_real(std::string(5119, '0')) == 0.0L);
  CHECK_FALSE(parse_long_real(std::string(5120, '0')));
}

TEST_CASE("reals print with the fewest digits, as Redis 7.2 does", "[number]") {
  CHECK(real(0) == "0");
  CHECK(real(-0.0) == "-0");
  CHECK(real(3) == "3");
  CHECK(real(-17) == "-17");
  CHECK(real(0.1) == "0.1");
  CHECK(real(-2.5) == "-2.5");
  CHECK(real(1e8) == "100000000");
  CHECK(real(0x1p52 - 1) == "4503599627370495");
  CHECK(real(123456789012345678.0) == "123456789012345680");
  CHECK(real(1e20) == "1e+20");
  CHECK(real(1e22) == "1e+22");
  CHECK(real(1.5e300) == "1.5e+300");
  CHECK(real(1e-5) == "0.00001");
  CHECK(real(1e-6) == "0.000001");
  CHECK(real(1e-7) == "1e-7");
  CHECK(real(0.00001234) == "1.234e-5");
  CHECK(real(0.0012345678) == "0.0012345678");
  CHECK(real(5e-324) == "5e-324");
  CHECK(real(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
  CHECK(real(-std::numeric_limits<double>::max()).size() <= kRealCharsMax);
  CHECK(real(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(real(-std::numeric_limits<double>::infinity()) == "-inf");
  CHECK(real(std::numeric_limits<double>::quiet_NaN()) == "nan");
}

TEST_CASE("reals round-trip through their text", "[number]") {
  Random random(2);
  for (int i = 0; i < 100'000; ++i) {
    uint64_t bits = random.next();
    double value;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    const std::string text = real(value);
    REQUIRE(text.size() <= kRealCharsMax);
    REQUIRE(parse_real(text) == value);
    const double small = static_cast<double>(random.below(1'000'000'000)) / 1000;
    REQUIRE(parse_real(real(small)) == small);
  }
}

TEST_CASE("INCRBYFLOAT's spelling has no exponent", "[number]") {
  CHECK(format_human_long_real(3.0L) == "3");
  CHECK(format_human_long_real(10.5L) == "10.5");
  CHECK(format_human_long_real(0.1L) == "0.1");
  CHECK(format_human_long_real(100.0L) == "100");
  CHECK(format_human_long_real(-0.0L) == "0");
  CHECK(format_human_long_real(1e-20L) == "0");
  CHECK(format_human_long_real(-1e-20L) == "0");
  CHECK(format_human_long_real(0.00001L) == "0.00001");
  CHECK(format_human_long_real(4503599627370497.5L) == "4503599627370497.5");
  CHECK(format_human_long_real(1e20L) == "100000000000000000000");
  CHECK(format_human_long_real(-std::numeric_limits<long double>::infinity()) == "-inf");
  CHECK(format_human_long_real(std::numeric_limits<long double>::max()).size() == 4933);
}

TEST_CASE("sizes have units", "[number]") {
  CHECK(parse_memory_size("0") == 0u);
  CHECK(parse_memory_size("1024") == 1024u);
  CHECK(parse_memory_size("12b") == 12u);
  CHECK(parse_memory_size("1k") == 1000u);
  CHECK(parse_memory_size("1Kb") == 1024u);
  CHECK(parse_memory_size("2M") == 2'000'000u);
  CHECK(parse_memory_size("2mB") == 2u << 20);
  CHECK(parse_memory_size("1g") == 1'000'000'000u);
  CHECK(parse_memory_size("4GB") == uint64_t{4} << 30);
  for (Bytes text : {"", "b", "gb", "-1", "1 gb", "1tb", "1.5gb", "18446744073709551616",
                     "18446744073709551615k", "1kbb"}) {
    INFO(text);
    CHECK_FALSE(parse_memory_size(text));
  }
}
