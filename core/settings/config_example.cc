#include "core/settings/config_example.h"

#include "core/settings/setting_spec.h"

namespace sorrel {
namespace {

constexpr size_t kTextColumns = 90;

constexpr std::string_view kIntroduction =
    "Every setting of the server with its default. Start with `sorrel-server this-file`, or give a "
    "setting on the command line (`--port 7777`), or to CONFIG SET while the server runs.\n"
    "A line is a name and a value, or several values. Quote a value with blanks in it: in \"double "
    "quotes\" \\n, \\t, \\\" and \\xHH mean what they mean in C. Sizes take units: 1k is 1000 "
    "bytes, "
    "1kb 1024, and likewise m, mb, g, gb. A setting that is given twice keeps the last value, "
    "unless it says that lines add up.\n"
    "This file is generated from the settings table; tools/config_example prints it.";

/// Appends `text` as comment lines, broken between words.
void append_comment(std::string_view text, std::string& out) {
  std::string line = "#";
  while (!text.empty()) {
    const size_t end = text.find_first_of(" \n");
    const std::string_view word = text.substr(0, end);
    if (line.size() > 1 && line.size() + 1 + word.size() > kTextColumns) {
      out += line + '\n';
      line = "#";
    }
    if (!word.empty()) (line += ' ') += word;
    if (end == std::string_view::npos) break;
    if (text[end] == '\n') {
      out += line + "\n#\n";
      line = "#";
    }
    text.remove_prefix(end + 1);
  }
  out += line + '\n';
}

std::string remarks(const SettingSpec& spec) {
  std::string text;
  if (spec.has(kNotServed)) text += " Accepted, but without effect so far.";
  if (spec.has(kNoEffect)) text += " Accepted for compatibility; it changes nothing.";
  if (spec.has(kImmutable)) text += " Only at start.";
  std::string others;
  for (std::string_view alias : spec.aliases) {
    if (alias.empty()) continue;
    if (!others.empty()) others += ", ";
    others += alias;
  }
  if (!others.empty()) text += " Other names: " + others + ".";
  return text;
}

/// The lines that give the default, or a comment for what has none.
void append_default(const SettingSpec& spec, std::string& out) {
  const std::vector<std::string> lines =
      spec.has(kStartOnly) ? std::vector<std::string>() : setting_lines(spec, SettingValues());
  for (const std::string& line : lines) out += std::string(spec.name) + ' ' + line + '\n';
  if (lines.empty()) {
    out += "# " + std::string(spec.name) + (spec.has(kStartOnly) ? " ...\n" : " \"\"\n");
  }
}

void append_section(const SettingSection& section, std::string& out) {
  out += "\n\n#### " + std::string(section.title) + " ####\n";
  append_comment(section.intro, out);
  for (const SettingSpec& spec : section.rows) {
    if (spec.has(kHidden)) continue;
    out += '\n';
    append_comment(std::string(spec.doc) + remarks(spec), out);
    append_default(spec, out);
  }
}

}  // namespace

std::string config_example() {
  std::string out;
  append_comment(kIntroduction, out);
  for (const SettingSection* section : setting_sections()) append_section(*section, out);
  return out;
}

}  // namespace sorrel
