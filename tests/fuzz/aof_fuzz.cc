// An append-only file, any bytes: read to an end in bounded memory, and up to where it is said to
// be good, it is.

#include "core/base/check.h"
#include "persistence/aof_reader.h"
#include "persistence/memory_file_system.h"

#include <cstddef>
#include <cstdint>

namespace {

struct End {
  sorrel::AofReader::Outcome outcome;
  uint64_t good;
  uint64_t commands;
};

End read(sorrel::File& file) {
  using Outcome = sorrel::AofReader::Outcome;
  sorrel::AofReader reader(file);
  End end{Outcome::kEnd, 0, 0};
  do {
    end.outcome = reader.next();
    end.commands += end.outcome == Outcome::kCommand;
    VERIFY(reader.good_end() <= reader.offset());
  } while (end.outcome == Outcome::kCommand || end.outcome == Outcome::kTime);
  end.good = reader.good_end();
  return end;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using Outcome = sorrel::AofReader::Outcome;
  sorrel::MemoryFileSystem files;
  const auto opened = files.open("a", sorrel::FileSystem::Mode::kReplace);
  sorrel::File& file = *opened.value();
  VERIFY(file.write(sorrel::Bytes(reinterpret_cast<const char*>(data), size)).is_ok());
  const End first = read(file);
  VERIFY(first.outcome != Outcome::kFailed);
  if (first.outcome == Outcome::kEnd) return 0;
  VERIFY(file.truncate(first.good).is_ok());
  const End second = read(file);
  VERIFY(second.outcome == Outcome::kEnd && second.commands <= first.commands);
  return 0;
}
