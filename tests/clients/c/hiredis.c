/* hiredis: synchronous calls, binary arguments, pipelines through its own buffers, errors, nested
 * replies, timeouts, a unix socket, and a command sent a byte at a time. */
#include <hiredis/hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPECT(condition)                                             \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                        \
    }                                                                 \
  } while (0)

static redisContext* context;

static redisReply* call(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  redisReply* reply = redisvCommand(context, format, arguments);
  va_end(arguments);
  if (reply == NULL) {
    fprintf(stderr, "%s: %s\n", format, context->errstr);
    exit(1);
  }
  return reply;
}

/* Consumes the reply. */
static void expect_text(redisReply* reply, int type, const char* text, size_t length) {
  EXPECT(reply->type == type);
  EXPECT((size_t)reply->len == length && memcmp(reply->str, text, length) == 0);
  freeReplyObject(reply);
}

static void expect_integer(redisReply* reply, long long integer) {
  EXPECT(reply->type == REDIS_REPLY_INTEGER && reply->integer == integer);
  freeReplyObject(reply);
}

static void strings(void) {
  expect_text(call("SET a %b", "x\0y\r\n", (size_t)5), REDIS_REPLY_STATUS, "OK", 2);
  expect_text(call("GET a"), REDIS_REPLY_STRING, "x\0y\r\n", 5);
  redisReply* absent = call("GET absent");
  EXPECT(absent->type == REDIS_REPLY_NIL);
  freeReplyObject(absent);
  expect_integer(call("INCRBY n %d", 42), 42);
  const char* refused = "ERR value is not an integer or out of range";
  expect_text(call("INCR a"), REDIS_REPLY_ERROR, refused, strlen(refused));
  redisReply* many = call("MGET a absent n");
  EXPECT(many->type == REDIS_REPLY_ARRAY && many->elements == 3);
  EXPECT(many->element[1]->type == REDIS_REPLY_NIL && strcmp(many->element[2]->str, "42") == 0);
  freeReplyObject(many);
}

static void giant(void) {
  const size_t size = 20u << 20;
  char* value = malloc(size);
  for (size_t i = 0; i < size; i++) value[i] = (char)(i * 31 >> 3);
  expect_text(call("SET giant %b", value, size), REDIS_REPLY_STATUS, "OK", 2);
  expect_text(call("GET giant"), REDIS_REPLY_STRING, value, size);
  free(value);
  expect_integer(call("UNLINK giant"), 1);
}

static void pipelined(void) {
  enum { kCommands = 100000 };
  for (int i = 0; i < kCommands; i++)
    EXPECT(redisAppendCommand(context, "INCR counter") == REDIS_OK);
  for (int i = 1; i <= kCommands; i++) {
    redisReply* reply;
    EXPECT(redisGetReply(context, (void**)&reply) == REDIS_OK);
    expect_integer(reply, i);
  }
}

static void nested(void) {
  redisReply* info = call("COMMAND INFO get nosuch");
  EXPECT(info->type == REDIS_REPLY_ARRAY && info->elements == 2);
  EXPECT(strcmp(info->element[0]->element[0]->str, "get") == 0);
  EXPECT(info->element[0]->element[1]->integer == 2);
  EXPECT(info->element[1]->type == REDIS_REPLY_NIL);
  freeReplyObject(info);
  redisReply* page = call("SCAN 0 MATCH n COUNT 1000");
  EXPECT(page->elements == 2 && page->element[1]->type == REDIS_REPLY_ARRAY);
  freeReplyObject(page);
}

static void byte_by_byte(void) {
  const char* command = "*2\r\n$4\r\nECHO\r\n$5\r\nb\r\nte\r\nPING inline\r\n";
  for (const char* at = command; *at; at++) {
    EXPECT(write(context->fd, at, 1) == 1);
    usleep(200);
  }
  redisReply* reply;
  EXPECT(redisGetReply(context, (void**)&reply) == REDIS_OK);
  expect_text(reply, REDIS_REPLY_STRING, "b\r\nte", 5);
  EXPECT(redisGetReply(context, (void**)&reply) == REDIS_OK);
  expect_text(reply, REDIS_REPLY_STRING, "inline", 6);
}

/* The server says what was wrong, and then hangs up. */
static void protocol_error(void) {
  redisContext* stranger = redisConnectUnix(getenv("SORREL_SOCKET"));
  EXPECT(stranger != NULL && stranger->err == 0);
  EXPECT(write(stranger->fd, "*1\r\n+PING\r\n", 11) == 11);
  redisReply* reply;
  EXPECT(redisGetReply(stranger, (void**)&reply) == REDIS_OK);
  EXPECT(reply->type == REDIS_REPLY_ERROR &&
         strstr(reply->str, "Protocol error: expected '$', got '+'"));
  freeReplyObject(reply);
  EXPECT(redisGetReply(stranger, (void**)&reply) == REDIS_ERR && stranger->err == REDIS_ERR_EOF);
  redisFree(stranger);
}

int main(void) {
  const struct timeval patience = {10, 0};
  context = redisConnectWithTimeout("127.0.0.1", atoi(getenv("SORREL_PORT")), patience);
  EXPECT(context != NULL && context->err == 0);
  EXPECT(redisSetTimeout(context, patience) == REDIS_OK);
  strings();
  giant();
  pipelined();
  nested();
  byte_by_byte();
  protocol_error();
  expect_text(call("QUIT"), REDIS_REPLY_STATUS, "OK", 2);
  redisFree(context);
  return 0;
}
