#include "server/process/process_title.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace sorrel {
namespace {

std::string listen_address(const SettingValues& values) {
  if (values.port == 0) return "unixsocket:" + values.unixsocket;
  const std::string& first = values.bind.empty() ? std::string("*") : values.bind.front();
  return first.substr(first.starts_with('-') ? 1 : 0) + ":" + std::to_string(values.port);
}

}  // namespace

ProcessTitle::ProcessTitle(int argc, char** argv) {
  if (argc == 0) return;
  begin_ = argv[0];
  char* end = begin_;
  // The arguments lie one behind the other; anything else isn't the kernel's doing.
  for (int i = 0; i < argc && argv[i] == end; ++i) end += std::strlen(argv[i]) + 1;
  // The environment lies behind them, and moves away. Nobody else runs yet who could look at it.
  for (char** variable = environ; *variable == end; ++variable) {
    char* const moved = strdup(*variable);
    if (moved == nullptr) break;
    end += std::strlen(moved) + 1;
    *variable = moved;
  }
  size_ = static_cast<size_t>(end - begin_);
}

void ProcessTitle::set(const std::string& title) {
  if (size_ == 0) return;
  const size_t length = std::min(title.size(), size_ - 1);
  std::memset(begin_, 0, size_);
  std::memcpy(begin_, title.data(), length);
}

std::string expand_process_title(const SettingValues& values, const std::string& program,
                                 const std::string& config_file) {
  const std::pair<const char*, std::string> variables[] = {
      {"{title}", program},
      {"{listen-addr}", listen_address(values)},
      {"{server-mode}", values.cluster_enabled ? "[cluster]" : ""},
      {"{port}", std::to_string(values.port)},
      {"{tls-port}", std::to_string(values.tls_port)},
      {"{unixsocket}", values.unixsocket},
      {"{config-file}", config_file},
  };
  std::string title = values.proc_title_template;
  for (const auto& [variable, value] : variables) {
    for (size_t at = title.find(variable); at != std::string::npos;
         at = title.find(variable, at + value.size())) {
      title.replace(at, std::strlen(variable), value);
    }
  }
  while (title.ends_with(' ')) title.pop_back();
  return title;
}

}  // namespace sorrel
