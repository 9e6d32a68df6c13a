#include "persistence/append_only.h"
#include "persistence/faulty_file_system.h"
#include "tests/support/local_engine.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <map>
#include <memory>
#include <string>
#include <vector>

// Power cuts on a disk that loses what wasn't synced, and processes that are killed, which lose
// nothing that they have written. In each round an engine, some clients, their append-only file;
// faults now and then; the end at a random moment; and the data as the next engine finds them. They
// must be those after some operation in the order of their execution (so transactions are whole),
// and none earlier than the last one that anybody was told of, be it who wrote or who read: under
// `always` after a power cut, under each policy when the process was killed.
namespace sorrel {
namespace {

constexpr int kClients = 3;
constexpr uint64_t kKeys = 12;
const std::string kEmpty(40, '0');

std::string data_of(LocalEngine& local) {
  const std::string digest = local.run("DEBUG", "DIGEST");
  return digest.substr(1, digest.size() - 3);
}

enum class Ending : uint8_t { kPowerCut, kKill };

/// An engine with its append-only file, from the files' opening to its end.
class Server {
 public:
  Server(FaultyFileSystem& files, const std::string& fsync, Random& random)
      : files_(files), random_(random), aof_(local.engine, files, executor_, [this] {
          local.engine.refuse_writes(Engine::RefusalCause::kAppendOnly, aof_.refusal());
        }) {
    fsync_ = fsync;
    REQUIRE(local.settings.load("appendfsync", std::vector<std::string>{fsync}).is_ok());
    REQUIRE(local.settings.load("enable-debug-command", std::vector<std::string>{"yes"}).is_ok());
    for (int i = 0; i < kClients; ++i) {
      clients_.push_back(std::make_unique<Client>());
      local.engine.open_session(clients_.back()->session);
    }
  }
  ~Server() {
    aof_.stop();
    for (const auto& client : clients_) local.engine.close_session(client->session);
  }

  Status recover() {
    if (Status found = aof_.find_files(); !found) return found;
    Result<std::unique_ptr<DataLoader>> loader = aof_.loader();
    if (!loader) return loader.status();
    if (loader.value()) {
      Result<bool> more = true;
      while (more && more.value()) more = loader.value()->step();
      if (!more) return more.status();
    }
    Status started = aof_.start();
    executor_.drain();
    return started;
  }

  /// One turn: some clients that have their replies ask for something, the disk gets its share.
  void turn(std::vector<std::string>& history) {
    local.clock.advance_ms(static_cast<int64_t>(random_.below(700)));
    local.engine.begin_turn();
    for (const auto& client : clients_) {
      if (client->waits_for.empty() && random_.below(2) == 0) ask(*client, history);
    }
    aof_.end_turn(random_.below(3) == 0);
    // A killed process hasn't answered what it was about to.
    if (files_.has_power()) {
      for (const auto& client : clients_) hear(*client);
      if (aof_.log().buffered() == 0) written_ = told_;
      // Nothing but a sync of the file that is written keeps it from being written.
      const bool put_off = fsync_ == "everysec" && aof_.log().pending_syncs() > 0;
      if (fsync_ != "always" && !put_off) REQUIRE(aof_.log().buffered() == 0);
    }
    for (uint64_t steps = random_.below(4); steps > 0; --steps) executor_.step();
    for (const auto& client : clients_) hear(*client);
    if (random_.below(20) == 0) rewrite(history);
  }

  AppendOnly& aof() { return aof_; }
  /// The last operation that anybody has been told of.
  size_t told() const { return told_; }
  /// The last one of those that had been written to the system then.
  size_t written() const { return written_; }
  uint64_t refused() const { return refused_; }

  LocalEngine local;

 private:
  struct Client {
    Session session{nullptr};
    struct Reply {
      size_t tells_of;  // an operation
      bool is_read;
    };
    std::vector<Reply> waits_for;
  };

  void run(Client& client, std::initializer_list<Bytes> words, size_t tells) {
    const std::vector<Bytes> args(words);
    local.engine.execute(client.session, args);
    client.waits_for.push_back({tells, *words.begin() == "GET"});
  }

  void ask(Client& client, std::vector<std::string>& history) {
    const std::string key = "k" + std::to_string(random_.below(kKeys));
    const std::string other = "o" + std::to_string(random_.below(kKeys));
    const std::string value = std::to_string(++operations_) + std::string(random_.below(900), 'v');
    switch (random_.below(4)) {
      case 0:
        return run(client, {"GET", key}, history.size() - 1);
      case 1:
        run(client, {"SET", key, value}, history.size());
        break;
      case 2:
        run(client, {"RPUSH", "list", value}, history.size());
        break;
      default:
        run(client, {"MULTI"}, 0);
        run(client, {"SET", key, value}, 0);
        run(client, {"SET", other, value}, 0);
        run(client, {"EXEC"}, history.size());
    }
    const std::string data = data_of(local);
    if (data == history.back()) {
      // A refusal tells of nothing.
      ++refused_;
      client.waits_for.back().tells_of = 0;
    }
    history.push_back(data);
  }

  // What a connection would send now.
  void hear(Client& client) {
    Output& output = client.session.output;
    const uint64_t until = local.engine.reply_hold().visible_until(client.session);
    if (output.empty() || until < output.end_offset()) return;
    // While the disk fails, reads go on, and may show what isn't safe.
    failed_ |= !aof_.log().health().is_ok();
    for (const auto& [operation, is_read] : client.waits_for) {
      if (!failed_ || !is_read) told_ = std::max(told_, operation);
    }
    client.waits_for.clear();
    output.consume(output.size());
  }

