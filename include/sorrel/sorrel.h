/* Sorrel in your own process: the C interface.
 *
 * A *server* is a whole instance: data, settings, and, if you ask for them, listening sockets. Any
 * number of them live in one process and know nothing of each other. A *client* runs commands on a
 * server without a socket between them. A *reply* is what a command answered. *Options* are the
 * words and values of redis.conf.
 *
 * THREADS. A server runs on one thread, "its loop": its own (start_thread), that of a uv_loop_t of
 * yours (attach), or whichever thread calls sorrel_server_poll or _run (open). Callbacks run there.
 * Once it runs, several threads at a time may ask a server for clients, its port and socket pairs,
 * and have it adopt descriptors or stop. Everything else is done with it by one thread at a time,
 * and nothing while it is being freed. Clients may be used from any thread, each by one thread at a
 * time. On the loop's own thread a call is dispatched directly; from other threads it is handed to
 * the loop, and the caller waits. Replies are immutable and may be used and freed from any thread.
 * Options belong to one thread at a time.
 *
 * ERRORS. Every function that can fail returns a sorrel_status, which says that the *API* was used
 * wrongly or can't do its work. An error that a command answers ("WRONGTYPE ...") is not one of
 * them: the status is SORREL_OK, and the reply is of type SORREL_REPLY_ERROR. Null handles are
 * SORREL_INVALID; the functions that free take null and do nothing.
 *
 * BYTES. Keys, values and arguments are bytes with a length and may hold NUL. Where `lengths` is
 * null, every argument ends with a NUL. Texts that are handed out have a NUL behind their last
 * byte, which the length doesn't count.
 *
 * YOUR PROCESS. The library has no globals and never touches signals, standard output, the
 * environment, the working directory or the process's life. No C++ exception crosses this border.
 */
#ifndef SORREL_SORREL_H
#define SORREL_SORREL_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define SORREL_API __attribute__((visibility("default")))
#else
#define SORREL_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sorrel_options sorrel_options;
typedef struct sorrel_server sorrel_server;
typedef struct sorrel_client sorrel_client;
typedef struct sorrel_reply sorrel_reply;
typedef struct sorrel_call sorrel_call;

struct uv_loop_s; /* libuv's uv_loop_t */

typedef enum sorrel_status {
  SORREL_OK = 0,
  SORREL_INVALID = 1, /* an argument that can't be: null, an unknown flag, a bad value */
  SORREL_STATE = 2,   /* not in this state of the handle: a second start, a client of no server */
  SORREL_CLOSED = 3,  /* the server, or this client, has closed or is closing */
  SORREL_TIMEOUT = 4, /* not within the time given */
  SORREL_WOULD_BLOCK = 5, /* on the loop's own thread, where waiting would be waiting for oneself */
  SORREL_NO_MEMORY = 6,
  SORREL_FAILED = 7, /* the machine refused; sorrel_server_error or sorrel_options_error says why */
  SORREL_NOT_SERVED = 8 /* the interface has it, this version of the library doesn't do it yet */
} sorrel_status;

/* One line about a status; static memory. */
SORREL_API const char* sorrel_status_text(sorrel_status status);
/* Of the library that is running, "0.1.0"; static memory. */
SORREL_API const char* sorrel_version(void);

/* ==== Options ==================================================================================
 *
 * The words and values of redis.conf, with three defaults that suit a library: `port 0` (no TCP),
 * `save ""` (no files) and `dir` is where the process happens to be. Each call is one directive, as
 * one line of the file would be. Options are copied by sorrel_server_new: they can serve several
 * servers, and be freed at once.
 */

SORREL_API sorrel_status sorrel_options_new(sorrel_options** options);
/* Null is fine. */
SORREL_API void sorrel_options_free(sorrel_options* options);

/* One directive: ("maxmemory", "100mb"). A value of several words is written as in the file:
 * ("bind", "127.0.0.1 ::1"). SORREL_INVALID when there is no such directive or the value is wrong:
 * sorrel_options_error says which and why, and the options are as they were. */
SORREL_API sorrel_status sorrel_options_set(sorrel_options* options, const char* name,
                                            const char* value);

/* All directives of a configuration file, its `include`s too. SORREL_INVALID at the first wrong
 * line, which sorrel_options_error names; the lines before it have been taken. */
