#include "tests/support/scenario.h"

#include <catch2/catch.hpp>

using namespace sorrel;

namespace {

constexpr char kWrongType[] = "-WRONGTYPE Operation against a key holding the wrong kind of value";
constexpr char kSyntax[] = "-ERR syntax error";
constexpr char kNotAnInteger[] = "-ERR value is not an integer or out of range";

// The scenario's clock stands at 1700000000000 ms.

}  // namespace

TEST_CASE("GET and SET", "[string]") {
  Scenario run;
  CHECK(run("GET key") == "$-1");
  CHECK(run("SET key value") == "+OK");
  CHECK(run("GET key") == "$5 value");
  CHECK(run("SET key \"\"") == "+OK");
  CHECK(run("GET key") == "$0 ");
  CHECK(run("SET key") == "-ERR wrong number of arguments for 'set' command");
  run.put_list("list");
  CHECK(run("GET list") == kWrongType);
  CHECK(run("SET list value") == "+OK");
  CHECK(run("GET list") == "$5 value");
  CHECK(run.events() ==
        "keymiss:key new:key set:key overwritten:key set:key overwritten:list type_changed:list "
        "set:list");
  CHECK(run.journal() == "SELECT 0; SET key value; SET key \"\"; SET list value");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("SET's conditions", "[string]") {
  Scenario run;
  CHECK(run("SET key 1 XX") == "$-1");
  CHECK(run("SET key 1 NX") == "+OK");
  CHECK(run("SET key 2 NX") == "$-1");
  CHECK(run("SET key 2 XX") == "+OK");
  CHECK(run("SET key 3 NX XX") == kSyntax);
  CHECK(run("SET key 3 nx nx") == "$-1");
  CHECK(run("SET key 3 GET") == "$1 2");
  CHECK(run("SET key 4 NX GET") == "$1 3");
  CHECK(run("SET new 4 NX GET") == "$-1");
  CHECK(run("GET new") == "$1 4");
  CHECK(run("SET other 4 XX GET") == "$-1");
  CHECK(run("EXISTS other") == ":0");
  CHECK(run("SET key 5 WHAT") == kSyntax);
  run.put_list("list");
  CHECK(run("SET list 1 GET") == kWrongType);
  CHECK(run("SET list 1 NX GET") == kWrongType);
  CHECK(run("SET list 1 EX 0 GET") == "-ERR invalid expire time in 'set' command");
  CHECK(run("SET list 1 XX") == "+OK");
  CHECK(run.journal() == "SELECT 0; SET key 1; SET key 2; SET key 3; SET new 4; SET list 1");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("SET compares values and digests", "[string]") {
  Scenario run;
  CHECK(run("SET key 2 IFEQ 1") == "$-1");
  CHECK(run("EXISTS key") == ":0");
  CHECK(run("SET key one IFNE 1") == "+OK");
  CHECK(run("SET key two IFEQ ONE") == "$-1");
  CHECK(run("SET key two IFEQ one") == "+OK");
  CHECK(run("SET key three IFNE two") == "$-1");
  CHECK(run("SET key 3 IFNE two GET") == "$3 two");
  CHECK(run("SET key 3 IFEQ x GET") == "$3 two");
  CHECK(run("SET key 3 IFEQ two GET EX 10") == "$3 two");
  CHECK(run("SET key 4 IFEQ 3 KEEPTTL") == "+OK");
  CHECK(run("TTL key") == ":10");
  CHECK(run("SET key 5 NX IFEQ 4") == kSyntax);
  CHECK(run("SET key 5 IFEQ 4 IFNE 3") == kSyntax);
  CHECK(run("SET key 5 IFEQ") == kSyntax);

  run("SET key \"Hello world\"");
  CHECK(run("DIGEST key") == "$16 b6acb9d84a38ff74");
  CHECK(run("SET key 6 IFDNE b6acb9d84a38ff74") == "$-1");
  CHECK(run("SET key 6 IFDEQ B6ACB9D84A38FF74") == "+OK");
  CHECK(run("SET key 7 IFDNE b6acb9d84a38ff74") == "+OK");
  CHECK(run("SET none 7 IFDEQ b6acb9d84a38ff74") == "$-1");
  CHECK(run("SET none 7 IFDNE b6acb9d84a38ff74") == "+OK");
  CHECK(run("SET key 8 IFDEQ 1234") == "-ERR must be exactly 16 hexadecimal characters");
  CHECK(run("SET key 8 IFDEQ b6acb9d84a38ff7g") ==
        "-ERR must be exactly 16 hexadecimal characters");
  run.put_list("list");
  CHECK(run("SET list 1 IFEQ 1") == kWrongType);
  CHECK(run("SET list 1 IFDNE b6acb9d84a38ff74") == kWrongType);
  run("DEL list");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("SET's expiry", "[string]") {
  Scenario run;
  CHECK(run("SET key 1 EX 10") == "+OK");
  CHECK(run.journal() == "SELECT 0; SET key 1 PXAT 1700000010000");
  CHECK(run.events() == "new:key set:key expire:key");
  CHECK(run("PTTL key") == ":10000");
  CHECK(run("SET key 2 KEEPTTL") == "+OK");
  CHECK(run("PTTL key") == ":10000");
  CHECK(run("SET key 2 PX 500 NX") == "$-1");
  CHECK(run("SET key 3") == "+OK");
  CHECK(run("PTTL key") == ":-1");
  CHECK(run("SET key 3 EXAT 1700000001") == "+OK");
  CHECK(run("PTTL key") == ":1000");
  CHECK(run("SET key 3 PXAT 1700000000001") == "+OK");
  CHECK(run("PTTL key") == ":1");
  CHECK(run("SET key 3 EX 5 EX 6") == "+OK");
  CHECK(run("TTL key") == ":6");
  CHECK(run("SET key 3 KEEPTTL EX 5") == kSyntax);
  CHECK(run("SET key 3 EX 5 PX 5") == kSyntax);
  CHECK(run("SET key 3 EX") == kSyntax);
  CHECK(run("SET key 3 PERSIST") == kSyntax);
  CHECK(run("SET key 3 EX x") == kNotAnInteger);
  CHECK(run("SET key 3 EX x WHAT") == kSyntax);
  CHECK(run("SET key 3 EX 0") == "-ERR invalid expire time in 'set' command");
  CHECK(run("SET key 3 PX -1") == "-ERR invalid expire time in 'set' command");
  CHECK(run("SET key 3 EX 9223372036854775807") == "-ERR invalid expire time in 'set' command");
  CHECK(run("SET key 3 EX 9223372036854775") == "-ERR invalid expire time in 'set' command");
  CHECK(run.rebuilt() == run.data());

  // A time that has passed is no error: the key is there for nobody.
  run.events();
  CHECK(run("SET key 3 PXAT 1") == "+OK");
  CHECK(run("DBSIZE") == ":1");
  CHECK(run("GET key") == "$-1");
  CHECK(run("DBSIZE") == ":0");
  CHECK(run.events() == "overwritten:key set:key expire:key expired:key keymiss:key");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("the older forms of SET", "[string]") {
  Scenario run;
  CHECK(run("SETNX key 1") == ":1");
  CHECK(run("SETNX key 2") == ":0");
  CHECK(run("SETEX key 10 v") == "+OK");
  CHECK(run("TTL key") == ":10");
  CHECK(run("PSETEX key 1500 v") == "+OK");
  CHECK(run("PTTL key") == ":1500");
  CHECK(run("SETEX key 0 v") == "-ERR invalid expire time in 'setex' command");
  CHECK(run("PSETEX key -5 v") == "-ERR invalid expire time in 'psetex' command");
  CHECK(run("SETEX key 1.5 v") == kNotAnInteger);
  CHECK(run("GETSET key w") == "$1 v");
  CHECK(run("TTL key") == ":-1");
  CHECK(run("GETSET none w") == "$-1");
  CHECK(run("GETDEL none") == "$1 w");
  CHECK(run("GETDEL none") == "$-1");
  CHECK(run.journal() ==
        "SELECT 0; SETNX key 1; SET key v PXAT 1700000010000; SET key v PXAT 1700000001500; "
        "SET key w; SET none w; DEL none");
  run.put_list("list");
  CHECK(run("SETNX list v") == ":0");
  CHECK(run("GETSET list v") == kWrongType);
  CHECK(run("GETDEL list") == kWrongType);
  CHECK(run("SETEX list 10 v") == "+OK");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("GETEX", "[string]") {
  Scenario run;
  CHECK(run("GETEX none EX 10") == "$-1");
  CHECK(run("GETEX none EX x") == "$-1");
  CHECK(run("GETEX none WHAT") == kSyntax);
  run("SET key v");
  run.journal();
  run.events();
  CHECK(run("GETEX key") == "$1 v");
  CHECK(run("GETEX key EX 10") == "$1 v");
  CHECK(run("TTL key") == ":10");
  CHECK(run("GETEX key") == "$1 v");
  CHECK(run("TTL key") == ":10");
  CHECK(run("GETEX key PERSIST") == "$1 v");
  CHECK(run("GETEX key PERSIST") == "$1 v");
  CHECK(run("TTL key") == ":-1");
  CHECK(run("GETEX key PX 2500") == "$1 v");
  CHECK(run("PTTL key") == ":2500");
  CHECK(run("GETEX key EXAT 1800000000") == "$1 v");
  CHECK(run("GETEX key EX 5 PERSIST") == kSyntax);
  CHECK(run("GETEX key KEEPTTL") == kSyntax);
  CHECK(run("GETEX key EX x") == kNotAnInteger);
  CHECK(run("GETEX key EX 0") == "-ERR invalid expire time in 'getex' command");
  CHECK(run.rebuilt() == run.data());
  CHECK(run("GETEX key PXAT 5") == "$1 v");
  CHECK(run("EXISTS key") == ":0");
  CHECK(run.journal() ==
        "PEXPIREAT key 1700000010000; PERSIST key; PEXPIREAT key 1700000002500; "
        "PEXPIREAT key 1800000000000; DEL key");
  CHECK(run.events() == "expire:key persist:key expire:key expire:key del:key keymiss:key");
  run.put_list("list");
  CHECK(run("GETEX list EX x") == kWrongType);
}

TEST_CASE("several keys at once", "[string]") {
  Scenario run;
  CHECK(run("MSET a 1 b 2 a 3") == "+OK");
  run.put_list("list");
  CHECK(run("MGET a b none list a") == "*5 $1 3 $1 2 $-1 $-1 $1 3");
  CHECK(run("MSET a 1 b") == "-ERR wrong number of arguments for 'mset' command");
  CHECK(run("MSETNX c 1 a 2") == ":0");
  CHECK(run("EXISTS c") == ":0");
  CHECK(run("MSETNX c 1 d 2 c 3") == ":1");
  CHECK(run("MGET c d") == "*2 $1 3 $1 2");
  CHECK(run("MSETNX c 1 d") == "-ERR wrong number of arguments for 'msetnx' command");
  run("DEL list");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("MSETEX", "[string]") {
  Scenario run;
  CHECK(run("MSETEX 2 a 1 b 2") == ":1");
  CHECK(run("MSETEX 2 a 1 c 2 NX") == ":0");
  CHECK(run("MSETEX 2 a 1 c 2 XX") == ":0");
  CHECK(run("MSETEX 2 a 3 b 4 XX EX 10") == ":1");
  CHECK(run("TTL b") == ":10");
  CHECK(run("MSETEX 2 a 5 b 6 KEEPTTL") == ":1");
  CHECK(run("TTL b") == ":10");
  CHECK(run("MSETEX 1 c 5 PXAT 1700000005000 NX") == ":1");
  CHECK(run.journal() ==
        "SELECT 0; MSET a 1 b 2; MULTI; SET a 3 PXAT 1700000010000; SET b 4 PXAT 1700000010000; "
        "EXEC; MULTI; SET a 5 KEEPTTL; SET b 6 KEEPTTL; EXEC; SET c 5 PXAT 1700000005000");
  CHECK(run("MSETEX 2 a 5 b 6") == ":1");
  CHECK(run("TTL b") == ":-1");
  CHECK(run("MGET a b c") == "*3 $1 5 $1 6 $1 5");
  CHECK(run("MSETEX 0 a 1") == "-ERR invalid numkeys value");
  CHECK(run("MSETEX a a 1") == "-ERR invalid numkeys value");
  CHECK(run("MSETEX 2147483648 a 1") == "-ERR invalid numkeys value");
  CHECK(run("MSETEX 2147483647 a 1") == "-ERR wrong number of key-value pairs");
  CHECK(run("MSETEX 2 a 1 EX") == "-ERR wrong number of key-value pairs");
  CHECK(run("MSETEX 1 a 1 EX") == kSyntax);
  CHECK(run("MSETEX 1 a 1 GET") == kSyntax);
  CHECK(run("MSETEX 1 a 1 NX XX") == kSyntax);
  CHECK(run("MSETEX 1 a 1 EX 0") == "-ERR invalid expire time in 'msetex' command");
  CHECK(run("MSETEX 1 a") == "-ERR wrong number of arguments for 'msetex' command");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("counters", "[string]") {
  Scenario run;
  CHECK(run("INCR n") == ":1");
  CHECK(run("INCRBY n 41") == ":42");
  CHECK(run("DECR n") == ":41");
  CHECK(run("DECRBY n 100") == ":-59");
  CHECK(run("DECRBY n -60") == ":1");
  CHECK(run("OBJECT ENCODING n") == "$3 int");
  CHECK(run.events() == "new:n incrby:n incrby:n incrby:n incrby:n incrby:n");
  CHECK(run.journal() == "SELECT 0; INCR n; INCRBY n 41; DECR n; DECRBY n 100; DECRBY n -60");
  run("SET n 1 EX 10");
  run("INCR n");
  CHECK(run("TTL n") == ":10");
  CHECK(run("INCRBY n x") == kNotAnInteger);
  CHECK(run("INCRBY n 1.0") == kNotAnInteger);
  CHECK(run("DECRBY n -9223372036854775808") == "-ERR decrement would overflow");
  run("SET n 9223372036854775806");
  CHECK(run("INCR n") == ":9223372036854775807");
  CHECK(run("INCR n") == "-ERR increment or decrement would overflow");
  CHECK(run("DECRBY low 9223372036854775807") == ":-9223372036854775807");
  CHECK(run("DECR low") == ":-9223372036854775808");
  CHECK(run("DECR low") == "-ERR increment or decrement would overflow");
  for (const char* text : {"abc", "\" 1\"", "01", "\"\"", "1.5", "9223372036854775808"}) {
    run(std::string("SET n ") + text);
    CHECK(run("INCR n") == kNotAnInteger);
  }
  run.put_list("list");
  CHECK(run("INCR list") == kWrongType);
  CHECK(run("INCRBY list x") == kNotAnInteger);
  run("DEL list");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("INCRBYFLOAT", "[string]") {
  Scenario run;
  CHECK(run("INCRBYFLOAT f 10.5") == "$4 10.5");
  CHECK(run("INCRBYFLOAT f 0.1") == "$4 10.6");
  CHECK(run("INCRBYFLOAT f -5e0") == "$3 5.6");
  CHECK(run("OBJECT ENCODING f") == "$6 embstr");
  CHECK(run("SET f 5") == "+OK");
  CHECK(run("INCRBYFLOAT f 1") == "$1 6");
  CHECK(run("OBJECT ENCODING f") == "$6 embstr");
  CHECK(run("INCR f") == ":7");
  CHECK(run("OBJECT ENCODING f") == "$3 int");
  CHECK(run("INCRBYFLOAT f x") == "-ERR value is not a valid float");
  CHECK(run("INCRBYFLOAT f nan") == "-ERR value is not a valid float");
  CHECK(run("INCRBYFLOAT f inf") == "-ERR increment would produce NaN or Infinity");
  run("SET f 3.0e3 EX 10");
  CHECK(run("INCRBYFLOAT f 200") == "$4 3200");
  CHECK(run("TTL f") == ":10");
  CHECK(run.journal() ==
        "SELECT 0; SET f 10.5 KEEPTTL; SET f 10.6 KEEPTTL; SET f 5.6 KEEPTTL; SET f 5; "
        "SET f 6 KEEPTTL; INCR f; SET f 3.0e3 PXAT 1700000010000; SET f 3200 KEEPTTL");
  run("SET f abc");
  CHECK(run("INCRBYFLOAT f x") == "-ERR value is not a valid float");
  run.put_list("list");
  CHECK(run("INCRBYFLOAT list x") == kWrongType);
  run("DEL list");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("INCREX", "[string]") {
  Scenario run;
  CHECK(run("INCREX n") == "*2 :1 :1");
  CHECK(run("INCREX n BYINT 5") == "*2 :6 :5");
  CHECK(run("INCREX n BYINT -10") == "*2 :-4 :-10");
  CHECK(run.events() == "new:n incrby:n incrby:n incrby:n");
  CHECK(run.journal() == "SELECT 0; SET n 1; SET n 6; SET n -4");

  SECTION("bounds refuse, or cut with SATURATE") {
    run("SET n 99 EX 100");
    CHECK(run("INCREX n BYINT 5 UBOUND 100 EX 500") == "*2 :99 :0");
    CHECK(run("TTL n") == ":100");
    CHECK(run("INCREX n BYINT 5 UBOUND 100 SATURATE EX 500") == "*2 :100 :1");
    CHECK(run("TTL n") == ":500");
    CHECK(run("INCREX n BYINT -500 LBOUND 0") == "*2 :100 :0");
    CHECK(run("INCREX n BYINT -500 LBOUND 0 SATURATE") == "*2 :0 :-100");
    CHECK(run("INCREX none BYINT 10 UBOUND 5") == "*2 :0 :0");
    CHECK(run("EXISTS none") == ":0");
    CHECK(run("INCREX n LBOUND 10 UBOUND 5") == "-ERR LBOUND can't be greater than UBOUND");
    CHECK(run("INCREX n LBOUND x") == "-ERR LBOUND is not an integer or out of range");
    CHECK(run("INCREX n UBOUND 1.5") == "-ERR UBOUND is not an integer or out of range");
    CHECK(run("INCREX n BYFLOAT 1 UBOUND x") == "-ERR UBOUND is not a valid float");
    // A value that is out of bounds before is brought back by SATURATE.
    run("SET n 50");
    CHECK(run("INCREX n UBOUND 10") == "*2 :50 :0");
    CHECK(run("INCREX n UBOUND 10 SATURATE") == "*2 :10 :-40");
  }
  SECTION("the type's limits are bounds too") {
    run("SET n 9223372036854775806");
    CHECK(run("INCREX n BYINT 5") == "*2 :9223372036854775806 :0");
    CHECK(run("INCREX n BYINT 5 SATURATE") == "*2 :9223372036854775807 :1");
    run("SET n 9223372036854775807");
    CHECK(run("INCREX n BYINT 1 UBOUND -9223372036854775808 SATURATE") ==
          "-ERR increment or decrement would overflow");
  }
  SECTION("floats") {
    run("SET n 1.5");
    CHECK(run("INCREX n BYFLOAT 0.25") == "*2 $4 1.75 $4 0.25");
    CHECK(run("INCREX n BYFLOAT 5 UBOUND 2.5") == "*2 $4 1.75 $1 0");
    CHECK(run("INCREX n BYFLOAT 5 UBOUND 2.5 SATURATE") == "*2 $3 2.5 $4 0.75");
    CHECK(run("INCREX n") == kNotAnInteger);
    CHECK(run("INCREX n BYFLOAT x") == "-ERR Increment is not a valid float");
    CHECK(run("INCREX n BYFLOAT inf") == "-ERR increment would produce NaN or Infinity");
    CHECK(run("INCREX n BYFLOAT 1 LBOUND -inf UBOUND inf") == "*2 $3 3.5 $1 1");
    CHECK(run("INCREX n BYFLOAT -1") == "*2 $3 2.5 $2 -1");
    run.local.session.protocol = Protocol::kResp3;
    CHECK(run("INCREX n BYFLOAT 1") == "*2 ,3.5 ,1");
    CHECK(run("OBJECT ENCODING n") == "$6 embstr");
  }
  SECTION("expiry") {
    CHECK(run("INCREX n EX 100 ENX") == "*2 :-3 :1");
    CHECK(run("TTL n") == ":100");
    CHECK(run("INCREX n EX 10 ENX") == "*2 :-2 :1");
    CHECK(run("TTL n") == ":100");
    CHECK(run("INCREX n") == "*2 :-1 :1");
    CHECK(run("TTL n") == ":100");
    CHECK(run("INCREX n PERSIST") == "*2 :0 :1");
    CHECK(run("INCREX n PERSIST") == "*2 :1 :1");
    CHECK(run("TTL n") == ":-1");
    CHECK(run.events() == "incrby:n expire:n incrby:n incrby:n incrby:n persist:n incrby:n");
    CHECK(run.journal() ==
          "SET n -3 PXAT 1700000100000; SET n -2 PXAT 1700000100000; SET n -1 PXAT 1700000100000; "
          "SET n 0; SET n 1");
    CHECK(run("INCREX n EXAT 5") == "*2 :2 :1");
    CHECK(run("EXISTS n") == ":0");
    CHECK(run.events() == "incrby:n del:n keymiss:n");
    CHECK(run.journal() == "DEL n");
    CHECK(run("INCREX n EX 0") == "-ERR invalid expire time in 'increx' command");
    CHECK(run("INCREX n ENX") == "-ERR ENX flag requires an expiration");
    CHECK(run("INCREX n PERSIST ENX") == kSyntax);
    CHECK(run("INCREX n EX 5 PX 5") == kSyntax);
    CHECK(run("INCREX n EX 5 EX 5") == kSyntax);
  }
  SECTION("words that don't belong") {
    CHECK(run("INCREX n BYINT 1 BYFLOAT 2") == kSyntax);
    CHECK(run("INCREX n BYINT") == kSyntax);
    CHECK(run("INCREX n BYINT x") == "-ERR Increment is not an integer or out of range");
    CHECK(run("INCREX n WHAT") == kSyntax);
    run.put_list("list");
    CHECK(run("INCREX list") == kWrongType);
    run("DEL list");
  }
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("DELEX, DELIFEQ", "[string]") {
  Scenario run;
  run("MSET a 1 b 2 c \"Hello world\" d x e x");
  run.journal();
  run.events();
  CHECK(run("DELEX a IFEQ 2") == ":0");
  CHECK(run("DELEX a IFNE 1") == ":0");
  CHECK(run("DELEX a IFEQ 1") == ":1");
  CHECK(run("DELEX b IFNE 1") == ":1");
  CHECK(run("DELEX c IFDNE b6acb9d84a38ff74") == ":0");
  CHECK(run("DELEX c IFDEQ B6acb9d84a38ff74") == ":1");
  CHECK(run("DELEX d") == ":1");
  CHECK(run("DELEX d") == ":0");
  CHECK(run("DELEX d IFNE 1") == ":0");
  CHECK(run("DELIFEQ e y") == ":0");
  CHECK(run("DELIFEQ e x") == ":1");
  CHECK(run("DELIFEQ e x") == ":0");
  CHECK(run.journal() == "DEL a; DEL b; DEL c; DEL d; DEL e");
  CHECK(run.events() == "del:a del:b del:c del:d del:e");
  CHECK(run("DELEX a IFEQ") == "-ERR wrong number of arguments for 'delex' command");
  CHECK(run("DELEX a NX 1") == kSyntax);
  CHECK(run("DELEX a IFDEQ 1") == "-ERR must be exactly 16 hexadecimal characters");
  run.put_list("list");
  CHECK(run("DELEX list IFEQ 1") == kWrongType);
  CHECK(run("DELIFEQ list 1") == kWrongType);
  CHECK(run("DIGEST list") == kWrongType);
  CHECK(run("DIGEST none") == "$-1");
  CHECK(run("DELEX list") == ":1");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("parts of a string", "[string]") {
  Scenario run;
  CHECK(run("APPEND k 12") == ":2");
  CHECK(run("OBJECT ENCODING k") == "$3 int");
  CHECK(run("APPEND k \"\"") == ":2");
  CHECK(run("OBJECT ENCODING k") == "$3 raw");
  CHECK(run("APPEND k 3") == ":3");
  CHECK(run("INCR k") == ":124");
  CHECK(run("EXPIRE k 10") == ":1");
  CHECK(run("APPEND k abc") == ":6");
  CHECK(run("STRLEN k") == ":6");
  CHECK(run("TTL k") == ":10");
  CHECK(run("STRLEN none") == ":0");
  CHECK(run("SET n -12") == "+OK");
  CHECK(run("STRLEN n") == ":3");
  CHECK(run("GETRANGE n 0 1") == "$2 -1");

  CHECK(run("SETRANGE new 3 x") == ":4");
  CHECK(run(std::vector<std::string>{"GET", "new"}) == std::string("$4 \0\0\0x", 7));
  CHECK(run("OBJECT ENCODING new") == "$3 raw");
  CHECK(run("SETRANGE new 1 ab") == ":4");
  CHECK(run("SETRANGE new 0 \"\"") == ":4");
  CHECK(run("SETRANGE none 5 \"\"") == ":0");
  CHECK(run("EXISTS none") == ":0");
  CHECK(run("SETRANGE k -1 \"\"") == "-ERR offset is out of range");
  CHECK(run("SETRANGE k x \"\"") == kNotAnInteger);
  CHECK(run("SETRANGE none 536870912 a") ==
        "-ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  CHECK(run("SETRANGE none 9223372036854775807 a") ==
        "-ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  CHECK(run.events() ==
        "new:k append:k append:k append:k incrby:k expire:k append:k keymiss:none new:n set:n "
        "new:new setrange:new setrange:new keymiss:none");

  run("SET k \"This is a string\"");
  CHECK(run("GETRANGE k 0 3") == "$4 This");
  CHECK(run("GETRANGE k -3 -1") == "$3 ing");
  CHECK(run("GETRANGE k 0 -1") == "$16 This is a string");
  CHECK(run("GETRANGE k 10 100") == "$6 string");
  CHECK(run("SUBSTR k 5 6") == "$2 is");
  CHECK(run("GETRANGE k 5 4") == "$0 ");
  CHECK(run("GETRANGE k -1 -5") == "$0 ");
  CHECK(run("GETRANGE k -100 -50") == "$1 T");
  CHECK(run("GETRANGE k 100 200") == "$0 ");
  CHECK(run("GETRANGE none 0 -1") == "$0 ");
  CHECK(run("GETRANGE k a 1") == kNotAnInteger);
  CHECK(run("GETRANGE k 1 a") == kNotAnInteger);
  run.put_list("list");
  CHECK(run("APPEND list x") == kWrongType);
  CHECK(run("STRLEN list") == kWrongType);
  CHECK(run("SETRANGE list 0 \"\"") == kWrongType);
  CHECK(run("SETRANGE list 536870912 a") == kWrongType);
  CHECK(run("GETRANGE list 0 x") == kNotAnInteger);
  CHECK(run("GETRANGE list 0 0") == kWrongType);
  run("DEL list");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("proto-max-bulk-len limits what commands build", "[string]") {
  Scenario run;
  const Settings::NamedValue limit[] = {{"proto-max-bulk-len", "1mb"}};
  REQUIRE_FALSE(run.local.settings.set_many(limit));
  const std::string tail(1000, 'x');
  CHECK(run("SETRANGE k 1048575 a") == ":1048576");
  CHECK(run("APPEND k \"\"") == ":1048576");
  CHECK(run("APPEND k a") == "-ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  CHECK(run("SETBIT k 8388607 1") == ":1");
  CHECK(run("SETBIT k 8388608 1") == "-ERR bit offset is not an integer or out of range");
  CHECK(run("BITFIELD k GET u8 #1048575") == "*1 :97");
  CHECK(run("BITFIELD k GET u8 #1048576") == "-ERR bit offset is not an integer or out of range");
  run("SETRANGE long 999 a");
  CHECK(run("LCS long long LEN") ==
        "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
}

TEST_CASE("LCS", "[string]") {
  Scenario run;
  run("MSET a ohmytext b mynewtext");
  CHECK(run("LCS a b") == "$6 mytext");
  CHECK(run("LCS a b LEN") == ":6");
  CHECK(run("LCS a b IDX") ==
        "*4 $7 matches *2 *2 *2 :4 :7 *2 :5 :8 *2 *2 :2 :3 *2 :0 :1 $3 len :6");
  CHECK(run("LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN") ==
        "*4 $7 matches *1 *3 *2 :4 :7 *2 :5 :8 :4 $3 len :6");
  CHECK(run("LCS a b IDX MINMATCHLEN 5") == "*4 $7 matches *0 $3 len :6");
  CHECK(run("LCS a b MINMATCHLEN 4 WITHMATCHLEN") == "$6 mytext");
  CHECK(run("LCS a b IDX MINMATCHLEN -5") ==
        "*4 $7 matches *2 *2 *2 :4 :7 *2 :5 :8 *2 *2 :2 :3 *2 :0 :1 $3 len :6");
  CHECK(run("LCS a none") == "$0 ");
  CHECK(run("LCS none none IDX") == "*4 $7 matches *0 $3 len :0");
  run("MSET n 1234 m 134");
  CHECK(run("LCS n m") == "$3 134");
  CHECK(run("LCS a b LEN IDX") ==
        "-ERR If you want both the length and indexes, please just use IDX.");
  CHECK(run("LCS a b MINMATCHLEN") == kSyntax);
  CHECK(run("LCS a b MINMATCHLEN x") == kNotAnInteger);
  CHECK(run("LCS a b WHAT") == kSyntax);
  run.put_list("list");
  CHECK(run("LCS a list WHAT") == "-ERR The specified keys must contain string values");
  run.local.session.protocol = Protocol::kResp3;
  CHECK(run("LCS a b IDX MINMATCHLEN 4") == "%2 $7 matches *1 *2 *2 :4 :7 *2 :5 :8 $3 len :6");
}