  void rewrite(std::vector<std::string>&) {
    if (aof_.rewriting() || aof_.log().switching()) return;
    aof_.prepare_rewrite([this](const Status& ready) {
      if (!ready) return;
      if (random_.below(5) == 0) return aof_.abort_rewrite();
      aof_.begin_rewrite();
      if (!write_base()) return aof_.abort_rewrite();
      aof_.finish_rewrite(false, [](const Status&) {});
    });
  }

  // The data as commands; what a rewrite writes in the background.
  bool write_base() {
    Result<std::unique_ptr<File>> file =
        aof_.files().open(aof_.temporary_base_path(), FileSystem::Mode::kReplace);
    if (!file) return false;
    std::string text;
    const auto command = [&](std::initializer_list<Bytes> words) {
      text += "*" + std::to_string(words.size()) + "\r\n";
      for (const Bytes word : words) {
        text += "$" + std::to_string(word.size()) + "\r\n" + std::string(word) + "\r\n";
      }
    };
    for (const char* prefix : {"k", "o"}) {
      for (uint64_t i = 0; i < kKeys; ++i) {
        const std::string key = prefix + std::to_string(i);
        const std::string reply = local.run("GET", key);
        if (reply[1] != '-') command({"SET", key, body(reply)});
      }
    }
    const std::string length = local.run("LLEN", "list");
    for (int i = 0; i < std::stoi(length.substr(1)); ++i) {
      command({"RPUSH", "list", body(local.run("LINDEX", "list", std::to_string(i)))});
    }
    return file.value()->write(text).is_ok() && file.value()->sync().is_ok();
  }

  static std::string body(const std::string& bulk) {
    const size_t begin = bulk.find("\r\n") + 2;
    return bulk.substr(begin, bulk.size() - begin - 2);
  }

  FaultyFileSystem& files_;
  Random& random_;
  std::string fsync_;
  SteppedExecutor executor_;
  AppendOnly aof_;
  std::vector<std::unique_ptr<Client>> clients_;
  uint64_t operations_ = 0;
  size_t told_ = 0;
  size_t written_ = 0;
  bool failed_ = false;  // ever
  uint64_t refused_ = 0;
};

constexpr uint64_t kDisks = SORREL_CRASH_DISKS;

struct Summary {
  uint64_t crashes = 0;
  uint64_t operations = 0;
  uint64_t lost = 0;  // executed, and not there afterwards
  uint64_t refused = 0;
};

/// A few lives of a server on one disk, each ended by a power cut.
void live_and_crash(uint64_t seed, const std::string& fsync, bool faults, Summary& summary,
                    Ending ending = Ending::kPowerCut) {
  INFO("seed " << seed << ", appendfsync " << fsync << (faults ? ", faults" : ""));
  Random random(seed);
  FaultyFileSystem files(seed);
  std::string found = kEmpty;
  for (int life = 0; life < 3; ++life) {
    INFO("life " << life);
    std::vector<std::string> history{found};
    size_t told = 0;
    {
      Server server(files, fsync, random);
      const Status recovered = server.recover();
      INFO(recovered.message());
      REQUIRE(recovered.is_ok());
      REQUIRE(data_of(server.local) == found);
      files.cut_power_at(1 + random.below(400));
      for (int turn = 0; turn < 60 && files.has_power(); ++turn) {
        if (faults && random.below(15) == 0) files.fail_write(1 + random.below(3), ENOSPC);
        if (faults && random.below(15) == 0) files.fail_sync(1 + random.below(3), EIO);
        server.turn(history);
      }
      told = ending == Ending::kKill ? server.written() : fsync == "always" ? server.told() : 0;
      summary.refused += server.refused();
    }
    if (ending == Ending::kPowerCut) {
      files.crash();
    } else {
      files.set_contents(files.contents());
      files.cut_power_at(0);
    }
    ++summary.crashes;
    summary.operations += history.size();
    Random other(seed);
    Server next(files, fsync, other);
    const Status recovered = next.recover();
    INFO(recovered.message());
    REQUIRE(recovered.is_ok());
    found = data_of(next.local);
    const auto at = std::find(history.rbegin(), history.rend(), found);
    REQUIRE(at != history.rend());
    const auto operation = static_cast<size_t>(history.rend() - at) - 1;
    REQUIRE(operation >= told);
    summary.lost += history.size() - 1 - operation;
  }
}

}  // namespace

TEST_CASE("what was acknowledged survives every power cut, with appendfsync always", "[aof]") {
  Summary summary;
  for (uint64_t seed = 1; seed <= kDisks; ++seed) live_and_crash(seed, "always", false, summary);
  CHECK(summary.crashes == 3 * kDisks);
  CHECK(summary.lost > 0);
  CHECK(summary.operations > 25 * kDisks);
}

TEST_CASE("what was acknowledged survives a disk that fails as well", "[aof]") {
  Summary summary;
  for (uint64_t seed = 1; seed <= kDisks; ++seed) live_and_crash(seed, "always", true, summary);
  CHECK(summary.refused > 0);
}

TEST_CASE("what was acknowledged survives the process's being killed, with each policy", "[aof]") {
  for (const char* fsync : {"always", "everysec", "no"}) {
    Summary summary;
    for (uint64_t seed = 1; seed <= 400; ++seed) {
      live_and_crash(seed, fsync, false, summary, Ending::kKill);
    }
    CHECK(summary.operations > 10'000);
  }
}

TEST_CASE("everysec and no leave a beginning of what was done", "[aof]") {
  Summary summary;
  for (uint64_t seed = 1; seed <= kDisks / 2; ++seed)
    live_and_crash(seed, "everysec", false, summary);
  const uint64_t lost_everysec = summary.lost;
  for (uint64_t seed = 1; seed <= kDisks / 2; ++seed) live_and_crash(seed, "no", false, summary);
  CHECK(lost_everysec < summary.lost - lost_everysec);
}

}  // namespace sorrel
