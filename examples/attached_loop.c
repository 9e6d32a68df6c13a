/* A server on a libuv loop that the program has anyway: it shares the loop with the program's own
 * timers, calls on the loop's thread are direct, and when the server is gone the loop is as it was.
 */
#include <assert.h>
#include <sorrel/sorrel.h>
#include <stdio.h>
#include <uv.h>

struct program {
  uv_loop_t loop;
  uv_timer_t timer;
  sorrel_server* server;
  sorrel_client* client;
  int ticks;
};

/* Every tick is counted in the server, with no thread and no socket between. */
static void tick(uv_timer_t* timer) {
  struct program* program = timer->data;
  const char* incr[] = {"INCR", "ticks"};
  sorrel_reply* reply;
  assert(sorrel_client_call(program->client, 2, incr, NULL, -1, &reply) == SORREL_OK);
  assert(sorrel_reply_integer(reply) == ++program->ticks);
  printf("tick %d\n", program->ticks);
  sorrel_reply_free(reply);
  if (program->ticks < 3) return;
  uv_close((uv_handle_t*)timer, NULL);
  sorrel_client_free(program->client);
  /* What is left of the server goes as the loop turns. */
  assert(sorrel_server_free(program->server) == SORREL_OK);
}

int main(void) {
  struct program program = {.ticks = 0};
  assert(uv_loop_init(&program.loop) == 0);
  assert(uv_timer_init(&program.loop, &program.timer) == 0);
  program.timer.data = &program;

  sorrel_options* options;
  assert(sorrel_options_new(&options) == SORREL_OK);
  assert(sorrel_options_set(options, "bind", "127.0.0.1") == SORREL_OK);
  assert(sorrel_options_any_port(options) == SORREL_OK);
  assert(sorrel_server_new(options, &program.server) == SORREL_OK);
  sorrel_options_free(options);
  assert(sorrel_server_attach(program.server, &program.loop) == SORREL_OK);
  int port;
  assert(sorrel_server_port(program.server, &port) == SORREL_OK);
  printf("on the program's loop, for redis-cli -p %d as well\n", port);

  assert(sorrel_client_new(program.server, &program.client) == SORREL_OK);
  uv_timer_start(&program.timer, tick, 1, 1);
  uv_run(&program.loop, UV_RUN_DEFAULT);
  assert(uv_loop_close(&program.loop) == 0);
  printf("closed\n");
  return 0;
}
