// Prints redis.conf.example from the settings table:  config_example > redis.conf.example
#include "core/settings/config_example.h"

#include <cstdio>

int main() {
  const std::string text = sorrel::config_example();
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}