SORREL_API sorrel_status sorrel_options_load(sorrel_options* options, const char* path);

/* `port 0` means "a free port, chosen by the system" and not "no TCP"; sorrel_server_port tells
 * which. */
SORREL_API sorrel_status sorrel_options_any_port(sorrel_options* options);

/* Where a server's keys and values are kept. The three functions get `user` first; they are called
 * on the server's loop, and on the thread that frees the server, never on two threads at a time.
 *   allocate   `bytes` of memory aligned to 16, or null: the command then answers an error
 *   free       what allocate gave, with the same number of bytes
 *   footprint  what an allocation of `bytes` really takes, for used_memory; null: `bytes` itself
 *   discard    may be null: these bytes, inside of an allocation, hold nothing, and their pages
 *              (the address is a multiple of 4096) may go back to the system until the next write
 *              to them
 *   purge      may be null: what the allocator keeps of freed memory may go back to the system
 *              (MEMORY PURGE)
 *
 * Small values are packed into blocks of up to 2 MiB, larger ones are asked for as they are. Null
 * pointers for all (the default): malloc and free. What is small and not data (handles, buffers of
 * connections) comes from the C++ heap. */
typedef struct sorrel_allocator {
  void* (*allocate)(void* user, size_t bytes);
  void (*free)(void* user, void* memory, size_t bytes);
  size_t (*footprint)(void* user, size_t bytes);
  void* user;
  void (*discard)(void* user, void* from, size_t bytes);
  void (*purge)(void* user);
} sorrel_allocator;
SORREL_API sorrel_status sorrel_options_allocator(sorrel_options* options,
                                                  const sorrel_allocator* allocator);

typedef enum sorrel_log_level {
  SORREL_LOG_DEBUG = 0,
  SORREL_LOG_VERBOSE = 1,
  SORREL_LOG_NOTICE = 2,
  SORREL_LOG_WARNING = 3
} sorrel_log_level;
/* A line of the log, without its end. `line` is valid during the call. Called on the loop's thread,
 * and on the thread that starts the server; lines below `loglevel` don't come. It must not call the
 * library. */
typedef void (*sorrel_log_function)(void* user, sorrel_log_level level, const char* line,
                                    size_t length);
/* Null: silence (the default). */
SORREL_API sorrel_status sorrel_options_logger(sorrel_options* options, sorrel_log_function log,
                                               void* user);

/* Why the last call on these options failed; "" when it didn't. Valid until the next call. */
SORREL_API const char* sorrel_options_error(const sorrel_options* options);

/* ==== Servers ==================================================================================
 *
 *   new --> start_thread | attach | open --> running --> closing --> closed --> free
 *
 * A running server closes because of sorrel_server_stop, sorrel_server_free, or a client's
 * SHUTDOWN. It doesn't run twice.
 *
 * A server that keeps its data in files (`save`, `appendonly`) begins by loading them. start_thread
 * and open return when that is done; SORREL_FAILED means that the files can't be loaded, and the
 * server is closed. With attach your loop loads them, a slice a turn: until then commands get the
 * error LOADING, and a server that fails closes, with the reason in its log.
 */

/* `options` null: the defaults, data in memory and no sockets. */
SORREL_API sorrel_status sorrel_server_new(const sorrel_options* options, sorrel_server** server);

/* Runs on a thread of its own, which takes no signals. SORREL_FAILED when a port can't be had; the
 * server is closed then. SORREL_INVALID, as of every way to run, when a `rename-command` names what
 * there isn't, or there are users (`user`, `aclfile`), whose rights aren't enforced yet. */
SORREL_API sorrel_status sorrel_server_start_thread(sorrel_server* server);

/* Runs on a loop of yours, as you turn it. To be called, like free, on the thread that turns the
 * loop. The loop stays yours; it doesn't come to rest before the server has closed.
 * SORREL_FAILED when a port can't be had: free the server, and turn the loop to its end. */
SORREL_API sorrel_status sorrel_server_attach(sorrel_server* server, struct uv_loop_s* loop);

