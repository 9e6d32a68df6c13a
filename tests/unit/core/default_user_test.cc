#include "core/default_user.h"

#include "core/acl_log.h"
#include "tests/support/local_engine.h"

#include <catch2/catch.hpp>

using namespace sorrel;

TEST_CASE("the default user is let in as its rules say", "[acl]") {
  DefaultUser user;
  CHECK(user.is_open());
  CHECK(user.admits("anything"));

  user.require("foo");
  CHECK_FALSE(user.is_open());
  CHECK(user.admits("foo"));
  CHECK_FALSE(user.admits("Foo"));
  CHECK_FALSE(user.admits(""));

  const Bytes more[] = {">bar", ">bar"};
  CHECK_FALSE(user.change(more));
  CHECK(user.passwords().size() == 2);
  CHECK(user.admits("bar"));

  const Bytes off[] = {"off"};
  CHECK_FALSE(user.change(off));
  CHECK_FALSE(user.admits("foo"));
  const Bytes open[] = {"nopass"};
  CHECK_FALSE(user.change(open));
  CHECK_FALSE(user.is_open());
  CHECK_FALSE(user.admits("foo"));
}

TEST_CASE("rules are applied all or none", "[acl]") {
  DefaultUser user;
  user.require("foo");
  const Bytes rules[] = {"resetpass", "off", ">new", "<nosuch"};
  CHECK(user.change(rules) ==
        "ERR Error in ACL SETUSER modifier '<nosuch': The password you are trying to remove from "
        "the user does not exist");
  CHECK(user.admits("foo"));
  CHECK_FALSE(user.admits("new"));
}

TEST_CASE("a user's passwords are limited", "[acl]") {
  DefaultUser user;
  for (size_t i = 0; i < DefaultUser::kPasswordsMax; ++i) {
    const std::string rule = ">" + std::to_string(i);
    const Bytes rules[] = {rule};
    REQUIRE_FALSE(user.change(rules));
  }
  const Bytes one_more[] = {">more"};
  CHECK(user.change(one_more));
  CHECK(user.passwords().size() == DefaultUser::kPasswordsMax);
}

TEST_CASE("requirepass is told to the user when it changes, and only then", "[acl]") {
  LocalEngine local;
  CHECK(local.run("ACL", "SETUSER", "default", ">more") == "+OK\r\n");
  CHECK(local.run("CONFIG", "SET", "maxmemory-samples", "6") == "+OK\r\n");
  CHECK(local.engine.default_user().admits("more"));
  CHECK(local.run("CONFIG", "SET", "requirepass", "foo") == "+OK\r\n");
  CHECK_FALSE(local.engine.default_user().admits("more"));
  CHECK(local.engine.default_user().admits("foo"));
  CHECK(local.run("CONFIG", "SET", "requirepass", "") == "+OK\r\n");
  CHECK(local.engine.default_user().is_open());
}

TEST_CASE("who connects to a user that is off isn't in", "[acl]") {
  LocalEngine local;
  CHECK(local.run("ACL", "SETUSER", "default", "off") == "+OK\r\n");
  Session other(nullptr);
  local.engine.open_session(other);
  const Bytes get[] = {"GET", "k"};
  CHECK(local.run_in(other, get) == "-NOAUTH Authentication required.\r\n");
  local.engine.close_session(other);
}

TEST_CASE("the log of refusals groups those of a minute, and has an end", "[acl]") {
  AclLog log;
  const auto add = [&](const char* user, int64_t now_ms, size_t most = 3) {
    AclLog::Entry entry;
    entry.user = user;
    log.add(std::move(entry), now_ms, most);
  };
  add("a", 1000);
  add("b", 2000);
  add("a", 3000);
  REQUIRE(log.entries().size() == 2);
  CHECK(log.entries()[0].user == "a");
  CHECK(log.entries()[0].count == 2);
  CHECK(log.entries()[0].id == 0);
  CHECK(log.entries()[0].first_ms == 1000);
  CHECK(log.entries()[0].last_ms == 3000);

  add("a", 3000 + AclLog::kGroupMs + 1);
  REQUIRE(log.entries().size() == 3);
  CHECK(log.entries()[0].count == 1);
  add("c", 70'000);
  CHECK(log.entries().size() == 3);
  add("d", 70'000, 1);
  REQUIRE(log.entries().size() == 1);
  CHECK(log.entries()[0].user == "d");
  CHECK(log.denied() == 6);
}
