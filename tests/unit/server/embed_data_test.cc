// The C and C++ interfaces' saving and loading.

#include "sorrel/sorrel.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

namespace sorrel {
namespace {

TEST_CASE("data go to a file and come back from it", "[embed]") {
  const std::string path = std::filesystem::temp_directory_path() /
                           ("sorrel-embed-" + std::to_string(getpid()) + ".rdb");
  {
    server made = server::in_memory();
    made.connect().call("SET", "key", "value");
    REQUIRE(sorrel_server_save(made.handle(), path.c_str()) == SORREL_OK);
    CHECK(sorrel_server_save(made.handle(), "/nowhere/at/all") == SORREL_FAILED);
    CHECK(std::string(sorrel_server_error(made.handle())).find("ENOENT") != std::string::npos);
  }
  server made = server::in_memory();
  client user = made.connect();
  user.call("SET", "other", "value");
  REQUIRE(sorrel_server_load(made.handle(), path.c_str()) == SORREL_OK);
  CHECK(user.get<std::string>("GET", "key") == "value");
  CHECK(user.get<int64_t>("DBSIZE") == 1);
  std::ofstream(path, std::ios::in | std::ios::out).seekp(12).put('!');
  CHECK(sorrel_server_load(made.handle(), path.c_str()) == SORREL_FAILED);
  CHECK(user.get<std::string>("GET", "key") == "value");
  std::filesystem::remove(path);
}

TEST_CASE("a server with save points begins with what the last one left", "[embed]") {
  const std::string directory =
      std::filesystem::temp_directory_path() / ("sorrel-embed-data-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  options with;
  with.set("save", "3600 1").set("dir", directory);
  {
    server made(with);
    made.start_thread();
    made.connect().call("SET", "key", "value");
    CHECK(sorrel_server_stop(made.handle(), 0, -1) == SORREL_OK);
  }
  {
    server made(with);
    made.open();
    CHECK(made.connect().get<std::string>("GET", "key") == "value");
  }
  std::filesystem::resize_file(directory + "/dump.rdb", 20);
  for (const bool thread : {true, false}) {
    server made(with);
    CHECK((thread ? sorrel_server_start_thread(made.handle())
                  : sorrel_server_open(made.handle())) == SORREL_FAILED);
    CHECK(std::string(sorrel_server_error(made.handle())).find("offset") != std::string::npos);
    CHECK(made.is_closed());
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace sorrel
