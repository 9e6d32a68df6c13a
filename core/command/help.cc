#include "core/command/help.h"

#include "core/base/text.h"

#include <string>

namespace sorrel {
void help_command(Context& context) {
  const Command& parent = *context.command.parent;
  const auto mark = context.reply.begin_array();
  size_t lines = 2;
  context.reply.simple(upper(parent.name) +
                       " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (const Command* sub : parent.subcommands) {
    const CommandSpec& spec = *sub->spec;
    if (sub == &context.command) continue;
    std::string line = upper(spec.name.substr(spec.name.find('|') + 1));
    if (!spec.syntax.empty()) line += " " + std::string(spec.syntax);
    context.reply.simple(line);
    context.reply.simple("    " + std::string(spec.summary));
    lines += 2;
  }
  context.reply.simple("HELP");
  context.reply.simple("    Prints this help.");
  context.reply.end_array(mark, lines + 1);
}

}  // namespace sorrel
