#include "persistence/aof_manifest.h"

#include <catch2/catch.hpp>

namespace sorrel {
namespace {

constexpr Bytes kTypical =
    "file appendonly.aof.2.base.rdb seq 2 type b\n"
    "file appendonly.aof.1.incr.aof seq 1 type h\n"
    "file appendonly.aof.2.incr.aof seq 2 type i\n"
    "file appendonly.aof.3.incr.aof seq 3 type i\n";

std::string refusal(Bytes text) {
  return AofManifest::parse(text).status().message();
}

}  // namespace

TEST_CASE("a manifest is read and written", "[aof]") {
  const Result<AofManifest> manifest = AofManifest::parse(kTypical);
  REQUIRE(manifest.is_ok());
  CHECK(manifest.value().base->name == "appendonly.aof.2.base.rdb");
  CHECK(manifest.value().history.size() == 1);
  CHECK(manifest.value().increments[1].sequence == 3);
  CHECK(manifest.value().base_sequence == 2);
  CHECK(manifest.value().increment_sequence == 3);
  CHECK(manifest.value().format() == kTypical);
}

TEST_CASE("a manifest in other words", "[aof]") {
  const Result<AofManifest> manifest = AofManifest::parse(
      "# a comment\n"
      "  SEQ 1 file \"a name\" type b startoffset 17  \r\n"
      "#TYPE\n");
  INFO(manifest.status().message());
  REQUIRE(manifest.is_ok());
  CHECK(manifest.value().base->name == "a name");
  CHECK(manifest.value().format() == "file \"a name\" seq 1 type b\n");
}

TEST_CASE("what is no manifest is refused with its line", "[aof]") {
  CHECK(refusal("") == "Found an empty AOF manifest");
  CHECK(refusal("\n") == "line 1: Invalid AOF manifest file format: \"\"");
  CHECK(refusal("file a seq 1 type b\nfile b seq 1\n") ==
        "line 2: Invalid AOF manifest file format: \"file b seq 1\"");
  CHECK(refusal("file a seq 1 type b") ==
        "line 1: The AOF manifest file contains too long line: \"file a seq 1 type b\"");
  CHECK(refusal("file a seq x type b\n").starts_with("line 1: Invalid"));
  CHECK(refusal("file a seq 0 type b\n").starts_with("line 1: Invalid"));
  CHECK(refusal("file a seq 18446744073709551615 type b\n").starts_with("line 1: Invalid"));
  CHECK(refusal("file ../a seq 1 type b\n").starts_with("line 1: File can't be a path"));
  CHECK(refusal("file .. seq 1 type b\n").starts_with("line 1: File can't be a path"));
  CHECK(refusal("file \"a\\x00b\" seq 1 type b\n").starts_with("line 1: File can't be a path"));
  CHECK(refusal("file \"\" seq 1 type b\n").starts_with("line 1: Invalid"));
  CHECK(refusal("file a seq 1 type x\n").starts_with("line 1: Unknown AOF file type"));
  CHECK(refusal("file a seq 1 type b\nfile b seq 2 type b\n")
            .starts_with("line 2: Found duplicate base"));
  CHECK(refusal("file a seq 2 type i\nfile b seq 2 type i\n")
            .starts_with("line 2: Found a non-monotonic"));
  CHECK(refusal("file \"a seq 1 type b\n").starts_with("line 1: Invalid"));
  const std::string longest =
      "file " + std::string(AofManifest::kLineBytesMax, 'a') + " seq 1 type b\n";
  CHECK(refusal(longest).starts_with("line 1: The AOF manifest file contains too long line"));
}

TEST_CASE("a manifest through a rewrite", "[aof]") {
  AofManifest manifest;
  CHECK(manifest.empty());
  CHECK(manifest.add_increment("a").name == "a.1.incr.aof");
  CHECK(manifest.add_increment("a").name == "a.2.incr.aof");
  manifest.retire_base();
  CHECK(manifest.add_base("a", true).name == "a.1.base.rdb");
  manifest.retire_increments_but_last();
  manifest.retire_base();
  CHECK(manifest.add_base("a", false).name == "a.2.base.aof");
  CHECK(manifest.format() ==
        "file a.2.base.aof seq 2 type b\n"
        "file a.1.incr.aof seq 1 type h\n"
        "file a.1.base.rdb seq 1 type h\n"
        "file a.2.incr.aof seq 2 type i\n");
  manifest.retire_increments();
  CHECK(manifest.increments.empty());
}

TEST_CASE("no file gets the name of one that is going to be removed", "[aof]") {
  Result<AofManifest> read = AofManifest::parse(
      "file a.1.base.rdb seq 1 type b\n"
      "file a.1.incr.aof seq 1 type h\n"
      "file a.2.base.rdb seq 2 type h\n");
  REQUIRE(read.is_ok());
  CHECK(read.value().add_increment("a").name == "a.2.incr.aof");
  CHECK(read.value().add_base("a", true).name == "a.3.base.rdb");
}

}  // namespace sorrel
