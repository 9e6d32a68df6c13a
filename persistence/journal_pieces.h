// Pieces of the journal: bytes that lie in its blocks, as whoever writes files of it takes them.
//
// They are views: a reader keeps what they show alive (core/journal.h), and a thread may read them
// while the loop appends.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/journal.h"
#include "persistence/file_system.h"

#include <cstdint>
#include <vector>

namespace sorrel {

std::vector<Bytes> journal_pieces(const Journal& journal, uint64_t from, uint64_t to);
/// One behind the other, from the file's offset `at` on.
Status write_pieces(File& file, uint64_t at, const std::vector<Bytes>& pieces);

}  // namespace sorrel
