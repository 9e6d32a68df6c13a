/* A server on a thread of its own, in a C program: calls that wait, a call that doesn't, a log. */
#include <assert.h>
#include <sorrel/sorrel.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static void write_log(void* user, sorrel_log_level level, const char* line, size_t length) {
  (void)level;
  fprintf(user, "  log: %.*s\n", (int)length, line);
}

/* Called on the server's thread. */
static void answered(void* user, sorrel_status status, sorrel_reply* reply) {
  assert(status == SORREL_OK);
  atomic_store((atomic_llong*)user, sorrel_reply_integer(reply));
  sorrel_reply_free(reply);
}

int main(void) {
  sorrel_options* options;
  assert(sorrel_options_new(&options) == SORREL_OK);
  assert(sorrel_options_set(options, "maxmemory", "64mb") == SORREL_OK);
  assert(sorrel_options_set(options, "maxmemory", "plenty") == SORREL_INVALID);
  printf("a wrong option: %s\n", sorrel_options_error(options));
  assert(sorrel_options_logger(options, write_log, stdout) == SORREL_OK);

  sorrel_server* server;
  assert(sorrel_server_new(options, &server) == SORREL_OK);
  sorrel_options_free(options);
  assert(sorrel_server_start_thread(server) == SORREL_OK);
  printf("sorrel %s runs on its own thread\n", sorrel_version());

  sorrel_client* client;
  assert(sorrel_client_new(server, &client) == SORREL_OK);

  /* Bytes with a length: the value holds a NUL. */
  const char* set[] = {"SET", "greeting", "hello\0world", "EX", "60"};
  const size_t lengths[] = {3, 8, 11, 2, 2};
  sorrel_reply* reply;
  assert(sorrel_client_call(client, 5, set, lengths, -1, &reply) == SORREL_OK);
  printf("SET: %s\n", sorrel_reply_string(reply, NULL));
  sorrel_reply_free(reply);

  const char* get[] = {"GET", "greeting"};
  assert(sorrel_client_call(client, 2, get, NULL, -1, &reply) == SORREL_OK);
  size_t length;
  const char* value = sorrel_reply_string(reply, &length);
  assert(length == 11 && memcmp(value, "hello\0world", 11) == 0);
  printf("GET: %zu bytes\n", length);
  sorrel_reply_free(reply);

  /* A command's error is a reply, not a status. */
  const char* wrong[] = {"INCR", "greeting"};
  assert(sorrel_client_call(client, 2, wrong, NULL, -1, &reply) == SORREL_OK);
  assert(sorrel_reply_type_of(reply) == SORREL_REPLY_ERROR);
  printf("INCR: %s\n", sorrel_reply_string(reply, NULL));
  sorrel_reply_free(reply);

  /* A thousand calls on their way, and the last of their answers. */
  atomic_llong latest = 0;
  const char* incr[] = {"INCR", "visits"};
  for (int i = 0; i < 1000; ++i) {
    assert(sorrel_client_send(client, 2, incr, NULL, answered, &latest) == SORREL_OK);
  }
  const char* visits[] = {"GET", "visits"};
  assert(sorrel_client_call(client, 2, visits, NULL, -1, &reply) == SORREL_OK);
  assert(strcmp(sorrel_reply_string(reply, NULL), "1000") == 0);
  assert(atomic_load(&latest) == 1000); /* replies come in the order of calls */
  printf("visits: %s\n", sorrel_reply_string(reply, NULL));
  sorrel_reply_free(reply);

  sorrel_client_free(client);
  assert(sorrel_server_stop(server, 0, -1) == SORREL_OK);
  assert(sorrel_server_free(server) == SORREL_OK);
  printf("closed\n");
  return 0;
}
