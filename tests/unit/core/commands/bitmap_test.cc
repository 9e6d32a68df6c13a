#include "tests/support/scenario.h"

#include <catch2/catch.hpp>

using namespace sorrel;

namespace {

constexpr char kWrongType[] = "-WRONGTYPE Operation against a key holding the wrong kind of value";
constexpr char kSyntax[] = "-ERR syntax error";
constexpr char kNotAnInteger[] = "-ERR value is not an integer or out of range";
constexpr char kOffset[] = "-ERR bit offset is not an integer or out of range";

}  // namespace

TEST_CASE("SETBIT and GETBIT", "[bitmap]") {
  Scenario run;
  CHECK(run("GETBIT k 5") == ":0");
  CHECK(run("SETBIT k 7 1") == ":0");
  CHECK(run("GET k") == "$1 \x01");
  CHECK(run("SETBIT k 7 0") == ":1");
  CHECK(run("SETBIT k 7 0") == ":0");
  CHECK(run("SETBIT k 23 0") == ":0");
  CHECK(run("STRLEN k") == ":3");
  CHECK(run("GETBIT k 4294967295") == ":0");
  // The third call changed nothing: no event.
  CHECK(run.events() == "keymiss:k new:k setbit:k setbit:k setbit:k");
  CHECK(run.journal() == "SELECT 0; SETBIT k 7 1; SETBIT k 7 0; SETBIT k 23 0");
  CHECK(run("OBJECT ENCODING k") == "$3 raw");

  run("SET n 5 EX 10");
  CHECK(run("SETBIT n 7 1") == ":1");
  CHECK(run("OBJECT ENCODING n") == "$3 raw");
  CHECK(run("GET n") == "$1 5");
  CHECK(run("SETBIT n 6 1") == ":0");
  CHECK(run("GET n") == "$1 7");
  CHECK(run("TTL n") == ":10");
  CHECK(run("INCR n") == ":8");

  CHECK(run("SETBIT k -1 1") == kOffset);
  CHECK(run("SETBIT k 4294967296 1") == kOffset);
  CHECK(run("SETBIT k #1 1") == kOffset);
  CHECK(run("GETBIT k x") == kOffset);
  CHECK(run("SETBIT k 1 2") == "-ERR bit is not an integer or out of range");
  CHECK(run("SETBIT k x 2") == kOffset);
  run.put_list("list");
  CHECK(run("SETBIT list 0 2") == "-ERR bit is not an integer or out of range");
  CHECK(run("SETBIT list 0 1") == kWrongType);
  CHECK(run("GETBIT list 0") == kWrongType);
  run("DEL list");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("BITCOUNT", "[bitmap]") {
  Scenario run;
  run("SET k foobar");
  CHECK(run("BITCOUNT k") == ":26");
  CHECK(run("BITCOUNT k 0 0") == ":4");
  CHECK(run("BITCOUNT k 1 1 BYTE") == ":6");
  CHECK(run("BITCOUNT k 5 30 BIT") == ":17");
  CHECK(run("BITCOUNT k -2 -1") == ":7");
  CHECK(run("BITCOUNT k -100 100") == ":26");
  CHECK(run("BITCOUNT k 3 2") == ":0");
  CHECK(run("BITCOUNT k -1 -2") == ":0");
  CHECK(run("BITCOUNT k 100 200") == ":0");
  CHECK(run("BITCOUNT none") == ":0");
  CHECK(run("BITCOUNT k 0") == kSyntax);
  CHECK(run("BITCOUNT k 0 1 BITS") == kSyntax);
  CHECK(run("BITCOUNT k 0 1 BIT x") == kSyntax);
  CHECK(run("BITCOUNT none a 1") == kNotAnInteger);
  run("SET n 3");
  CHECK(run("BITCOUNT n") == ":4");
  run("SET e \"\"");
  CHECK(run("BITCOUNT e 0 -1 BIT") == ":0");
  run.put_list("list");
  CHECK(run("BITCOUNT list") == kWrongType);
  CHECK(run("BITCOUNT list 0") == kSyntax);
}

TEST_CASE("BITPOS", "[bitmap]") {
  Scenario run;
  run(std::vector<std::string>{"SET", "k", std::string("\xff\xf0\x00", 3)});
  CHECK(run("BITPOS k 0") == ":12");
  CHECK(run("BITPOS k 1") == ":0");
  CHECK(run("BITPOS k 1 2") == ":-1");
  CHECK(run("BITPOS k 0 2") == ":16");
  CHECK(run("BITPOS k 0 0 0") == ":-1");
  CHECK(run("BITPOS k 0 0 -1") == ":12");
  CHECK(run("BITPOS k 1 7 15 BIT") == ":7");
  CHECK(run("BITPOS k 0 -9 -1 BIT") == ":15");
  CHECK(run("BITPOS k 1 -1 -2") == ":-1");
  run("SET ones \"\\xff\\xff\"");
  CHECK(run("BITPOS ones 0") == ":16");
  CHECK(run("BITPOS ones 0 1") == ":16");
  CHECK(run("BITPOS ones 0 0 -1") == ":-1");
  CHECK(run("BITPOS ones 0 5") == ":-1");
  CHECK(run("BITPOS none 0") == ":0");
  CHECK(run("BITPOS none 1") == ":-1");
  run("SET e \"\"");
  CHECK(run("BITPOS e 0") == ":-1");
  CHECK(run("BITPOS e 1") == ":-1");
  CHECK(run("BITPOS k x") == kNotAnInteger);
  CHECK(run("BITPOS k 2 a") == "-ERR The bit argument must be 1 or 0.");
  CHECK(run("BITPOS k 1 a") == kNotAnInteger);
  CHECK(run("BITPOS k 1 0 x BAD") == kSyntax);
  CHECK(run("BITPOS k 1 0 x BIT") == kNotAnInteger);
  CHECK(run("BITPOS k 1 0 1 BIT x") == kSyntax);
  run.put_list("list");
  CHECK(run("BITPOS list 1") == kWrongType);
}

TEST_CASE("BITOP", "[bitmap]") {
  Scenario run;
  run("MSET a abc b \"a\" n 12");
  run("SET old 1 EX 100");
  run.events();
  CHECK(run("BITOP AND old a b") == ":3");
  CHECK(run.events() == "overwritten:old set:old");
  CHECK(run("TTL old") == ":-1");
  CHECK(run(std::vector<std::string>{"GET", "old"}) == std::string("$3 a\0\0", 6));
  CHECK(run("OBJECT ENCODING old") == "$3 raw");
  CHECK(run("BITOP OR d a b") == ":3");
  CHECK(run("GET d") == "$3 abc");
  CHECK(run("BITOP XOR d d d") == ":3");
  CHECK(run("BITCOUNT d") == ":0");
  CHECK(run("BITOP NOT d n") == ":2");
  CHECK(run("GET d") == "$2 \xce\xcd");
  CHECK(run("BITOP NOT d d") == ":2");
  CHECK(run("GET d") == "$2 12");
  CHECK(run("OBJECT ENCODING d") == "$3 raw");
  CHECK(run("BITOP OR none x y") == ":0");
  CHECK(run("EXISTS none") == ":0");
  CHECK(run("BITOP OR d x y") == ":0");
  CHECK(run("EXISTS d") == ":0");

  run("MSET x \"\\xf0\" y1 \"\\xc0\" y2 \"\\x0c\"");
  CHECK(run("BITOP DIFF d x y1 y2") == ":1");
  CHECK(run("BITFIELD d GET u8 0") == "*1 :48");
  CHECK(run("BITOP DIFF1 d x y1 y2") == ":1");
  CHECK(run("BITFIELD d GET u8 0") == "*1 :12");
  CHECK(run("BITOP ANDOR d x y1 y2") == ":1");
  CHECK(run("BITFIELD d GET u8 0") == "*1 :192");
  CHECK(run("BITOP ONE d x y1 y2") == ":1");
  CHECK(run("BITFIELD d GET u8 0") == "*1 :60");
  CHECK(run("BITOP ONE d x") == ":1");
  CHECK(run("BITOP and d x") == ":1");

  CHECK(run("BITOP NOT d x y1") == "-ERR BITOP NOT must be called with a single source key.");
  CHECK(run("BITOP DIFF d x") == "-ERR BITOP DIFF must be called with at least two source keys.");
  CHECK(run("BITOP diff1 d x") == "-ERR BITOP DIFF1 must be called with at least two source keys.");
  CHECK(run("BITOP ANDOR d x") == "-ERR BITOP ANDOR must be called with at least two source keys.");
  CHECK(run("BITOP NAND d x") == kSyntax);
  run.put_list("list");
  CHECK(run("BITOP OR d x list") == kWrongType);
  CHECK(run("BITOP OR list x") == ":1");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("BITFIELD reads and writes", "[bitmap]") {
  Scenario run;
  CHECK(run("BITFIELD k") == "*0");
  CHECK(run("BITFIELD k GET u8 0 GET i64 100") == "*2 :0 :0");
  CHECK(run("EXISTS k") == ":0");
  CHECK(run("BITFIELD k SET u8 0 255 GET u8 0 SET u8 #1 254") == "*3 :0 :255 :0");
  CHECK(run("BITFIELD k GET i8 0 GET i4 #0 GET u4 #3 GET i16 #0") == "*4 :-1 :-1 :14 :-2");
  CHECK(run("BITFIELD k INCRBY u2 100 1 INCRBY u2 100 1") == "*2 :1 :2");
  CHECK(run("STRLEN k") == ":13");
  CHECK(run.events() == "keymiss:k keymiss:k keymiss:k new:k setbit:k setbit:k");
  CHECK(run("BITFIELD k SET i64 0 -9223372036854775808 GET i64 0") ==
        "*2 :-562949953421312 :-9223372036854775808");
  CHECK(run("BITFIELD k SET u63 1 9223372036854775807 GET u63 1 GET i64 0") ==
        "*3 :0 :9223372036854775807 :-1");
  CHECK(run("BITFIELD_RO k GET u8 0 GET u8 #1") == "*2 :255 :255");
  CHECK(run("OBJECT ENCODING k") == "$3 raw");
  run("SET n 5 EX 10");
  CHECK(run("BITFIELD n GET u8 0") == "*1 :53");
  CHECK(run("OBJECT ENCODING n") == "$3 int");
  CHECK(run("BITFIELD n SET u8 0 53") == "*1 :53");
  CHECK(run("OBJECT ENCODING n") == "$3 raw");
  CHECK(run("BITFIELD n INCRBY u8 0 1") == "*1 :54");
  CHECK(run("GET n") == "$1 6");
  CHECK(run("TTL n") == ":10");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("BITFIELD's overflow", "[bitmap]") {
  Scenario run;
  CHECK(run("BITFIELD k SET u8 0 250 INCRBY u8 0 10") == "*2 :0 :4");
  CHECK(run("BITFIELD k OVERFLOW SAT INCRBY u8 0 300 INCRBY u8 0 -300") == "*2 :255 :0");
  CHECK(run("BITFIELD k OVERFLOW FAIL INCRBY u8 0 -1 INCRBY u8 0 7") == "*2 $-1 :7");
  CHECK(run("BITFIELD k OVERFLOW FAIL SET u8 0 256 OVERFLOW WRAP SET u8 0 257 GET u8 0") ==
        "*3 $-1 :7 :1");
  CHECK(run("BITFIELD k OVERFLOW SAT SET u8 0 -1 GET u8 0") == "*2 :1 :255");
  CHECK(run("BITFIELD k SET i8 0 127 INCRBY i8 0 1") == "*2 :-1 :-128");
  CHECK(run("BITFIELD k OVERFLOW SAT INCRBY i8 0 -1 INCRBY i8 0 500") == "*2 :-128 :127");
  CHECK(run("BITFIELD k SET i64 0 9223372036854775807 INCRBY i64 0 1") ==
        "*2 :9151314442816847872 :-9223372036854775808");
  CHECK(run("BITFIELD k OVERFLOW SAT INCRBY i64 0 -1 INCRBY i64 0 9223372036854775807") ==
        "*2 :-9223372036854775808 :-1");
  CHECK(run("BITFIELD k OVERFLOW FAIL INCRBY i64 0 -9223372036854775808") == "*1 $-1");
  CHECK(run("BITFIELD k OVERFLOW SAT SET i1 0 5 GET i1 0 INCRBY i1 0 -9 INCRBY i1 0 9") ==
        "*4 :-1 :0 :-1 :0");
  // As low as it gets is too high for a narrow field, in Redis too.
  CHECK(run("BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775680 GET i8 0") == "*2 :127 :-128");
  CHECK(run("BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775681 GET i8 0") == "*2 :-128 :127");
  run.local.session.protocol = Protocol::kResp3;
  CHECK(run("BITFIELD k OVERFLOW FAIL INCRBY u8 0 1000") == "*1 _");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("BITFIELD's errors", "[bitmap]") {
  Scenario run;
  const std::string type =
      "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but "
      "i64 is.";
  for (const char* bad : {"u64", "i65", "u0", "i0", "U8", "8", "x8", "u", "\"\"", "i-1"}) {
    CHECK(run(std::string("BITFIELD k GET ") + bad + " 0") == type);
  }
  CHECK(run("BITFIELD k GET u8 -1") == kOffset);
  CHECK(run("BITFIELD k GET u8 #x") == kOffset);
  CHECK(run("BITFIELD k GET u8 #9223372036854775807") == kOffset);
  CHECK(run("BITFIELD k GET u8 4294967296") == kOffset);
  CHECK(run("BITFIELD k SET u8 0 x") == kNotAnInteger);
  CHECK(run("BITFIELD k GET u8") == kSyntax);
  CHECK(run("BITFIELD k SET u8 0") == kSyntax);
  CHECK(run("BITFIELD k OVERFLOW") == kSyntax);
  CHECK(run("BITFIELD k OVERFLOW x") == "-ERR Invalid OVERFLOW type specified");
  CHECK(run("BITFIELD k WHAT u8 0") == kSyntax);
  CHECK(run("BITFIELD_RO k SET u8 0 1") == "-ERR BITFIELD_RO only supports the GET subcommand");
  CHECK(run("BITFIELD_RO k OVERFLOW FAIL") == "*0");
  CHECK(run("EXISTS k") == ":0");
  run.put_list("list");
  CHECK(run("BITFIELD list GET u8 0") == kWrongType);
  CHECK(run("BITFIELD list SET u8 0 1") == kWrongType);
  CHECK(run("BITFIELD_RO list SET u8 0 1") == "-ERR BITFIELD_RO only supports the GET subcommand");
}

TEST_CASE("a long result of BITOP is kept in chunks", "[bitmap]") {
  Scenario run;
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += std::to_string(i);
  run({"SET", "a", text});
  run({"SET", "b", text.substr(0, 100'000)});
  CHECK(run("BITOP XOR d a b") == ":" + std::to_string(text.size()));
  const Keyspace& db = run.local.engine.database(0);
  CHECK(db.peek("d")->form() == Entry::Form::kChunks);
  text.replace(0, 100'000, 100'000, '\0');
  CHECK(run("GET d") == "$" + std::to_string(text.size()) + " " + text);
  // Onto one of its sources.
  run("BITOP NOT d d");
  for (char& byte : text) byte = static_cast<char>(~byte);
  CHECK(run("GET d") == "$" + std::to_string(text.size()) + " " + text);
  CHECK(run.rebuilt() == run.data());
}
