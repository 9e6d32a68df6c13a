// Sorrel in your own process: the C interface (sorrel.h, where threads, units and ownership are
// told) in C++20. Header-only: nothing of C++ crosses the library's border, so any compiler and any
// standard library will do.
//
//   auto server = sorrel::server::in_memory();
//   auto client = server.connect();
//   client.call("SET", "greeting", "hello", "EX", 60);
//   auto greeting = client.get<std::optional<std::string>>("GET", "greeting");
//
// A fault of the interface (a status) throws sorrel::error. A command's error is a reply like any
// other: call() returns it, get<T>() throws it as sorrel::command_error. Handles are moved, not
// copied, but for replies, which are shared. Callbacks run on the server's loop and must not throw.
//
// The engine's own names are in namespace sorrel, too: what is here is in the inline namespace
// `api`, so that the two never meet, not even in a program that links the static library.
#pragma once

#include "sorrel/sorrel.h"

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sorrel {
inline namespace api {

/// A fault of the interface, never a command's error.
class error : public std::runtime_error {
 public:
  error(sorrel_status status, const std::string& detail)
      : std::runtime_error(detail.empty() ? sorrel_status_text(status) : detail), status_(status) {}
  sorrel_status status() const { return status_; }

 private:
  sorrel_status status_;
};

/// A command's error where a value was asked for; what() is the reply's text.
class command_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  /// The first word: "WRONGTYPE", "ERR".
  std::string code() const {
    const std::string_view text = what();
    return std::string(text.substr(0, text.find(' ')));
  }
};

/// A reply that isn't of the type that was asked for.
class type_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline void check(sorrel_status status, const char* detail = "") {
  if (status == SORREL_NO_MEMORY) throw std::bad_alloc();
  if (status != SORREL_OK) throw error(status, detail);
}

// ---- Replies.

/// A reply, or a part of one, which keeps the whole. Copies share it; any thread.
class reply {
 public:
  reply() = default;
  /// Takes over one reference.
  explicit reply(sorrel_reply* handle) : handle_(handle) {}
  reply(const reply& other) : handle_(sorrel_reply_ref(other.handle_)) {}
  reply(reply&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  reply& operator=(reply other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~reply() { sorrel_reply_free(handle_); }

  sorrel_reply_type type() const { return sorrel_reply_type_of(handle_); }
  bool is_null() const { return type() == SORREL_REPLY_NULL; }
  bool is_error() const { return type() == SORREL_REPLY_ERROR; }
  bool is_aggregate() const { return type() >= SORREL_REPLY_ARRAY; }
  bool is_text() const { return sorrel_reply_string(handle_, nullptr) != nullptr; }

  std::int64_t integer() const { return sorrel_reply_integer(handle_); }
  double real() const { return sorrel_reply_real(handle_); }
  /// Valid as long as this reply or a copy of it.
  std::string_view text() const {
    std::size_t length = 0;
    const char* const bytes = sorrel_reply_string(handle_, &length);
    return bytes == nullptr ? std::string_view() : std::string_view(bytes, length);
  }
  std::size_t size() const { return sorrel_reply_count(handle_); }
  /// A null reply when there is none.
  reply operator[](std::size_t i) const {
    return reply(sorrel_reply_ref(sorrel_reply_at(handle_, i)));
  }

  /// As a value: std::string, an integer, a floating point number, bool, reply, and of these
  /// std::optional (null is nullopt), std::vector and std::map. Throws command_error for an error,
  /// type_error for what has no such value.
  template <typename T>
  T as() const;

  const sorrel_reply* handle() const { return handle_; }

 private:
  sorrel_reply* handle_ = nullptr;
};

namespace detail {

template <typename T>
struct is_optional : std::false_type {};
template <typename T>
struct is_optional<std::optional<T>> : std::true_type {};
template <typename T>
struct is_vector : std::false_type {};
template <typename T>
struct is_vector<std::vector<T>> : std::true_type {};
template <typename T>
struct is_map : std::false_type {};
template <typename K, typename V>
struct is_map<std::map<K, V>> : std::true_type {};

template <typename Number>
Number number_from(std::string_view text) {
  Number value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) {
    throw type_error("not such a number: " + std::string(text.substr(0, 64)));
  }
  return value;
}

template <typename Number>
Number number(const reply& from) {
  if constexpr (std::integral<Number>) {
    if (from.type() == SORREL_REPLY_INTEGER || from.type() == SORREL_REPLY_BOOLEAN) {
      if (!std::in_range<Number>(from.integer())) throw type_error("the integer is out of range");
      return static_cast<Number>(from.integer());
    }
  } else if (from.type() == SORREL_REPLY_INTEGER || from.type() == SORREL_REPLY_REAL) {
    return static_cast<Number>(from.real());
  }
  if (!from.is_text()) throw type_error("the reply is no number");
  return number_from<Number>(from.text());
}

inline bool truth(const reply& from) {
  if (from.type() == SORREL_REPLY_INTEGER || from.type() == SORREL_REPLY_BOOLEAN) {
    return from.integer() != 0;
  }
  if (from.type() == SORREL_REPLY_STATUS) return from.text() == "OK";
  if (from.is_null()) return false;  // SET ... NX that did nothing
  throw type_error("the reply is neither true nor false");
}

inline std::string text(const reply& from) {
  if (from.is_text()) return std::string(from.text());
  if (from.type() == SORREL_REPLY_INTEGER) return std::to_string(from.integer());
  throw type_error("the reply is no text");
}

}  // namespace detail

template <typename T>
T reply::as() const {
  if constexpr (std::same_as<T, reply>) {
    return *this;
  } else {
    if (is_error()) throw command_error(std::string(text()));
    if constexpr (detail::is_optional<T>::value) {
      return is_null() ? T() : T(as<typename T::value_type>());
    } else if constexpr (detail::is_vector<T>::value) {
      if (!is_aggregate()) throw type_error("the reply is no array");
      T values;
      values.reserve(size());
      for (std::size_t i = 0; i < size(); ++i) {
        values.push_back((*this)[i].template as<typename T::value_type>());
      }
      return values;
    } else if constexpr (detail::is_map<T>::value) {
      if (!is_aggregate() || size() % 2 != 0) throw type_error("the reply is no map");
      T values;
      for (std::size_t i = 0; i < size(); i += 2) {
        values.emplace((*this)[i].template as<typename T::key_type>(),
                       (*this)[i + 1].template as<typename T::mapped_type>());
      }
      return values;
    } else if constexpr (std::same_as<T, bool>) {
      return detail::truth(*this);
    } else if constexpr (std::is_arithmetic_v<T>) {
      return detail::number<T>(*this);
    } else {
      static_assert(std::same_as<T, std::string>, "a reply has no value of this type");
      return detail::text(*this);
    }
  }
}

// ---- Arguments.

/// One argument of a command: bytes as they are, a char being one, and numbers in decimal.
class argument {
 public:
  argument(std::string_view text) : view_(text) {}
  argument(const std::string& text) : view_(text) {}
  argument(const char* text) : view_(text) {}
  argument(char byte) : number_{byte}, length_(1), is_number_(true) {}
  template <typename Number>
  requires(std::is_arithmetic_v<Number> && !std::same_as<Number, bool>) argument(Number number)
      : is_number_(true) {
    char* end = std::to_chars(number_, number_ + sizeof number_, number).ptr;
    length_ = static_cast<std::size_t>(end - number_);
  }

  const char* data() const { return is_number_ ? number_ : view_.data(); }
  std::size_t size() const { return is_number_ ? length_ : view_.size(); }

 private:
  std::string_view view_;
  char number_[40] = {};
  std::size_t length_ = 0;
  bool is_number_ = false;
};

namespace detail {

/// The arguments of one call as the C interface takes them.
template <typename Sequence>
auto with_arguments(const Sequence& arguments, auto use) {
  std::vector<const char*> pointers;
  std::vector<std::size_t> lengths;
  for (const auto& each : arguments) {
    pointers.push_back(each.data());
    lengths.push_back(each.size());
  }
  return use(static_cast<int>(pointers.size()), pointers.data(), lengths.data());
}

}  // namespace detail

// ---- Clients.

/// A command's function gets this: the arguments, and where the reply goes.
class call {
 public:
  call(sorrel_call* handle, int argc, const char* const* argv, const std::size_t* lengths)
      : handle_(handle), argc_(argc), argv_(argv), lengths_(lengths) {}

  std::size_t size() const { return static_cast<std::size_t>(argc_); }
  /// Argument 0 is the command's name.
  std::string_view operator[](std::size_t i) const { return {argv_[i], lengths_[i]}; }
  int database() const { return sorrel_call_database(handle_); }

  void status(const char* text) { sorrel_call_status(handle_, text); }
  void error(const std::string& text) { sorrel_call_error(handle_, text.c_str()); }
  void string(std::string_view bytes) { sorrel_call_string(handle_, bytes.data(), bytes.size()); }
  void integer(std::int64_t value) { sorrel_call_integer(handle_, value); }
  void real(double value) { sorrel_call_real(handle_, value); }
  void boolean(bool value) { sorrel_call_boolean(handle_, value ? 1 : 0); }
  void null() { sorrel_call_null(handle_); }
  void array(std::size_t elements) { sorrel_call_array(handle_, elements); }
  void map(std::size_t pairs) { sorrel_call_map(handle_, pairs); }
  void set(std::size_t elements) { sorrel_call_set(handle_, elements); }
  void whole(const reply& answer) { sorrel_call_reply(handle_, answer.handle()); }

 private:
  sorrel_call* handle_;
  int argc_;
  const char* const* argv_;
  const std::size_t* lengths_;
};

class pipeline;

/// One thread at a time. Outlives its server if need be: calls then throw error(SORREL_CLOSED).
class client {
 public:
  explicit client(sorrel_client* handle) : state_(std::make_unique<state>(handle)) {}

  /// How long call() and get() wait; negative: without limit (the default).
  void set_timeout(std::chrono::milliseconds timeout) {
    state_->timeout_ms = static_cast<int>(timeout.count());
  }

  /// Runs one command and returns what it answered, an error too.
  template <typename... Arguments>
  reply call(const Arguments&... arguments) {
    return run(std::initializer_list<argument>{argument(arguments)...});
  }
  /// The same with the arguments in a sequence of strings.
  template <typename Sequence>
  reply run(const Sequence& arguments) {
    sorrel_reply* answer = nullptr;
    check(detail::with_arguments(arguments, [&](int argc, auto argv, auto lengths) {
      return sorrel_client_call(state_->handle, argc, argv, lengths, state_->timeout_ms, &answer);
    }));
    return reply(answer);
  }

  /// Runs one command and returns its answer as a T (reply::as).
  template <typename T, typename... Arguments>
  T get(const Arguments&... arguments) {
    return call(arguments...).template as<T>();
  }

  /// Without waiting; the future gives the reply, or throws sorrel::error.
  template <typename... Arguments>
  std::future<reply> async(const Arguments&... arguments) {
    return start(std::initializer_list<argument>{argument(arguments)...});
  }
  /// Without waiting; `done` gets the status and the reply, on the loop's thread.
  template <typename... Arguments>
  void send(std::function<void(sorrel_status, reply)> done, const Arguments&... arguments) {
    submit(std::initializer_list<argument>{argument(arguments)...}, std::move(done));
  }

  /// Several commands that go to the loop together.
  api::pipeline pipeline();

  /// What the server says unasked; see sorrel_client_on_push. An empty function ends it.
  /// A handler may put another in its place, or end its client.
  void on_push(std::function<void(reply)> handler) { listen(std::move(handler)); }

  /// Messages of one channel, on the loop's thread. Takes the place of on_push; several channels
  /// may be subscribed to.
  void subscribe(const std::string& channel,
                 std::function<void(std::string_view channel, std::string_view message)> handler) {
    auto channels = state_->channels;
    channels[channel] = std::move(handler);
    listen([channels](const reply& push) {
      if (push.size() != 3 || push[0].text() != "message") return;
      const auto found = channels.find(std::string(push[1].text()));
      if (found != channels.end()) found->second(push[1].text(), push[2].text());
    });
    const reply answer = call("SUBSCRIBE", channel);
    if (answer.is_error()) throw command_error(std::string(answer.text()));
    state_->channels = std::move(channels);
  }

  sorrel_client* handle() const { return state_->handle; }

 private:
  friend class pipeline;
  using listener = std::shared_ptr<const std::function<void(reply)>>;

  struct state {
    explicit state(sorrel_client* client) : handle(client) {}
    // The library calls nothing of ours any more when it has freed the client.
    ~state() { sorrel_client_free(handle); }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    std::unique_ptr<listener> push;
    std::map<std::string, std::function<void(std::string_view, std::string_view)>> channels;
    sorrel_client* handle;
    int timeout_ms = -1;
  };

  static void hear(void* user, sorrel_reply* push) noexcept {
    // Kept while it runs: it may replace itself, and even free its client.
    const listener running = *static_cast<const listener*>(user);
    (*running)(reply(push));
  }
  void listen(std::function<void(reply)> handler) {
    const bool any = static_cast<bool>(handler);
    auto next = std::make_unique<listener>(
        std::make_shared<const std::function<void(reply)>>(std::move(handler)));
    check(sorrel_client_on_push(state_->handle, any ? &hear : nullptr, next.get()));
    state_->push = std::move(next);
  }

  template <typename Sequence>
  void submit(const Sequence& arguments, std::function<void(sorrel_status, reply)> done) {
    using callback = std::function<void(sorrel_status, reply)>;
    auto owned = std::make_unique<callback>(std::move(done));
    check(detail::with_arguments(arguments, [&](int argc, auto argv, auto lengths) {
      return sorrel_client_send(
          state_->handle, argc, argv, lengths,
          [](void* user, sorrel_status status, sorrel_reply* answer) noexcept {
            const std::unique_ptr<callback> mine(static_cast<callback*>(user));
            if (*mine) (*mine)(status, reply(answer));
          },
          owned.get());
    }));
    static_cast<void>(owned.release());  // the callback's, which is called exactly once
  }

  template <typename Sequence>
  std::future<reply> start(const Sequence& arguments) {
    auto promise = std::make_shared<std::promise<reply>>();
    std::future<reply> answer = promise->get_future();
    submit(arguments, [promise](sorrel_status status, reply value) {
      if (status == SORREL_OK) return promise->set_value(std::move(value));
      promise->set_exception(std::make_exception_ptr(sorrel::api::error(status, "")));
    });
    return answer;
  }

  std::unique_ptr<state> state_;
};

/// Commands collected and then run together; their replies are in the same order.
class pipeline {
 public:
  explicit pipeline(client& target) : client_(target) {}

  template <typename... Arguments>
  pipeline& add(const Arguments&... arguments) {
    std::vector<std::string> words;
    for (const argument& each : std::initializer_list<argument>{argument(arguments)...}) {
      words.emplace_back(each.data(), each.size());
    }
    commands_.push_back(std::move(words));
    return *this;
  }
  /// Waits for all replies. Not on the loop's own thread while something waits there.
  std::vector<reply> run() {
    std::vector<std::future<reply>> answers;
    for (const auto& words : commands_) answers.push_back(client_.start(words));
    commands_.clear();
    std::vector<reply> replies;
    for (auto& answer : answers) replies.push_back(answer.get());
    return replies;
  }

 private:
  client& client_;
  std::vector<std::vector<std::string>> commands_;
};

inline pipeline client::pipeline() {
  return api::pipeline(*this);
}

// ---- Options and servers.

class options {
 public:
  options() { check(sorrel_options_new(&handle_)); }
  options(options&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  options& operator=(options&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~options() { sorrel_options_free(handle_); }

  /// A directive of redis.conf: set("maxmemory", "100mb").
  options& set(const std::string& name, const std::string& value) {
    return checked(sorrel_options_set(handle_, name.c_str(), value.c_str()));
  }
  options& load(const std::string& path) {
    return checked(sorrel_options_load(handle_, path.c_str()));
  }
  options& any_port() { return checked(sorrel_options_any_port(handle_)); }
  options& allocator(const sorrel_allocator& table) {
    return checked(sorrel_options_allocator(handle_, &table));
  }
  options& logger(sorrel_log_function log, void* user) {
    return checked(sorrel_options_logger(handle_, log, user));
  }
  const sorrel_options* handle() const { return handle_; }

 private:
  options& checked(sorrel_status status) {
    check(status, sorrel_options_error(handle_));
    return *this;
  }
  sorrel_options* handle_ = nullptr;
};

/// An instance. Freed by its destructor, which stops it: see sorrel_server_free for where that may
/// happen. Anywhere else it begins to stop and is never freed, nor are the functions of its
/// commands, of which one may be running.
class server {
 public:
  explicit server(const options& with = options()) {
    check(sorrel_server_new(with.handle(), &handle_));
  }
  server(server&& other) noexcept
      : functions_(std::move(other.functions_)), handle_(std::exchange(other.handle_, nullptr)) {}
  server& operator=(server&& other) noexcept {
    std::swap(functions_, other.functions_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~server() {
    if (sorrel_server_free(handle_) == SORREL_OK) return;
    sorrel_server_stop(handle_, SORREL_STOP_NOSAVE | SORREL_STOP_FORCE, 0);
    for (auto& function : functions_) static_cast<void>(function.release());
  }

  /// Running on a thread of its own; no sockets, no files.
  static server in_memory() {
    server made;
    made.start_thread();
    return made;
  }

  void start_thread() { checked(sorrel_server_start_thread(handle_)); }
  void attach(uv_loop_s* loop) { checked(sorrel_server_attach(handle_, loop)); }
  void open() { checked(sorrel_server_open(handle_)); }
  int fd() const { return sorrel_server_fd(handle_); }
  /// False when the server has closed.
  bool poll(std::chrono::milliseconds timeout) {
    const sorrel_status status = sorrel_server_poll(handle_, static_cast<int>(timeout.count()));
    if (status == SORREL_CLOSED) return false;
    checked(status);
    return true;
  }

  /// Until the server has closed.
  void run() { checked(sorrel_server_run(handle_)); }

  int port() {
    int port = 0;
    checked(sorrel_server_port(handle_, &port));
    return port;
  }
  void adopt_fd(int fd) { checked(sorrel_server_adopt_fd(handle_, fd)); }
  int socketpair() {
    int fd = -1;
    checked(sorrel_server_socketpair(handle_, &fd));
    return fd;
  }
  /// Begins to stop and waits; see sorrel_server_stop. False when it goes on without us.
  bool stop(unsigned flags = 0, std::chrono::milliseconds timeout = std::chrono::milliseconds(-1)) {
    const sorrel_status status =
        sorrel_server_stop(handle_, flags, static_cast<int>(timeout.count()));
    if (status == SORREL_WOULD_BLOCK || status == SORREL_TIMEOUT) return false;
    checked(status);
    return true;
  }
  bool is_closed() const { return sorrel_server_is_closed(handle_) != 0; }

  /// A command of your own, before the server runs. `function` may throw: the client gets the
  /// exception's text as an error, if there is no reply yet.
  void register_command(const std::string& name, int arity, unsigned flags, sorrel_keys keys,
                        std::function<void(call&)> function) {
    auto owned = std::make_unique<std::function<void(call&)>>(std::move(function));
    checked(sorrel_server_register_command(handle_, name.c_str(), arity, flags, keys, &run_function,
                                           owned.get()));
    functions_.push_back(std::move(owned));
  }

  client connect() {
    sorrel_client* made = nullptr;
    checked(sorrel_client_new(handle_, &made));
    return client(made);
  }

  sorrel_server* handle() const { return handle_; }

 private:
  static void run_function(sorrel_call* handle, int argc, const char* const* argv,
                           const std::size_t* lengths, void* user) noexcept {
    call call(handle, argc, argv, lengths);
    try {
      (*static_cast<std::function<void(api::call&)>*>(user))(call);
    } catch (const std::exception& thrown) {
      call.error(std::string("ERR ") + thrown.what());
    } catch (...) {
      call.error("ERR the command failed");
    }
  }
  void checked(sorrel_status status) { check(status, sorrel_server_error(handle_)); }

  std::vector<std::unique_ptr<std::function<void(call&)>>> functions_;
  sorrel_server* handle_ = nullptr;
};

}  // namespace api
}  // namespace sorrel
