// redis.conf.example: the settings table as a configuration file, every directive with its
// documentation and its default. Read back, it gives exactly the defaults.
#pragma once

#include <string>

namespace sorrel {

std::string config_example();

}  // namespace sorrel
