#include "persistence/aof_loader.h"

#include "core/command/errors.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace sorrel {
namespace {

constexpr size_t kMagicBytes = 5;
// Commands that the engine refuses are told of, but not each of a million.
constexpr size_t kRefusalsLoggedMax = 10;
constexpr size_t kShownBytes = 128;

}  // namespace

Result<std::unique_ptr<AofLoader>> AofLoader::open(Engine& engine, FileSystem& files,
                                                   const AofDirectory& directory, Cuts cuts) {
  std::vector<Part> parts;
  const auto add = [&](const AofFileInfo& info, bool is_base) {
    const std::string path = directory.path_of(info);
    const Result<uint64_t> size = files.size(path);
    if (!size) return size.status().with("The AOF file " + info.name + " doesn't exist");
    parts.push_back(Part{info.name, path, size.value(), info.sequence, is_base});
    return Status::ok();
  };
  const AofManifest& manifest = directory.manifest();
  if (manifest.base) {
    if (Status there = add(*manifest.base, true); !there) return there;
  }
  for (const AofFileInfo& info : manifest.increments) {
    if (Status there = add(info, false); !there) return there;
  }
  return std::unique_ptr<AofLoader>(new AofLoader(engine, files, std::move(parts), cuts));
}

AofLoader::AofLoader(Engine& engine, FileSystem& files, std::vector<Part> parts, Cuts cuts)
    : engine_(engine), files_(files), cuts_(cuts), parts_(std::move(parts)) {
  for (const Part& part : parts_) total_bytes_ += part.bytes;
  session_.set(Session::kInternal | Session::kReplyOff);
  engine_.open_session(session_);
  session_.authenticated = true;
  memory_failures_before_ = memory_failures();
}

uint64_t AofLoader::memory_failures() const {
  const Bytes code = errors::kHostMemory.substr(0, errors::kHostMemory.find(' '));
  const auto counted = engine_.stats().errors.find(code);
  return counted == engine_.stats().errors.end() ? 0 : counted->second;
}

AofLoader::~AofLoader() {
  engine_.close_session(session_);
}

uint64_t AofLoader::loaded_bytes() const {
  if (preamble_) return bytes_before_ + preamble_->loaded_bytes();
  return bytes_before_ + (reader_ ? reader_->offset() : 0);
}

Result<bool> AofLoader::step() {
  if (preamble_) return step_preamble();
  if (reader_) return step_command();
  if (next_part_ == parts_.size()) return false;
  if (Status opened = open_part(); !opened) return opened;
  return true;
}

Status AofLoader::open_part() {
  const Part& part = parts_[next_part_++];
  began_ns_ = engine_.clock().monotonic_ns();
  Result<std::unique_ptr<File>> file = files_.open(part.path, FileSystem::Mode::kRead);
  if (!file) return file.status();
  file_ = std::move(file.value());
  char magic[kMagicBytes];
  const Result<size_t> got = file_->read_at(0, magic, sizeof magic);
  if (!got) return got.status().with(part.path);
  if (!part.is_base || !RdbReader::is_rdb(Bytes(magic, got.value()))) {
    reader_ = std::make_unique<AofReader>(*file_);
    return Status::ok();
  }
  // What has expired is deleted by what follows, or when somebody looks.
  KeyspaceLoader::Options options;
  options.keep_expired = true;
  Result<std::unique_ptr<RdbFileLoader>> rdb =
      RdbFileLoader::open(engine_, files_, part.path, options);
  if (!rdb) return rdb.status();
  preamble_ = std::move(rdb.value());
  return Status::ok();
}

Result<bool> AofLoader::step_preamble() {
  const Result<bool> more = preamble_->step();
  if (!more || more.value()) return more;
  loaded_keys_ = preamble_->loaded_keys();
  expired_keys_ = preamble_->expired_keys();
  used_memory_ = preamble_->used_memory_of_file();
  reader_ = std::make_unique<AofReader>(*file_, preamble_->loaded_bytes());
  preamble_.reset();
  return true;
}

