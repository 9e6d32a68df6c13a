// Settings on standard input and output, for comparison with a server. One request a line, words
// quoted as in redis.conf; one reply a line:
//
//   get PATTERN...           name value name value ..., quoted
//   set NAME VALUE...        OK, or the error reply
#include "core/base/quoted_words.h"
#include "core/settings/settings.h"

#include <iostream>
#include <memory>
#include <string>

namespace {

using sorrel::Settings;
using Words = std::vector<std::string>;

/// As the oracle is started.
std::unique_ptr<Settings> fresh_settings() {
  auto settings = std::make_unique<Settings>();
  const std::string yes = "yes";
  const bool loaded = settings->load("enable-protected-configs", {&yes, 1}).is_ok();
  return loaded ? std::move(settings) : nullptr;
}

std::string get(const Settings& settings, const Words& words) {
  const std::vector<sorrel::Bytes> patterns(words.begin() + 1, words.end());
  Words reply;
  for (const auto& [name, value] : settings.get(patterns)) {
    reply.push_back(sorrel::quote_word(name) + ' ' + sorrel::quote_word(value));
  }
  std::string line;
  for (const std::string& pair : reply) line += pair + ' ';
  return line;
}

std::string set(Settings& settings, const Words& words) {
  std::vector<Settings::NamedValue> pairs;
  for (size_t i = 1; i + 1 < words.size(); i += 2) pairs.emplace_back(words[i], words[i + 1]);
  return settings.set_many(pairs).value_or("OK");
}

}  // namespace

int main() {
  const auto settings = fresh_settings();
  for (std::string line; std::getline(std::cin, line);) {
    const auto words = sorrel::split_quoted_words(line);
    if (!settings || !words || words->empty()) return 1;
    const bool is_get = words->front() == "get";
    std::cout << (is_get ? get(*settings, *words) : set(*settings, *words)) << std::endl;
  }
}
