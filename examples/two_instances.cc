// Two servers in one process, each with its own port, settings and data, spoken to over their
// sockets and directly, and closed cleanly.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cassert>
#include <iostream>
#include <sorrel/sorrel.hpp>
#include <string>

namespace {

// What any client does: a line to 127.0.0.1, and the answer's first bytes.
std::string ask(int port, const std::string& line, std::size_t bytes) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  assert(write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  std::string answer(bytes, '\0');
  for (std::size_t got = 0; got < bytes;) {
    const ssize_t more = read(fd, answer.data() + got, bytes - got);
    assert(more > 0);
    got += static_cast<std::size_t>(more);
  }
  close(fd);
  return answer;
}

sorrel::server start(const std::string& databases) {
  sorrel::options options;
  options.set("bind", "127.0.0.1").set("databases", databases).any_port();
  sorrel::server server(options);
  server.start_thread();
  return server;
}

}  // namespace

int main() {
  sorrel::server one = start("1"), two = start("2");
  std::cout << "ports " << one.port() << " and " << two.port() << "\n";
  assert(one.port() != two.port());

  sorrel::client first = one.connect(), second = two.connect();
  first.call("SET", "name", "one");
  second.call("SET", "name", "two");
  assert(ask(one.port(), "GET name\r\n", 9) == "$3\r\none\r\n");
  assert(ask(two.port(), "GET name\r\n", 9) == "$3\r\ntwo\r\n");
  assert(first.call("SELECT", 1).is_error());
  assert(!second.call("SELECT", 1).is_error());
  std::cout << "each has its own data and settings\n";

  assert(one.stop() && one.is_closed());
  assert(second.get<int>("DBSIZE") ==
         0);  // in its database 1; the other server's end is not its own
  try {
    first.call("PING");
    assert(false);
  } catch (const sorrel::error& failed) {
    assert(failed.status() == SORREL_CLOSED);
  }
  assert(two.stop() && two.is_closed());
  std::cout << "closed\n";
  return 0;
}