Result<bool> AofLoader::step_command() {
  switch (reader_->next()) {
    case AofReader::Outcome::kCommand:
      if (Status executed = execute(); !executed) return executed;
      return true;
    case AofReader::Outcome::kTime:
      return true;
    case AofReader::Outcome::kAfter:
      if (!loses(reader_->after())) return true;
      if (Status allowed = lose_rest(reader_->cut_offset()); !allowed) return allowed;
      break;
    case AofReader::Outcome::kEnd:
      if (Status done = cut_fill(); !done) return done;
      break;
    case AofReader::Outcome::kCutOff:
      if (Status allowed = cut_off(); !allowed) return allowed;
      break;
    case AofReader::Outcome::kDamaged:
      return refused("Bad file format reading the append only file " + part().name +
                     ": make a backup of your AOF file, then use sorrel-check-aof --fix. " +
                     reader_->problem());
    case AofReader::Outcome::kFailed:
      return refused("Unrecoverable error reading the append only file " + part().name + ": " +
                     reader_->problem());
  }
  end_part();
  return true;
}

Status AofLoader::refused(const std::string& why) const {
  return Status::failure(why);
}

// What can't be a call of anything would be missing, and nobody knows what it was to do.
Status AofLoader::check_call(std::span<const Bytes> args) const {
  const Command* const command = engine_.commands().find(args);
  const std::string name = "'" + errors::shown(args[0], kShownBytes) + "'";
  const std::string where = " reading the append only file " + part().name + ", offset " +
                            std::to_string(reader_->item_offset());
  const bool parent_alone = command != nullptr && !command->subcommands.empty();
  if (command == nullptr || parent_alone) return refused("Unknown command " + name + where);
  if (args.size() < command->arguments_min || args.size() > command->arguments_max) {
    return refused("Wrong number of arguments for command " + name + where);
  }
  return Status::ok();
}

Status AofLoader::execute() {
  const std::span<const Bytes> args = reader_->args();
  if (Status callable = check_call(args); !callable) return callable;
  const uint64_t refusals_before = engine_.stats().error_replies;
  engine_.execute(session_, args);
  // Nobody waits while a file is loaded.
  engine_.blocking().release(session_);
  if (engine_.stats().error_replies == refusals_before) return Status::ok();
  // What isn't done would be missing from now on, and from the next rewrite's base.
  if (memory_failures() != memory_failures_before_) {
    return refused("Out of memory reading the append only file " + part().name + ", offset " +
                   std::to_string(reader_->item_offset()));
  }
  if (++refusals_ <= kRefusalsLoggedMax) {
    log(LogLevel::kWarning, "== CRITICAL == The command '" + errors::shown(args[0], kShownBytes) +
                                "' at offset " + std::to_string(reader_->item_offset()) + " of " +
                                part().name + " is answered by an error");
  }
  return Status::ok();
}

// What was written ahead of need.
Status AofLoader::cut_fill() {
  parts_[next_part_ - 1].good_bytes = reader_->offset();
  return reader_->offset() < part().bytes ? cut(part(), reader_->offset()) : Status::ok();
}

