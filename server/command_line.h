// The server's command line: sorrel-server [file] [--name value ...] [-]
//
// What follows the file is a configuration of its own: `--port 7777 --appendonly yes` is two lines.
// The first argument after a name is its value even when it begins with dashes; one argument may
// hold name and value ("--port 7777"); `--save` without a value means --save "". A lone `-`, first
// or last, reads a configuration from standard input. The file comes first, then standard input,
// then the options, so that options win.
#pragma once

#include "server/config_file.h"

#include <functional>
#include <optional>
#include <span>
#include <string>

namespace sorrel {

struct CommandLine {
  enum class Request { kServe, kShowHelp, kShowVersion };
  Request request = Request::kServe;
  std::string config_file;  // as given; empty: none
  bool reads_stdin = false;
  std::string options;  // configuration lines
};

/// `arguments` without the program's name.
CommandLine parse_command_line(std::span<const std::string> arguments);

/// Reads everything that the command line names into `settings`. `read_stdin` is called when it
/// asks for it.
std::optional<ConfigProblem> load_configuration(
    const CommandLine& line, ConfigFiles& files,
    const std::function<Result<std::string>()>& read_stdin, Settings& settings);

}  // namespace sorrel
