#include "persistence/journal_pieces.h"

namespace sorrel {

std::vector<Bytes> journal_pieces(const Journal& journal, uint64_t from, uint64_t to) {
  std::vector<Bytes> pieces;
  for (uint64_t at = from; at < to; at += pieces.back().size()) {
    pieces.push_back(journal.peek(at).substr(0, to - at));
  }
  return pieces;
}

Status write_pieces(File& file, uint64_t at, const std::vector<Bytes>& pieces) {
  for (const Bytes piece : pieces) {
    if (Status written = file.write_at(at, piece); !written) return written;
    at += piece.size();
  }
  return Status::ok();
}

}  // namespace sorrel
