#include "tools/check_aof/aof_check.h"

#include "core/base/clock.h"
#include "core/structure/epoch.h"
#include "core/structure/heap_kind.h"
#include "core/value/value_context.h"
#include "persistence/aof_reader.h"
#include "persistence/file_stream.h"
#include "persistence/rdb_reader.h"

#include <utility>

namespace sorrel {
namespace {

constexpr size_t kMagicBytes = 5;

/// Counts what it is shown, and keeps none of it.
class Counter final : public RdbVisitor {
 public:
  explicit Counter(Epoch& epoch) : epoch_(epoch) {}
  Status select_db(uint64_t) override { return Status::ok(); }
  Status entry(RdbEntry& entry) override {
    ++keys;
    expires += entry.expires_ms != kNever;
    entry.value.reset();
    epoch_.reclaim(SIZE_MAX);
    return Status::ok();
  }
  uint64_t keys = 0;
  uint64_t expires = 0;

 private:
  Epoch& epoch_;
};

std::string number(uint64_t value) {
  return std::to_string(value);
}

}  // namespace

AofCheck::AofCheck(FileSystem& files, const Options& options,
                   std::function<void(const std::string&)> say, std::function<bool()> confirm)
    : files_(files), options_(options), say_(std::move(say)), confirm_(std::move(confirm)) {}

bool AofCheck::run(const std::string& path) {
  const Result<std::unique_ptr<File>> file = files_.open(path, FileSystem::Mode::kRead);
  if (!file) {
    say_("Cannot open file " + file.status().message());
    return false;
  }
  if (path.ends_with(".manifest")) {
    const Result<std::string> text = read_file(files_, path, AofManifest::kBytesMax);
    const Result<AofManifest> manifest =
        text ? AofManifest::parse(text.value()) : Result<AofManifest>(text.status());
    if (manifest) return run_manifest(path, manifest.value());
    say_("Invalid AOF manifest file " + path + ": " + manifest.status().message());
    return false;
  }
  say_("Start checking Old-Style AOF");
  if (!check_file({path, path, true})) return false;
  say_("AOF " + path + " is valid");
  return true;
}

bool AofCheck::run_manifest(const std::string& path, const AofManifest& manifest) {
  const std::string directory = directory_of(path);
  say_("Start checking Multi Part AOF");
  if (manifest.base) {
    const std::string& name = manifest.base->name;
    const bool is_last = manifest.increments.empty();
    say_(std::string("Start to check BASE AOF (") + (name.ends_with(".rdb") ? "RDB" : "RESP") +
         " format).");
    if (!check_file({join_path(directory, name), name, is_last})) return false;
    say_("BASE AOF " + name + " is valid");
  }
  if (!manifest.increments.empty()) say_("Start to check INCR files.");
  for (size_t i = 0; i < manifest.increments.size(); ++i) {
    const std::string& name = manifest.increments[i].name;
    const bool is_last = i + 1 == manifest.increments.size();
    const uint64_t sequence = manifest.increments[i].sequence;
    if (!check_file({join_path(directory, name), name, is_last, sequence})) return false;
    say_("INCR AOF " + name + " is valid");
  }
  say_("All AOF files and manifest are valid");
  return true;
}

bool AofCheck::check_file(const Target& target) {
  const bool writes = options_.fix || options_.to_timestamp;
  const Result<std::unique_ptr<File>> file =
      files_.open(target.path, writes ? FileSystem::Mode::kModify : FileSystem::Mode::kRead);
  if (!file) {
    say_("Cannot open file " + file.status().message());
    return false;
  }
  char magic[kMagicBytes];
  const Result<size_t> got = file.value()->read_at(0, magic, sizeof magic);
  if (!got) {
    say_("Cannot read file " + target.shown + ": " + got.status().message());
    return false;
  }
  if (!RdbReader::is_rdb(Bytes(magic, got.value()))) {
    return check_commands(*file.value(), target, 0);
  }
  const std::optional<uint64_t> end = check_preamble(*file.value(), target);
  return end && check_commands(*file.value(), target, *end);
}

std::optional<uint64_t> AofCheck::check_preamble(File& file, const Target& target) {
  say_("[offset 0] Checking RDB file " + target.shown);
  const std::unique_ptr<Heap> heap = make_heap(kHeapOfThisBuild, options_.allocator);
  Epoch epoch(*heap);
  Random random(1);
  ValueContext values{epoch, random, random.next()};
  FileSource source(file);
  Counter counter(epoch);
  RdbReader reader(source, values, counter, RdbReader::Options());
  const Status read = reader.read();
  if (!read) {
    say_("[offset " + number(reader.offset()) + "] " + read.message());
    say_("RDB preamble of AOF file is not sane, aborting.");
    return std::nullopt;
  }
  say_("[offset " + number(reader.offset()) + "] \\o/ RDB looks OK! \\o/");
  say_("[info] " + number(counter.keys) + " keys read");
  say_("[info] " + number(counter.expires) + " expires");
  say_("RDB preamble is OK, proceeding with AOF tail...");
  return reader.offset();
}

bool AofCheck::check_commands(File& file, const Target& target, uint64_t begin) {
  const Result<uint64_t> size = file.size();
  AofReader reader(file, begin);
  uint64_t lines = 1;
  AofReader::Outcome outcome = reader.next();
  bool lost = false;
  for (; outcome == AofReader::Outcome::kCommand || outcome == AofReader::Outcome::kTime ||
         outcome == AofReader::Outcome::kAfter;
       outcome = reader.next()) {
    lost = outcome == AofReader::Outcome::kAfter && goes_on_behind_lost(reader, target);
    if (lost) break;
    if (outcome == AofReader::Outcome::kCommand) {
      lines += 1 + 2 * reader.args().size();
    } else if (outcome == AofReader::Outcome::kTime && options_.to_timestamp &&
               reader.time() > *options_.to_timestamp) {
      return cut_to_timestamp(file, target, reader.cut_offset());
    }
  }
  if (outcome == AofReader::Outcome::kFailed || !size) {
    say_("Cannot read file " + target.shown + ": " + reader.problem());
    return false;
  }
  const bool good = outcome == AofReader::Outcome::kEnd;
  if (good && options_.to_timestamp) {
    say_("Truncate nothing in AOF " + target.shown + " to timestamp " +
         std::to_string(*options_.to_timestamp));
    return true;
  }
  const uint64_t good_end = lost ? reader.cut_offset() : good ? reader.offset() : reader.good_end();
  good_bytes_[target.sequence] = good_end;
  if (!reader.problem().empty()) say_(target.shown + ": " + reader.problem());
  if (outcome == AofReader::Outcome::kCutOff) {
    say_(target.shown + ": offset " + number(reader.offset()) + ": " +
         (reader.in_transaction() ? "Reached EOF before reading EXEC for MULTI"
                                  : "the file ends in the middle of a command or of a write"));
  }
  const uint64_t end = good && good_end < size.value() ? good_end : size.value();
  if (end != size.value()) {
    say_(target.shown + ": " + number(size.value() - end) +
         " bytes behind it were written ahead of need; the server cuts them off");
  }
  say_("AOF analyzed: filename=" + target.shown + ", size=" + number(size.value()) + ", ok_up_to=" +
       number(good_end) + ", ok_up_to_line=" + number(lines) + ", diff=" + number(end - good_end));
  if (good) return true;
  if (options_.fix) return fix(file, target, size.value(), good_end);
  say_("AOF " + target.shown + " is not valid. Use the --fix option to try fixing it.");
  return false;
}

bool AofCheck::goes_on_behind_lost(const AofReader& reader, const Target& target) {
  const AofAfter& after = reader.after();
  const auto before = good_bytes_.find(after.sequence);
  if (before == good_bytes_.end() || before->second >= after.bytes) return false;
  say_(target.shown + ": offset " + number(reader.cut_offset()) + ": goes on behind byte " +
       number(after.bytes) + " of increment " + number(after.sequence) + ", which has " +
       number(before->second));
  return true;
}

bool AofCheck::cut_to_timestamp(File& file, const Target& target, uint64_t offset) {
  const std::string timestamp = std::to_string(*options_.to_timestamp);
  if (offset == 0) {
    say_("AOF " + target.shown + " has nothing before timestamp " + timestamp + ", aborting...");
    return false;
  }
  if (!target.is_last) {
    say_("Failed to truncate AOF " + target.shown + " to timestamp " + timestamp + " to offset " +
         number(offset) + " because it is not the last file.");
    say_(
        "If you insist, please delete all files after this file according to the manifest file "
        "and delete the corresponding records in manifest file manually. Then re-run "
        "sorrel-check-aof.");
    return false;
  }
  Status cut = file.truncate(offset);
  if (cut) cut = file.sync();
  if (!cut) {
    say_("Failed to truncate AOF " + target.shown + " to timestamp " + timestamp + ": " +
         cut.message());
    return false;
  }
  say_("Successfully truncated AOF " + target.shown + " to timestamp " + timestamp);
  return true;
}

bool AofCheck::fix(File& file, const Target& target, uint64_t size, uint64_t good_end) {
  if (!target.is_last) {
    say_("Failed to truncate AOF " + target.shown + " because it is not the last file");
    return false;
  }
  say_("This will shrink the AOF " + target.shown + " from " + number(size) + " bytes, with " +
       number(size - good_end) + " bytes, to " + number(good_end) + " bytes");
  if (!confirm_()) {
    say_("Aborting...");
    return false;
  }
  Status cut = file.truncate(good_end);
  if (cut) cut = file.sync();
  if (!cut) {
    say_("Failed to truncate AOF " + target.shown + ": " + cut.message());
    return false;
  }
  say_("Successfully truncated AOF " + target.shown);
  return true;
}

}  // namespace sorrel
