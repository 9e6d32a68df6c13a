#include "core/command/syntax.h"

#include "core/command/keys.h"
#include "tests/support/local_engine.h"

#include <catch2/catch.hpp>

using namespace sorrel;

namespace {

// A tree in one line, to compare with.
std::string show(const std::vector<SyntaxNode>& nodes) {
  std::string out;
  for (const SyntaxNode& node : nodes) {
    if (!out.empty()) out += ' ';
    out += node.name + ':' + std::string(node.type());
    if (!node.token.empty()) out += '=' + node.token;
    if (node.optional) out += '?';
    if (node.multiple) out += '*';
    if (!node.children.empty()) out += '(' + show(node.children) + ')';
  }
  return out;
}

}  // namespace

TEST_CASE("a syntax is read as a tree", "[command]") {
  CHECK(show(parse_syntax("key")) == "key:key");
  CHECK(show(parse_syntax("key [key ...]")) == "key:key*");
  CHECK(show(parse_syntax("key value [key value ...]")) == "key:block*(key:key value:string)");
  CHECK(show(parse_syntax("key seconds [NX | XX]")) ==
        "key:key seconds:integer nx:oneof?(nx:pure-token=NX xx:pure-token=XX)");
  CHECK(show(parse_syntax("cursor [MATCH pattern] [COUNT count]")) ==
        "cursor:integer pattern:pattern=MATCH? count:integer=COUNT?");
  CHECK(show(parse_syntax("dst timeout:double (LEFT | RIGHT)")) ==
        "dst:key timeout:double left:oneof(left:pure-token=LEFT right:pure-token=RIGHT)");
  CHECK(show(parse_syntax("[EX seconds | KEEPTTL]")) ==
        "seconds:oneof?(seconds:integer=EX keepttl:pure-token=KEEPTTL)");
  CHECK(show(parse_syntax("[ADDR ip:port]")) == "ip:port:string=ADDR?");
  CHECK(show(parse_syntax("[SKIPME (YES | NO)] name")) ==
        "skipme:oneof=SKIPME?(yes:pure-token=YES no:pure-token=NO) name:string");
  CHECK(show(parse_syntax("[= | ~] threshold")) ==
        "=:oneof?(=:pure-token== ~:pure-token=~) threshold:string");
}

TEST_CASE("every command can be described and documented", "[command]") {
  LocalEngine local;
  for (const auto& command : local.engine.commands().all()) {
    INFO(command->spec->name);
    CHECK(local.run("COMMAND", "INFO", command->spec->name).substr(0, 5) == "*1\r\n*");
    CHECK(local.run("COMMAND", "DOCS", command->spec->name).substr(0, 4) == "*2\r\n");
  }
  CHECK(local.run("COMMAND", "INFO", "nosuch") == "*1\r\n$-1\r\n");
  CHECK(local.run("COMMAND", "NOSUCH") ==
        "-ERR unknown subcommand 'NOSUCH'. Try COMMAND HELP.\r\n");
}

TEST_CASE("COMMAND GETKEYS finds the keys of a call", "[command]") {
  LocalEngine local;
  CHECK(local.run("COMMAND", "GETKEYS", "DEL", "a", "b") == "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
  CHECK(local.run("COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2") ==
        "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
  CHECK(local.run("COMMAND", "GETKEYS", "PING", "x") ==
        "-ERR The command has no key arguments\r\n");
  CHECK(local.run("COMMAND", "GETKEYS", "GET", "a", "b") ==
        "-ERR Invalid number of arguments specified for command\r\n");
  CHECK(local.run("COMMAND", "GETKEYSANDFLAGS", "GET", "a") ==
        "*1\r\n*2\r\n$1\r\na\r\n*2\r\n+RO\r\n+access\r\n");
}
