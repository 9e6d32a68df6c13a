// CommandDocs: the grammar of every command's arguments, as a server describes it in COMMAND DOCS.
//
// The generator draws commands from it, so a command needs no hand-written grammar here.
#pragma once

#include "core/base/result.h"
#include "tests/support/peer.h"

#include <map>
#include <string>
#include <vector>

namespace sorrel::test {

struct ArgumentSpec {
  enum class Type { kKey, kString, kInteger, kDouble, kUnixTime, kPattern, kToken, kOneOf, kBlock };
  std::string name;
  Type type = Type::kString;
  std::string token;  // the word before the argument, or the whole of a kToken; may be empty
  bool optional = false;
  bool multiple = false;
  bool token_repeats = false;       // with each of the multiple
  std::vector<ArgumentSpec> parts;  // of a kOneOf, a kBlock
};

struct CommandSpec {
  Words name;  // "CLIENT", "SETNAME"
  std::vector<ArgumentSpec> arguments;
};

/// By name in lower case, a subcommand as "client|setname".
using CommandDocs = std::map<std::string, CommandSpec>;

Result<CommandDocs> read_command_docs(Peer& peer);

}  // namespace sorrel::test
