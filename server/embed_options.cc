#include "server/embed_options.h"

#include "core/base/quoted_words.h"
#include "server/embed_border.h"
#include "server/page_discard.h"
#include "server/posix_config_files.h"

#include <span>
#include <vector>

namespace sorrel {

Allocator embed_allocator() {
  Allocator table = system_allocator();
  table.discard = discard_pages;
  return table;
}

namespace {

size_t bytes_as_asked(void*, size_t bytes) {
  return bytes;
}

sorrel_status refuse(sorrel_options& options, std::string reason) {
  options.error = std::move(reason);
  return SORREL_INVALID;
}

sorrel_status set_words(sorrel_options& options, const std::string& name, Bytes value) {
  std::optional<std::vector<std::string>> words = split_quoted_words(value);
  if (!words) return refuse(options, name + ": unbalanced quotes");
  if (words->empty()) words->emplace_back();
  const Status loaded = options.settings.load(name, *words);
  return loaded ? SORREL_OK : refuse(options, loaded.with(name).message());
}

}  // namespace
}  // namespace sorrel

using sorrel::at_border;

sorrel_options::sorrel_options(Defaults defaults) : is_program(defaults == Defaults::kProgram) {
  settings.resolve_directories_with(sorrel::resolve_directory);
  if (defaults == Defaults::kProgram) return;
  const auto set = [this](const char* name, const std::string& value) {
    VERIFY(settings.load(name, sorrel::SettingArguments(&value, 1)));
  };
  set("port", "0");
  set("save", "");
}

sorrel_status sorrel_options_new(sorrel_options** options) {
  if (options == nullptr) return SORREL_INVALID;
  *options = nullptr;
  return at_border([&] {
    *options = new sorrel_options();
    return SORREL_OK;
  });
}

void sorrel_options_free(sorrel_options* options) {
  delete options;
}

sorrel_status sorrel_options_set(sorrel_options* options, const char* name, const char* value) {
  if (options == nullptr || name == nullptr || value == nullptr) return SORREL_INVALID;
  return at_border([&] {
    options->error.clear();
    return sorrel::set_words(*options, name, value);
  });
}

sorrel_status sorrel_options_load(sorrel_options* options, const char* path) {
  if (options == nullptr || path == nullptr) return SORREL_INVALID;
  return at_border([&] {
    options->error.clear();
    sorrel::PosixConfigFiles files;
    const auto problem = sorrel::ConfigReader(options->settings, files).read_file(path);
    return problem ? sorrel::refuse(*options, problem->sentence()) : SORREL_OK;
  });
}

sorrel_status sorrel_options_any_port(sorrel_options* options) {
  if (options == nullptr) return SORREL_INVALID;
  options->error.clear();
  options->any_port = true;
  return SORREL_OK;
}

sorrel_status sorrel_options_allocator(sorrel_options* options, const sorrel_allocator* allocator) {
  if (options == nullptr || allocator == nullptr) return SORREL_INVALID;
  return at_border([&]() -> sorrel_status {
    options->error.clear();
    const bool any = allocator->allocate != nullptr || allocator->free != nullptr ||
                     allocator->footprint != nullptr;
    if (!any) {
      options->allocator = sorrel::embed_allocator();
      return SORREL_OK;
    }
    if (allocator->allocate == nullptr || allocator->free == nullptr) {
      return sorrel::refuse(*options, "an allocator needs both allocate and free");
    }
    const auto footprint =
        allocator->footprint == nullptr ? &sorrel::bytes_as_asked : allocator->footprint;
    options->allocator = {allocator->allocate, allocator->free,    footprint,
                          allocator->user,     allocator->discard, allocator->purge};
    return SORREL_OK;
  });
}

sorrel_status sorrel_options_logger(sorrel_options* options, sorrel_log_function log, void* user) {
  if (options == nullptr) return SORREL_INVALID;
  options->error.clear();
  options->log = log;
  options->log_user = user;
  return SORREL_OK;
}

const char* sorrel_options_error(const sorrel_options* options) {
  return options == nullptr ? "" : options->error.c_str();
}
