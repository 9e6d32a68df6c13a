// Any bytes as a configuration file: a clear refusal or settings that survive a rewrite.
//
// Properties: reading ends; what was taken comes back when the rewritten file is read; a second
// rewrite changes nothing more; CONFIG SET of what CONFIG GET shows is taken.
#include "core/base/check.h"
#include "server/config_file.h"
#include "server/config_rewrite.h"

#include <cstddef>
#include <cstdint>

namespace {

using sorrel::ConfigReader;
using sorrel::Settings;

/// The only file there is, under any name, is the input itself.
class InputFiles final : public sorrel::ConfigFiles {
 public:
  explicit InputFiles(sorrel::Bytes input) : input_(input) {}
  sorrel::Result<std::string> read(const std::string& path) override {
    // Each level reads the input again at most once per include line: keep that affordable.
    if (--reads_left_ < 0) return sorrel::Status::failure(path + ": enough");
    return std::string(input_);
  }
  std::vector<std::string> expand(const std::string& pattern) override { return {pattern}; }

 private:
  sorrel::Bytes input_;
  int reads_left_ = 64;
};

std::vector<Settings::NamedValue> everything(const Settings& settings) {
  const sorrel::Bytes all = "*";
  return settings.get({&all, 1});
}

void check_rewrite(sorrel::Bytes input, const Settings& settings) {
  const std::string text = sorrel::rewritten_config(input, settings);
  InputFiles none("");
  Settings again;
  const auto problem = ConfigReader(again, none).read_text(text, "rewritten");
  VERIFY(!problem);
  VERIFY(everything(again) == everything(settings));
  VERIFY(sorrel::rewritten_config(text, settings) == text);
}

void check_set(const Settings& settings) {
  Settings other;
  for (const Settings::NamedValue& pair : everything(settings)) {
    const auto error = other.set_many({&pair, 1});
    if (error) continue;  // immutable, or a value that needs two words such as replicaof
    VERIFY(other.get_one(pair.first) == pair.second);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const sorrel::Bytes input(reinterpret_cast<const char*>(data), size);
  InputFiles files(input);
  Settings settings;
  const bool has_include =
      input.find("nclude") != sorrel::Bytes::npos || input.find("NCLUDE") != sorrel::Bytes::npos;
  if (ConfigReader(settings, files).read_text(input, "input")) return 0;
  if (!has_include) check_rewrite(input, settings);
  check_set(settings);
  return 0;
}
