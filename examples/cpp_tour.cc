// The C++ wrapper in one go: values, errors, futures, pipelines, what the server says unasked, and
// a command of the program's own.
#include <cassert>
#include <future>
#include <iostream>
#include <optional>
#include <sorrel/sorrel.hpp>
#include <string>
#include <vector>

int main() {
  std::optional<sorrel::client> inside;
  sorrel::server server;
  // A command that others can call over the network, too: takes from a stock, but not below zero.
  server.register_command(
      "stock.take", 3, SORREL_COMMAND_WRITE, {1, 1, 1}, [&](sorrel::call& call) {
        const auto wanted = std::stoll(std::string(call[2]));
        const auto stock = inside->get<std::optional<long long>>("GET", call[1]).value_or(0);
        if (wanted > stock) return call.error("OUTOFSTOCK only " + std::to_string(stock) + " left");
        call.integer(inside->get<long long>("DECRBY", call[1], wanted));
      });
  server.start_thread();
  inside.emplace(server.connect());
  sorrel::client client = server.connect();

  client.call("SET", "greeting", "hello", "EX", 60);
  const auto greeting = client.get<std::optional<std::string>>("GET", "greeting");
  const auto nothing = client.get<std::optional<std::string>>("GET", "nothing");
  assert(greeting == "hello" && !nothing);
  std::cout << "greeting: " << *greeting << "\n";

  client.call("MSET", "a", 1, "b", 2.5);
  const auto values = client.get<std::vector<std::optional<double>>>("MGET", "a", "b", "c");
  assert(values[0] == 1 && values[1] == 2.5 && !values[2]);

  try {
    client.get<int>("INCR", "greeting");
    assert(false);
  } catch (const sorrel::command_error& failed) {
    std::cout << "an error: " << failed.what() << "\n";
  }

  std::future<sorrel::reply> later = client.async("INCRBY", "n", 40);
  const std::vector<sorrel::reply> replies =
      client.pipeline().add("INCR", "n").add("INCR", "n").add("GET", "n").run();
  assert(later.get().integer() == 40 && replies[2].text() == "42");
  std::cout << "n: " << replies[2].text() << "\n";

  sorrel::client monitor = server.connect();
  std::promise<std::string> seen;
  monitor.on_push([&, first = true](const sorrel::reply& said) mutable {
    if (std::exchange(first, false)) seen.set_value(std::string(said.text()));
  });
  monitor.call("MONITOR");
  client.call("SET", "stock:tea", 3);
  std::cout << "monitor: " << seen.get_future().get() << "\n";

  assert(client.get<int>("STOCK.TAKE", "stock:tea", 2) == 1);
  const sorrel::reply refused = client.call("STOCK.TAKE", "stock:tea", 2);
  assert(refused.is_error());
  std::cout << "stock.take: " << refused.text() << "\n";
  return 0;
}
