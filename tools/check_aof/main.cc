// sorrel-check-aof: checks an append-only file, and mends it (--fix, --truncate-to-timestamp).

#include "core/base/number.h"
#include "persistence/posix_file_system.h"
#include "tools/check_aof/aof_check.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

int usage(const char* program) {
  std::printf(
      "Usage: %s [--fix|--truncate-to-timestamp $timestamp] [--yes] <file.manifest|file.aof>\n",
      program);
  return 1;
}

bool asks() {
  std::printf("Continue? [y/N]: ");
  std::fflush(stdout);
  const int answer = std::getchar();
  return answer == 'y' || answer == 'Y';
}

}  // namespace

int main(int argc, char** argv) {
  sorrel::AofCheck::Options options;
  bool sure = false;
  std::string path;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--fix") {
      options.fix = true;
    } else if (word == "--yes") {
      sure = true;
    } else if (word == "--truncate-to-timestamp" && i + 1 < argc) {
      const auto timestamp = sorrel::parse_integer(argv[++i]);
      if (!timestamp || *timestamp < 0) {
        std::printf("Invalid timestamp, aborting...\n");
        return 1;
      }
      options.to_timestamp = *timestamp;
    } else if (path.empty() && !word.starts_with("--")) {
      path = word;
    } else {
      return usage(argv[0]);
    }
  }
  if (path.empty() || (options.fix && options.to_timestamp)) return usage(argv[0]);
  sorrel::PosixFileSystem files;
  sorrel::AofCheck check(
      files, options, [](const std::string& line) { std::printf("%s\n", line.c_str()); },
      [sure] { return sure || asks(); });
  return check.run(path) ? 0 : 1;
}