// What a crash leaves at the end of the last file.
Status AofLoader::cut_off() {
  const std::string name = part().name;
  // A rewrite begins a new increment before the one before it is on the disk. A base was there
  // before anything named it.
  const auto is_empty = [](const Part& later) { return later.bytes == 0; };
  const bool is_last =
      std::all_of(parts_.begin() + static_cast<ptrdiff_t>(next_part_), parts_.end(), is_empty);
  const bool lost_before = part().is_base && next_part_ < parts_.size();
  if (lost_before || (!is_last && !next_comes_after(reader_->good_end()))) {
    return refused("Fatal error: the truncated file " + name + " is not the last file");
  }
  if (!engine_.values().aof_load_truncated) {
    return refused(
        "Unexpected end of file reading the append only file " + name +
        ". You can: 1) Make a backup of your AOF file, then use sorrel-check-aof --fix. 2) "
        "Alternatively you can set the 'aof-load-truncated' configuration option to yes and "
        "restart the server.");
  }
  if (reader_->in_transaction()) {
    log(LogLevel::kWarning, "Revert incomplete MULTI/EXEC transaction from AOF file " + name);
    engine_.take_transaction(session_);
  }
  const uint64_t end = reader_->good_end();
  log(LogLevel::kWarning, "!!! Warning: short read while loading the AOF file " + name + "!!!");
  if (cuts_ == Cuts::kYes) {
    log(LogLevel::kWarning, "Truncating the AOF " + name + " at offset " + std::to_string(end));
  }
  if (Status done = cut(part(), end); !done) return done;
  parts_[next_part_ - 1].good_bytes = end;
  log(LogLevel::kWarning, "AOF " + name + " loaded anyway because aof-load-truncated is enabled");
  return Status::ok();
}

Status AofLoader::cut(const Part& part, uint64_t size) {
  if (cuts_ == Cuts::kNo) return Status::ok();
  Result<std::unique_ptr<File>> file = files_.open(part.path, FileSystem::Mode::kModify);
  if (!file) return file.status();
  Status done = file.value()->truncate(size);
  if (done) done = file.value()->sync();
  return done ? done : done.with("Error truncating the AOF file " + part.name);
}

// The increment that comes before isn't all there. One that isn't named any more was replaced.
bool AofLoader::loses(const AofAfter& after) const {
  return std::any_of(parts_.begin(), parts_.begin() + static_cast<ptrdiff_t>(next_part_) - 1,
                     [&after](const Part& before) {
                       return !before.is_base && before.sequence == after.sequence &&
                              before.good_bytes < after.bytes;
                     });
}

// The same for the file that is being read and was cut off, and the next that has anything in it.
bool AofLoader::next_comes_after(uint64_t good_end) {
  const auto next = std::find_if(parts_.begin() + static_cast<ptrdiff_t>(next_part_), parts_.end(),
                                 [](const Part& later) { return later.bytes > 0; });
  const Result<std::unique_ptr<File>> file = files_.open(next->path, FileSystem::Mode::kRead);
  if (!file) return false;
  AofReader reader(*file.value());
  return reader.next() == AofReader::Outcome::kAfter && !part().is_base &&
         reader.after().sequence == part().sequence && reader.after().bytes > good_end;
}

// From there on, in this file and in all behind it, the last one first: whenever a crash comes,
// what is left is cut off again.
Status AofLoader::lose_rest(uint64_t from) {
  const std::string& name = part().name;
  if (!engine_.values().aof_load_truncated) {
    return refused("The append only file " + name +
                   " goes on behind the end that a file before it has lost. Set "
                   "'aof-load-truncated' to yes to load what comes before.");
  }
  log(LogLevel::kWarning, "!!! Warning: AOF " + name +
                              " goes on behind what a file before it has " +
                              "lost: it ends at offset " + std::to_string(from));
  for (size_t i = parts_.size(); i > next_part_; --i) {
    Part& later = parts_[i - 1];
    if (later.bytes == 0) continue;
    if (Status done = cut(later, 0); !done) return done;
  }
  parts_.resize(next_part_);
  return cut(part(), from);
}

void AofLoader::end_part() {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.3f",
                static_cast<double>(engine_.clock().monotonic_ns() - began_ns_) / 1e9);
  log(LogLevel::kNotice, std::string("DB loaded from ") + (part().is_base ? "base" : "incr") +
                             " file " + part().name + ": " + seconds + " seconds");
  bytes_before_ += part().bytes;
  reader_.reset();
  file_.reset();
  session_.db = 0;
}

}  // namespace sorrel
