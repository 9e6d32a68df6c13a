// sorrel-check-rdb: says whether an RDB file is whole, and where and how it isn't.
//
//   sorrel-check-rdb dump.rdb        exit code 0: it is; 1: it isn't, or can't be read
#include "persistence/file_stream.h"
#include "persistence/posix_file_system.h"
#include "tools/check_rdb/rdb_check.h"

#include <chrono>
#include <cstdio>
#include <random>

namespace {

int64_t now_ms() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "Usage: %s <rdb-file-name>\n", argv[0]);
    return 1;
  }
  using namespace sorrel;
  const std::string path = argv[1];
  PosixFileSystem files;
  const Result<std::unique_ptr<File>> file = files.open(path, FileSystem::Mode::kRead);
  if (!file) {
    std::fprintf(stderr, "Cannot open file %s\n", file.status().message().c_str());
    return 1;
  }
  std::random_device secret;
  check_rdb::RdbCheck check([](const std::string& line) { std::printf("%s\n", line.c_str()); },
                            now_ms(), uint64_t{secret()} << 32 | secret());
  FileSource source(*file.value());
  return check.run(source, path) ? 0 : 1;
}