/* Runs whenever you call sorrel_server_poll, always from the thread that called open. */
SORREL_API sorrel_status sorrel_server_open(sorrel_server* server);
/* After open: a descriptor that is readable when poll has something to do; -1 when there is none.
 * For your own poll, select or epoll; don't read from it. */
SORREL_API int sorrel_server_fd(const sorrel_server* server);
/* After open: waits up to `timeout_ms` (0: not at all, -1: without limit) and does what there is to
 * do. SORREL_CLOSED when the server has closed. */
SORREL_API sorrel_status sorrel_server_poll(sorrel_server* server, int timeout_ms);
/* After open, in place of poll, when the thread has nothing else to do: returns SORREL_OK when the
 * server has closed. */
SORREL_API sorrel_status sorrel_server_run(sorrel_server* server);

/* The TCP port in use, 0 when there is none. */
SORREL_API sorrel_status sorrel_server_port(sorrel_server* server, int* port);

/* Makes a client of a connected stream socket, which speaks RESP. With SORREL_OK the descriptor is
 * the server's, which makes it non-blocking; otherwise it is still yours. SORREL_FAILED when it
 * isn't a connected socket, is a client already, or the server takes no more clients. */
SORREL_API sorrel_status sorrel_server_adopt_fd(sorrel_server* server, int fd);
/* A connected pair, one end adopted, the other yours: for any client library that takes a
 * descriptor. Yours is blocking and closes on exec. */
SORREL_API sorrel_status sorrel_server_socketpair(sorrel_server* server, int* fd);

/* Writes all data to `path`, or takes them from there: a snapshot file as Redis has it. The server
 * must be running; its loop does nothing else meanwhile. What stood at `path` stays whole until the
 * new file is on the disk; the server's data stay as they are until the file has been found good.
 * SORREL_FAILED otherwise, and sorrel_server_error says why. */
SORREL_API sorrel_status sorrel_server_save(sorrel_server* server, const char* path);
SORREL_API sorrel_status sorrel_server_load(sorrel_server* server, const char* path);

/* How to stop, as the words of SHUTDOWN say it. */
typedef enum sorrel_stop_flag {
  SORREL_STOP_SAVE = 1,   /* even if there are no save points */
  SORREL_STOP_NOSAVE = 2, /* even if there are save points */
  SORREL_STOP_NOW = 4,    /* without waiting for replicas */
  SORREL_STOP_FORCE = 8   /* even if saving fails */
} sorrel_stop_flag;

/* Closes the server: connections are sent what they are owed and closed, waiting calls get
 * SORREL_CLOSED. Returns when it is closed, or with SORREL_TIMEOUT after `timeout_ms` (-1: without
 * limit); it goes on closing then. On the loop's own thread:
 *   start_thread, attach: begins, and returns SORREL_WOULD_BLOCK; the loop does the rest
 *   open: turns the loop itself until it is closed
 * A server that is closed already, or never ran, is SORREL_OK. */
SORREL_API sorrel_status sorrel_server_stop(sorrel_server* server, unsigned flags, int timeout_ms);
/* 1 from the moment it has closed. Any thread. */
SORREL_API int sorrel_server_is_closed(const sorrel_server* server);

/* Stops the server if it runs, and gives it back. Its clients live on and answer SORREL_CLOSED.
 *   start_thread  not on its own thread: SORREL_WOULD_BLOCK, and nothing has happened
 *   attach        on the loop's thread; what is left of it goes as the loop turns, and only the
 *                 allocator is called then, none of your other functions
 *   open          on the thread that polls
 * attach and open, on another thread: SORREL_STATE, and nothing has happened. */
SORREL_API sorrel_status sorrel_server_free(sorrel_server* server);

/* Why the calling thread's last call on this server failed; "" when it didn't. Valid until that
 * thread's next, or until calls of 256 other threads have failed: no more are kept. */
SORREL_API const char* sorrel_server_error(const sorrel_server* server);

/* ---- Commands of your own.
 *
 * Registered before the server runs, they are commands like all others: clients call them over the
 * network, COMMAND lists them, arity and keys are checked before your function sees them.
 */

