#include <iostream>
#include <sorrel/sorrel.hpp>
#include <string>

int main() {
  auto server = sorrel::server::in_memory();
  std::cout << server.connect().get<std::string>("PING") << "\n";
  return 0;
}
