#include "tests/differential/command_docs.h"

#include <optional>

namespace sorrel::test {
namespace {

struct TypeName {
  Bytes name;
  ArgumentSpec::Type type;
};
constexpr TypeName kTypeNames[] = {
    {"key", ArgumentSpec::Type::kKey},         {"integer", ArgumentSpec::Type::kInteger},
    {"double", ArgumentSpec::Type::kDouble},   {"unix-time", ArgumentSpec::Type::kUnixTime},
    {"pattern", ArgumentSpec::Type::kPattern}, {"pure-token", ArgumentSpec::Type::kToken},
    {"oneof", ArgumentSpec::Type::kOneOf},     {"block", ArgumentSpec::Type::kBlock},
};

std::string text_field(ReplyView map, Bytes field) {
  const std::optional<ReplyView> value = map.find(field);
  return value ? std::string(value->text()) : std::string();
}

bool has_flag(ReplyView argument, Bytes flag) {
  const std::optional<ReplyView> flags = argument.find("flags");
  for (size_t i = 0; flags && i < flags->size(); ++i) {
    if ((*flags)[i].text() == flag) return true;
  }
  return false;
}

ArgumentSpec::Type type_named(const std::string& name) {
  for (const TypeName& known : kTypeNames) {
    if (known.name == name) return known.type;
  }
  return ArgumentSpec::Type::kString;
}

std::vector<ArgumentSpec> read_arguments(ReplyView owner) {
  std::vector<ArgumentSpec> arguments;
  const std::optional<ReplyView> list = owner.find("arguments");
  for (size_t i = 0; list && i < list->size(); ++i) {
    const ReplyView item = (*list)[i];
    ArgumentSpec argument;
    argument.name = text_field(item, "name");
    argument.type = type_named(text_field(item, "type"));
    argument.token = text_field(item, "token");
    argument.optional = has_flag(item, "optional");
    argument.multiple = has_flag(item, "multiple");
    argument.token_repeats = has_flag(item, "multiple_token");
    argument.parts = read_arguments(item);
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

Words split_name(const std::string& name) {
  Words words(1);
  for (const char c : name) {
    if (c == '|') {
      words.emplace_back();
    } else {
      words.back().push_back(to_upper(c));
    }
  }
  return words;
}

void add_commands(ReplyView commands, CommandDocs& docs) {
  for (size_t i = 0; i + 1 < commands.size(); i += 2) {
    const std::string name(commands[i].text());
    const ReplyView command = commands[i + 1];
    docs[name] = CommandSpec{split_name(name), read_arguments(command)};
    const std::optional<ReplyView> subcommands = command.find("subcommands");
    if (subcommands) add_commands(*subcommands, docs);
  }
}

}  // namespace

Result<CommandDocs> read_command_docs(Peer& peer) {
  Result<std::unique_ptr<Channel>> channel = peer.connect(Protocol::kResp2);
  if (!channel) return channel.status();
  const Result<Reply> reply = channel.value()->call({"COMMAND", "DOCS"});
  if (!reply) return reply.status();
  CommandDocs docs;
  add_commands(reply.value().root(), docs);
  return docs;
}

}  // namespace sorrel::test
