// CommandJournal: what of a call goes into the journal, and where a transaction begins and ends
// there.
//
// A call is journaled as it was made, or as its handler says (Context::journal_as), when it ends.
// Several effective commands of one call, and all that an EXEC runs, stand between MULTI and EXEC;
// an EXEC that changes nothing leaves no trace.
//
// Owned by the engine; it holds no bytes: the journal does.
#pragma once

#include "core/base/bytes.h"

#include <cstdint>
#include <span>

namespace sorrel {

class Context;
class Journal;

class CommandJournal {
 public:
  explicit CommandJournal(Journal& journal) : journal_(journal) {}

  /// A call that has changed something, or has said what is to be journaled in its place.
  void add(const Context& context);

  /// Between these, what is added is one transaction. False when one is open already: then there is
  /// nothing to end.
  bool begin_transaction();
  void end_transaction(int db);

 private:
  void append(int db, std::span<const Bytes> args);

  /// Whether MULTI stands in the journal: the first call of a transaction that is added puts it
  /// there.
  enum class Transaction : uint8_t { kNone, kOpen, kBegun };

  Journal& journal_;
  Transaction transaction_ = Transaction::kNone;
};

}  // namespace sorrel
