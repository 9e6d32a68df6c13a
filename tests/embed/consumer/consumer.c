#include <sorrel/sorrel.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  sorrel_server* server;
  sorrel_client* client;
  sorrel_reply* reply;
  const char* ping[] = {"PING"};
  if (sorrel_server_new(NULL, &server) != SORREL_OK) return 1;
  if (sorrel_server_start_thread(server) != SORREL_OK) return 2;
  if (sorrel_client_new(server, &client) != SORREL_OK) return 3;
  if (sorrel_client_call(client, 1, ping, NULL, -1, &reply) != SORREL_OK) return 4;
  if (strcmp(sorrel_reply_string(reply, NULL), "PONG") != 0) return 5;
  sorrel_reply_free(reply);
  sorrel_client_free(client);
  if (sorrel_server_free(server) != SORREL_OK) return 6;
  puts("PONG");
  return 0;
}
