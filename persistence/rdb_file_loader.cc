#include "persistence/rdb_file_loader.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace sorrel {

RdbReader::Options rdb_reader_options(const SettingValues& values) {
  RdbReader::Options options;
  options.checksum = values.rdbchecksum;
  options.any_version = values.rdb_version_check == RdbVersionCheck::kRelaxed;
  return options;
}

Result<std::unique_ptr<RdbFileLoader>> RdbFileLoader::open(Engine& engine, FileSystem& files,
                                                           const std::string& path,
                                                           const KeyspaceLoader::Options& options) {
  Result<std::unique_ptr<File>> file = files.open(path, FileSystem::Mode::kRead);
  if (!file) return file.status();
  const Result<uint64_t> bytes = file.value()->size();
  if (!bytes) return bytes.status().with(path);
  return std::unique_ptr<RdbFileLoader>(
      new RdbFileLoader(engine, path, std::move(file.value()), bytes.value(), options));
}

RdbFileLoader::RdbFileLoader(Engine& engine, std::string path, std::unique_ptr<File> file,
                             uint64_t bytes, const KeyspaceLoader::Options& options)
    : engine_(engine),
      path_(std::move(path)),
      file_(std::move(file)),
      total_bytes_(bytes),
      source_(*file_),
      keys_(engine, options),
      reader_(source_, engine.value_context(), keys_, rdb_reader_options(engine.values())) {}

Result<bool> RdbFileLoader::step() {
  const Result<bool> more = reader_.step();
  if (!more) return more.status().with(path_);
  // What the file says of itself stands before its first key.
  if (!origin_logged_ && (keys_.outcome().keys != 0 || !more.value())) log_origin();
  if (!more.value()) log_end();
  return more;
}

void RdbFileLoader::log_origin() {
  origin_logged_ = true;
  const KeyspaceLoader::Outcome& file = keys_.outcome();
  Host& host = engine_.host();
  if (!file.redis_version.empty()) {
    host.log(LogLevel::kNotice, "Loading RDB produced by version " + file.redis_version);
  }
  if (file.created_s != 0) {
    const int64_t age = std::max<int64_t>(engine_.now_ms() / 1000 - file.created_s, 0);
    host.log(LogLevel::kNotice, "RDB age " + std::to_string(age) + " seconds");
  }
  if (file.used_memory != 0) {
    char megabytes[32];
    std::snprintf(megabytes, sizeof megabytes, "%.2f",
                  static_cast<double>(file.used_memory) / (1024 * 1024));
    host.log(LogLevel::kNotice, "RDB memory usage when created " + std::string(megabytes) + " Mb");
  }
}

void RdbFileLoader::log_end() {
  const KeyspaceLoader::Outcome& file = keys_.outcome();
  if (file.functions != 0) {
    engine_.host().log(LogLevel::kWarning,
                       "Libraries of functions in the file, which can't be run and are left out: " +
                           std::to_string(file.functions));
  }
  for (const std::string& module : file.modules) {
    engine_.host().log(LogLevel::kWarning,
                       "Data of the module '" + module + "' in the file are left out");
  }
  engine_.host().log(LogLevel::kNotice,
                     "Done loading RDB, keys loaded: " + std::to_string(loaded_keys()) +
                         ", keys expired: " + std::to_string(expired_keys()) + ".");
}

namespace {

class Nobody final : public RdbVisitor {
 public:
  explicit Nobody(Epoch& epoch) : epoch_(epoch) {}
  Status select_db(uint64_t) override { return Status::ok(); }
  // So that no more than one is there at a time.
  Status entry(RdbEntry& entry) override {
    entry.value.reset();
    epoch_.reclaim(SIZE_MAX);
    return Status::ok();
  }

 private:
  Epoch& epoch_;
};

}  // namespace

Status verify_rdb_file(FileSystem& files, const std::string& path, ValueContext& values,
                       const RdbReader::Options& options) {
  const Result<std::unique_ptr<File>> file = files.open(path, FileSystem::Mode::kRead);
  if (!file) return file.status();
  FileSource source(*file.value());
  Nobody nobody(values.epoch);
  return RdbReader(source, values, nobody, options).read().with(path);
}

}  // namespace sorrel
