#include "server/instance.h"
#include "server/jemalloc_allocator.h"

#include <cstdio>
#include <string>

namespace {

class StandardOutput final : public sorrel::LogSink {
 public:
  void write(sorrel::LogLevel, sorrel::Bytes line) override {
    std::fprintf(stdout, "%.*s\n", static_cast<int>(line.size()), line.data());
    std::fflush(stdout);
  }
};

}  // namespace

int main(int argc, char** argv) {
  sorrel::Settings settings;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string value = argv[i + 1];
    const sorrel::Status set = settings.load(argv[i] + 2, sorrel::SettingArguments(&value, 1));
    if (!set) {
      std::fprintf(stderr, "%s: %s\n", argv[i], set.message().c_str());
      return 1;
    }
  }
  StandardOutput log;
  sorrel::Instance::Options options;
  options.settings = &settings;
  options.log = &log;
  options.allocator = sorrel::program_allocator();
  sorrel::Instance instance(options);
  if (const sorrel::Status started = instance.start(); !started) {
    std::fprintf(stderr, "%s\n", started.message().c_str());
    return 1;
  }
  log.write(sorrel::LogLevel::kNotice, "Ready to accept connections");
  instance.join();
}
