/* A server that runs only when the program says so, inside the program's own poll(): for a main
 * loop of any kind. A plain socket, as a client library has one, speaks to it in the same process.
 */
#include <assert.h>
#include <poll.h>
#include <sorrel/sorrel.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
  sorrel_server* server;
  assert(sorrel_server_new(NULL, &server) == SORREL_OK);
  assert(sorrel_server_open(server) == SORREL_OK);

  int fd;
  assert(sorrel_server_socketpair(server, &fd) == SORREL_OK);
  const char request[] = "SET key value\r\nGET key\r\n";
  const char expected[] = "+OK\r\n$5\r\nvalue\r\n";
  assert(write(fd, request, sizeof request - 1) == (ssize_t)(sizeof request - 1));

  char answer[64];
  size_t received = 0;
  while (received < sizeof expected - 1) {
    struct pollfd ready[2] = {{sorrel_server_fd(server), POLLIN, 0}, {fd, POLLIN, 0}};
    assert(poll(ready, 2, 10000) > 0);
    if (ready[0].revents != 0) assert(sorrel_server_poll(server, 0) == SORREL_OK);
    if (ready[1].revents == 0) continue;
    const ssize_t got = read(fd, answer + received, sizeof answer - received);
    assert(got > 0);
    received += (size_t)got;
  }
  assert(received == sizeof expected - 1 && memcmp(answer, expected, received) == 0);
  printf("through the socket:\n%.*s", (int)received, answer);

  /* Between two polls the program's own calls are direct. */
  sorrel_client* client;
  assert(sorrel_client_new(server, &client) == SORREL_OK);
  const char* append[] = {"APPEND", "key", "!"};
  sorrel_reply* reply;
  assert(sorrel_client_call(client, 3, append, NULL, -1, &reply) == SORREL_OK);
  assert(sorrel_reply_integer(reply) == 6);
  printf("directly: %lld bytes\n", (long long)sorrel_reply_integer(reply));
  sorrel_reply_free(reply);

  sorrel_client_free(client);
  assert(sorrel_server_stop(server, 0, -1) == SORREL_OK);
  assert(read(fd, answer, sizeof answer) == 0);
  close(fd);
  assert(sorrel_server_free(server) == SORREL_OK);
  printf("closed\n");
  return 0;
}