typedef enum sorrel_command_flag {
  SORREL_COMMAND_WRITE = 1,     /* may change keys */
  SORREL_COMMAND_READONLY = 2,  /* reads keys and changes none */
  SORREL_COMMAND_DENYOOM = 4,   /* refused when memory is over its limit; with WRITE only */
  SORREL_COMMAND_ADMIN = 8,     /* not for ordinary users */
  SORREL_COMMAND_FAST = 16,     /* constant or logarithmic time */
  SORREL_COMMAND_NOSCRIPT = 32, /* not from scripts */
  SORREL_COMMAND_LOADING = 64   /* also while data are being loaded */
} sorrel_command_flag;

/* Which arguments are keys: every `step`th from `first` to `last`; the command's name is argument
 * 0, and a negative `last` counts from the end (-1: the last one). All zero: no keys. */
typedef struct sorrel_keys {
  int first;
  int last;
  int step;
} sorrel_keys;

/* Answers one call, on the loop's thread. Argument 0 is the command's name as the client wrote it;
 * the arguments are valid during the call. To read and write keys, use a sorrel_client of the same
 * server: here its calls are dispatched directly. The function must give exactly one reply by the
 * functions below; if it doesn't, the client gets an error. */
typedef void (*sorrel_command_function)(sorrel_call* call, int argc, const char* const* argv,
                                        const size_t* lengths, void* user);

/* `name`: 1 to 16 letters, digits, and the signs "." "-" "_"; its case doesn't matter. `arity`: the
 * number of arguments with the name; negative: at least as many. `flags`: sorrel_command_flag.
 * SORREL_INVALID when any of this is wrong or the name is taken, SORREL_STATE when the server has
 * run. */
SORREL_API sorrel_status sorrel_server_register_command(sorrel_server* server, const char* name,
                                                        int arity, unsigned flags, sorrel_keys keys,
                                                        sorrel_command_function function,
                                                        void* user);

/* The reply. An aggregate is its header, followed by that many replies (a map: twice that many,
 * name and value in turn); up to 64 may stand inside one another. An error's text begins with its
 * code: "ERR no such order". */
SORREL_API void sorrel_call_status(sorrel_call* call, const char* text);
SORREL_API void sorrel_call_error(sorrel_call* call, const char* text);
SORREL_API void sorrel_call_string(sorrel_call* call, const char* bytes, size_t length);
SORREL_API void sorrel_call_integer(sorrel_call* call, int64_t value);
SORREL_API void sorrel_call_real(sorrel_call* call, double value);
SORREL_API void sorrel_call_boolean(sorrel_call* call, int value);
SORREL_API void sorrel_call_null(sorrel_call* call);
SORREL_API void sorrel_call_array(sorrel_call* call, size_t elements);
SORREL_API void sorrel_call_map(sorrel_call* call, size_t pairs);
SORREL_API void sorrel_call_set(sorrel_call* call, size_t elements);
/* A reply that another command gave, whole. */
SORREL_API void sorrel_call_reply(sorrel_call* call, const sorrel_reply* reply);
/* The database that the caller has selected. */
SORREL_API int sorrel_call_database(const sorrel_call* call);

/* ==== Clients ==================================================================================
 *
 * A client of the server as a connection is: it has a database, a name, a place in CLIENT LIST. It
 * speaks RESP3 and is the default user without asking for a password.
 */

/* Of a running server. */
SORREL_API sorrel_status sorrel_client_new(sorrel_server* server, sorrel_client** client);
/* Calls that wait for an answer get SORREL_CLOSED. When this returns, no callback of the client
 * runs or will run: on another thread than theirs it waits for one that does, as
 * sorrel_client_on_push, so hold no lock around these two that a callback takes. Null is fine.
 * Before or after the server is freed. */
SORREL_API void sorrel_client_free(sorrel_client* client);

/* Runs one command: `argc` arguments, the first is its name. With SORREL_OK `*reply` is yours
 * (sorrel_reply_free); otherwise it is null. `reply` may be null if you don't want to know.
 *
 * Replies come in the order of calls. Waits up to `timeout_ms` (-1: without limit). A call that
 * timed out before the loop took it up doesn't run any more; one that had begun has run, and its
 * reply is dropped.
 *
 * On the loop's own thread a command that can't be answered now (CLIENT PAUSE, or one that blocks)
 * is SORREL_WOULD_BLOCK; one that was put off hasn't run and won't. Use sorrel_client_send there.
 * With `appendfsync always`, so is what a command of yours calls while it is run by EXEC: it is
 * done, and safe when the transaction is.
 *
 * A server that you attached or poll answers other threads only while its loop turns. */
