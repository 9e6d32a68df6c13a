#include "core/command_journal.h"

#include "core/command/context.h"
#include "core/journal.h"

#include <string>
#include <utility>
#include <vector>

namespace sorrel {

bool CommandJournal::begin_transaction() {
  if (transaction_ != Transaction::kNone) return false;
  transaction_ = Transaction::kOpen;
  return true;
}

void CommandJournal::end_transaction(int db) {
  const Bytes exec[] = {"EXEC"};
  // Over in any case: whoever finds no memory for the end gives the journal up.
  const bool begun = std::exchange(transaction_, Transaction::kNone) == Transaction::kBegun;
  if (begun) journal_.append(db, exec);
}

void CommandJournal::append(int db, std::span<const Bytes> args) {
  if (transaction_ == Transaction::kOpen) {
    const Bytes multi[] = {"MULTI"};
    journal_.append(db, multi);
    transaction_ = Transaction::kBegun;
  }
  journal_.append(db, args);
}

void CommandJournal::add(const Context& context) {
  if (context.session.has(Session::kInternal)) return;
  const int db = context.session.db;
  if (!context.journaled_otherwise()) {
    if (context.command.spec->flags & (kWrite | kMayReplicate)) append(db, context.args);
    return;
  }
  const std::vector<std::vector<std::string>>* const effective = context.effective();
  if (effective == nullptr) return;
  const bool several = effective->size() > 1 && begin_transaction();
  for (const std::vector<std::string>& words : *effective) {
    const std::vector<Bytes> views(words.begin(), words.end());
    append(db, views);
  }
  if (several) end_transaction(db);
}

}  // namespace sorrel
