#include "tools/bench/plan.h"

#include "tools/bench/request_set.h"
#include "tools/bench/sections/section.h"
#include "tools/bench/string_requests.h"

#include <catch2/catch.hpp>

using namespace sorrel::bench;

TEST_CASE("plan: options are taken in order, and the last one wins") {
  const auto plan = parse_plan({"--quick", "--rounds", "9", "--sections", "memory,strings",
                                "--server-args", "--hz 100  --io-threads 2"});
  REQUIRE(plan);
  CHECK(plan.value().quick);
  CHECK(plan.value().rounds == 9);
  CHECK(plan.value().sections == std::vector<std::string>{"memory", "strings"});
  CHECK(plan.value().sorrel_arguments ==
        std::vector<std::string>{"--hz", "100", "--io-threads", "2"});
}

TEST_CASE("plan: a wrong word is named") {
  CHECK(parse_plan({"--fast"}).status().message() == "unknown option --fast");
  CHECK(parse_plan({"--rounds"}).status().message() == "--rounds needs a value");
  CHECK(parse_plan({"--rounds", "0"}).status().message() ==
        "--rounds: '0' is not a number from 1 to 1000");
  CHECK(parse_plan({"--rounds", "3x"}).status().message() ==
        "--rounds: '3x' is not a number from 1 to 1000");
}

TEST_CASE("plan: sections are those named, or all of the mode") {
  Plan plan;
  plan.callgrind = true;
  auto sections = chosen_sections(plan);
  REQUIRE(sections);
  for (const Section& section : sections.value()) CHECK(section.mode == Section::Mode::kCallgrind);
  CHECK_FALSE(sections.value().empty());
  plan.sections = {"memory"};
  sections = chosen_sections(plan);
  REQUIRE(sections);
  REQUIRE(sections.value().size() == 1);
  CHECK(sections.value()[0].name == "memory");
  plan.sections = {"memory", "speed"};
  CHECK(chosen_sections(plan).status().message() == "no section is named speed");
}

TEST_CASE("requests: a stretch is what the commands look like on the wire") {
  RequestSet requests;
  requests.add({"GET", "a"});
  requests.add({"SET", "b", ""});
  requests.add({"PING"});
  CHECK(requests.stretch(0, 1) == "*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
  CHECK(requests.stretch(1, 2) == "*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$0\r\n\r\n*1\r\n$4\r\nPING\r\n");
}

TEST_CASE("requests: each key comes once, whatever the count") {
  for (const uint64_t count : {1, 2, 8, 10, 1000}) {
    const RequestSet requests = each_key_requests("DEL", count);
    REQUIRE(requests.size() == count);
    std::vector<std::string> seen;
    for (uint64_t i = 0; i < count; i++) seen.emplace_back(requests.stretch(i, 1));
    std::sort(seen.begin(), seen.end());
    CHECK(std::unique(seen.begin(), seen.end()) == seen.end());
  }
}

TEST_CASE("requests: keys of one set are equally long") {
  CHECK(plain_key(0) == "key:000000000000");
  CHECK(plain_key(1'999'999) == "key:000001999999");
}