SORREL_API sorrel_status sorrel_client_call(sorrel_client* client, int argc,
                                            const char* const* argv, const size_t* lengths,
                                            int timeout_ms, sorrel_reply** reply);

/* What a call gave: with SORREL_OK a reply, which is yours to free; otherwise null. */
typedef void (*sorrel_reply_function)(void* user, sorrel_status status, sorrel_reply* reply);
/* The same without waiting. With SORREL_OK `done` is called exactly once: on the loop's thread, or,
 * with SORREL_CLOSED, by sorrel_client_free. It may be called before this returns when this is the
 * loop's own thread. `done` null: nobody wants to know. */
SORREL_API sorrel_status sorrel_client_send(sorrel_client* client, int argc,
                                            const char* const* argv, const size_t* lengths,
                                            sorrel_reply_function done, void* user);

/* What the server says unasked: RESP3 pushes (type SORREL_REPLY_PUSH: messages, invalidations), the
 * lines of MONITOR (type SORREL_REPLY_STATUS), and, as a null reply, that it has closed this
 * client. Called on the loop's thread; the reply is yours to free. Null: they are dropped. */
typedef void (*sorrel_push_function)(void* user, sorrel_reply* reply);
SORREL_API sorrel_status sorrel_client_on_push(sorrel_client* client, sorrel_push_function push,
                                               void* user);

/* ==== Replies ==================================================================================
 *
 * A tree in one piece of memory, counted by reference as a whole. What sorrel_reply_at returns is
 * part of it and lives as long; take a reference of it to keep the tree beyond its root's free.
 * A command that answers nothing (CLIENT REPLY OFF, a subscription, which is told as a push) gives
 * a null reply. All functions take a null pointer for SORREL_REPLY_NULL.
 */

typedef enum sorrel_reply_type {
  SORREL_REPLY_NULL = 0,
  SORREL_REPLY_STATUS = 1, /* OK, QUEUED, PONG: string */
  SORREL_REPLY_ERROR = 2,  /* string; its first word is the code */
  SORREL_REPLY_STRING = 3,
  SORREL_REPLY_INTEGER = 4,
  SORREL_REPLY_REAL = 5,       /* real; string has its digits */
  SORREL_REPLY_BOOLEAN = 6,    /* integer: 0 or 1 */
  SORREL_REPLY_BIG_NUMBER = 7, /* string: decimal digits */
  SORREL_REPLY_VERBATIM = 8,   /* string, for people to read */
  SORREL_REPLY_ARRAY = 9,
  SORREL_REPLY_MAP = 10, /* name, value, name, value: count is twice the number of pairs */
  SORREL_REPLY_SET = 11,
  SORREL_REPLY_PUSH = 12,     /* the first element says what kind */
  SORREL_REPLY_ATTRIBUTE = 13 /* names and values as in a map, then the reply that they describe */
} sorrel_reply_type;

SORREL_API sorrel_reply_type sorrel_reply_type_of(const sorrel_reply* reply);
/* Of an integer or a boolean; 0 of all else. */
SORREL_API int64_t sorrel_reply_integer(const sorrel_reply* reply);
/* Of a real, or an integer as one; 0 of all else. */
SORREL_API double sorrel_reply_real(const sorrel_reply* reply);
/* Of all that is text, with a NUL behind it; null, and length 0, of all else. `length` may be null.
 */
SORREL_API const char* sorrel_reply_string(const sorrel_reply* reply, size_t* length);
/* Elements of an aggregate; 0 of all else. */
SORREL_API size_t sorrel_reply_count(const sorrel_reply* reply);
/* Element `i`; null when there is none. */
SORREL_API const sorrel_reply* sorrel_reply_at(const sorrel_reply* reply, size_t i);
/* One more reference to the tree; free it like the first. Returns `reply`, of which any part will
 * do. */
SORREL_API sorrel_reply* sorrel_reply_ref(const sorrel_reply* reply);
SORREL_API void sorrel_reply_free(sorrel_reply* reply);

#ifdef __cplusplus
}
#endif

#endif
