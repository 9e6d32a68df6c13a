// Commands that move elements from one list to another, or within one.
//
// The event of the push comes before that of the pop, as in Redis.

#include "core/command/arguments.h"
#include "core/command/block_timeout.h"
#include "core/commands/commands.h"
#include "core/commands/list_words.h"
#include "core/engine.h"

#include <algorithm>
#include <new>
#include <string>
#include <vector>

namespace sorrel {
namespace {

struct Move {
  Bytes source;
  Bytes destination;
  ListEnd from;
  ListEnd to;
};

/// Elements that have left their list's memory, in the order they are to be pushed.
class Luggage {
 public:
  /// The `count` outermost elements at an end, the outermost first.
  Luggage(const Collection& list, ListEnd end, size_t count) {
    const bool head = end == ListEnd::kHead;
    ListCursor at(list, head ? 0 : List::size(list) - 1);
    texts_.reserve(count);
    for (; count != 0; --count) {
      PackElement::Scratch scratch;
      texts_.emplace_back(at.get().bytes(scratch));
      head ? at.next() : at.previous();
    }
  }
  void reverse() { std::reverse(texts_.begin(), texts_.end()); }
  const std::vector<std::string>& texts() const { return texts_; }
  std::vector<Bytes> views() const { return {texts_.begin(), texts_.end()}; }

 private:
  std::vector<std::string> texts_;
};

/// The source's list; nullptr when it has none, or when an error was answered: the source or the
/// destination is of another type.
const Collection* source_of(Context& context, const Move& move) {
  KeyWriter destination = context.write(move.destination);
  KeyWriter source = context.write(move.source);
  if (!context.require(source, Type::kList) || !source.exists()) return nullptr;
  if (!context.require(destination, Type::kList)) return nullptr;
  return &*source.entry()->collection();
}

/// Within one list, where that is more than a push and an erase: List::turn().
bool turn_around(Context& context, const Move& move, std::span<const Bytes> elements) {
  if (move.source != move.destination || elements.size() != 1) return false;
  KeyWriter key = context.write(move.source, Touch::kPeek);
  return List::turn(key.edit(Type::kList), move.from, move.to, elements[0], key.values());
}

void push(Context& context, const Move& move, std::span<const Bytes> elements) {
  KeyWriter destination = context.write(move.destination, Touch::kPeek);
  List::push(destination.edit(Type::kList), move.to, elements, destination.values());
}

void erase(Context& context, const Move& move, size_t count) {
  KeyWriter source = context.write(move.source, Touch::kPeek);
  Owned<Collection>& list = source.edit(Type::kList);
  // In one list that was pushed to at the same end, they stand behind what was pushed.
  const bool same_end = move.source == move.destination && move.from == move.to;
  const size_t passed = same_end ? count : 0;
  const size_t first = move.from == ListEnd::kHead ? passed : List::size(*list) - count - passed;
  List::erase(list, first, count, source.values());
}

/// What was pushed goes again: it can be written in place, and needs no memory.
void take_back(Context& context, const Move& move, size_t count) {
  KeyWriter destination = context.write(move.destination, Touch::kPeek);
  Owned<Collection>& list = destination.edit(Type::kList);
  const size_t first = move.to == ListEnd::kHead ? 0 : List::size(*list) - count;
  List::erase(list, first, count, destination.values());
  destination.close_edit();
}

/// Pushes what the source still has, and then takes it from there: no element is ever lost.
void carry_over(Context& context, const Move& move, std::span<const Bytes> elements) {
  if (!turn_around(context, move, elements)) {
    push(context, move, elements);
    try {
      erase(context, move, elements.size());
    } catch (const std::bad_alloc&) {
      take_back(context, move, elements.size());
      throw;
    }
  }
  {
    // One change, though both keys have changed.
    KeyWriter destination = context.write(move.destination, Touch::kPeek);
    destination.edited(kEventList, push_event(move.to));
    --context.books().dirty;
  }
  context.list_grew(move.destination);
  KeyWriter source = context.write(move.source, Touch::kPeek);
  source.edited(kEventList, pop_event(move.from), elements.size());
}

/// False when the source has nothing to move.
bool move_one(Context& context, const Move& move) {
  const Collection* source = source_of(context, move);
  if (source == nullptr) return context.failed();
  const ListCursor at(*source, move.from == ListEnd::kHead ? 0 : List::size(*source) - 1);
  PackElement::Scratch scratch;
  const std::string element(at.get().bytes(scratch));
  const Bytes view = element;
  // First what may find no memory and is taken back then.
  context.reply.bulk(view);
  carry_over(context, move, std::span<const Bytes>(&view, 1));
  return true;
}

bool parse_ends(Context& context, Move& move) {
  const std::optional<ListEnd> from = parse_list_end(context.arg(3));
  const std::optional<ListEnd> to = parse_list_end(context.arg(4));
  if (!from || !to) {
    context.error(errors::kSyntax);
    return false;
  }
  move.from = *from;
  move.to = *to;
  return true;
}

void lmove_command(Context& context) {
  Move move{context.arg(1), context.arg(2), ListEnd::kHead, ListEnd::kHead};
  if (parse_ends(context, move) && !move_one(context, move)) context.reply.null();
}

void rpoplpush_command(Context& context) {
  const Move move{context.arg(1), context.arg(2), ListEnd::kTail, ListEnd::kHead};
  if (!move_one(context, move)) context.reply.null();
}

// ---- Waiting for an element. The journal gets the move that it came to.

void move_or_wait(Context& context, const Move& move, Bytes timeout) {
  const std::optional<int64_t> timeout_ms = parse_block_timeout(context, timeout);
  if (!timeout_ms) return;
  if (!move_one(context, move)) {
    // In a transaction it is what LMOVE would answer.
    if (!context.may_wait()) return context.reply.null();
    return context.block({Type::kList, std::span<const Bytes>(&move.source, 1), *timeout_ms});
  }
  if (context.failed()) return;
  const auto word = [](ListEnd end) { return end == ListEnd::kHead ? Bytes("LEFT") : "RIGHT"; };
  context.journal_as({"LMOVE", move.source, move.destination, word(move.from), word(move.to)});
}

void blmove_command(Context& context) {
  Move move{context.arg(1), context.arg(2), ListEnd::kHead, ListEnd::kHead};
  if (parse_ends(context, move)) move_or_wait(context, move, context.arg(5));
}

void brpoplpush_command(Context& context) {
  move_or_wait(context, {context.arg(1), context.arg(2), ListEnd::kTail, ListEnd::kHead},
               context.arg(3));
}

// ---- LMOVEM.

struct HowMany {
  uint64_t count = 1;
  bool exactly = false;
  bool one_by_one = false;
};

std::optional<HowMany> parse_how_many(Context& context, size_t at) {
  HowMany how;
  Arguments arguments(context, at);
  if (arguments.done()) return how;
  Bytes word;
  how.exactly = arguments.take("EXACTLY", word);
  if (!how.exactly && !arguments.take("COUNT", word)) return context.fail(errors::kSyntax);
  how.one_by_one = arguments.take("OBO");
  if (!how.one_by_one && !arguments.take("BULK")) return context.fail(errors::kSyntax);
  if (!arguments.done()) return context.fail(errors::kSyntax);
  const std::optional<int64_t> count = parse_integer(word);
  if (!count || *count <= 0) return context.fail("ERR count should be greater than 0");
  how.count = static_cast<uint64_t>(*count);
  return how;
}

/// False when the source has nothing to move, or not exactly enough.
bool move_many(Context& context, const Move& move, const HowMany& how) {
  const Collection* source = source_of(context, move);
  if (context.failed()) return true;
  const size_t size = source == nullptr ? 0 : List::size(*source);
  if (size == 0 || (how.exactly && size < how.count)) return false;

  Luggage luggage(*source, move.from, static_cast<size_t>(std::min<uint64_t>(how.count, size)));
  // A push turns what goes to the head around; in bulk it keeps the order it had in the source.
  const bool turned = move.to == ListEnd::kHead;
  if (!how.one_by_one && (move.from == ListEnd::kTail) != turned) luggage.reverse();
  const std::vector<Bytes> elements = luggage.views();
  context.reply.array(elements.size());
  for (size_t i = 0; i < elements.size(); ++i) {
    context.reply.bulk(elements[turned ? elements.size() - 1 - i : i]);
  }
  carry_over(context, move, elements);
  return true;
}

void lmovem_command(Context& context) {
  Move move{context.arg(1), context.arg(2), ListEnd::kHead, ListEnd::kHead};
  if (!parse_ends(context, move)) return;
  const std::optional<HowMany> how = parse_how_many(context, 5);
  if (how && !move_many(context, move, *how)) context.reply.null_array();
}

void blmovem_command(Context& context) {
  Move move{context.arg(1), context.arg(2), ListEnd::kHead, ListEnd::kHead};
  if (!parse_ends(context, move)) return;
  const std::optional<int64_t> timeout_ms = parse_block_timeout(context, context.arg(5));
  if (!timeout_ms) return;
  const std::optional<HowMany> how = parse_how_many(context, 6);
  if (!how) return;
  if (!move_many(context, move, *how)) {
    const std::span<const Bytes> keys(&move.source, 1);
    return context.block({.type = Type::kList,
                          .keys = keys,
                          .timeout_ms = *timeout_ms,
                          .as_it_grows = how->exactly});
  }
  if (context.failed()) return;
  std::vector<Bytes> words = {"LMOVEM"};
  for (size_t i = 1; i < context.argc(); ++i) {
    if (i != 5) words.push_back(context.arg(i));
  }
  context.journal_as(words);
}

constexpr KeySpec kSource = key_at(1, kKeyRW | kKeyAccess | kKeyDelete);
constexpr KeySpec kDestination = key_at(2, kKeyRW | kKeyInsert);

constexpr CommandSpec kRows[] = {
    {.name = "lmove",
     .handler = lmove_command,
     .arity = 5,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryList,
     .keys = {kSource, kDestination},
     .group = "list",
     .since = "6.2.0",
     .summary = "Moves an element from an end of one list to an end of another, and gives it.",
     .complexity = "O(1)",
     .syntax = "source destination (LEFT | RIGHT) (LEFT | RIGHT)"},
    {.name = "rpoplpush",
     .handler = rpoplpush_command,
     .arity = 3,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryList,
     .keys = {kSource, kDestination},
     .group = "list",
     .since = "1.2.0",
     .summary = "Moves the last element of a list to the head of another, and gives it.",
     .complexity = "O(1)",
     .syntax = "source destination",
     .deprecated_since = "6.2.0",
     .replaced_by = "LMOVE with the RIGHT and LEFT arguments"},
    {.name = "blmove",
     .handler = blmove_command,
     .arity = 6,
     .flags = kWrite | kDenyOom | kNoscript | kBlocking,
     .categories = kCategoryList,
     .keys = {kSource, kDestination},
     .group = "list",
     .since = "6.2.0",
     .summary = "Moves an element from an end of one list to an end of another, or waits for one.",
     .complexity = "O(1)",
     .syntax = "source destination (LEFT | RIGHT) (LEFT | RIGHT) timeout:double"},
    {.name = "brpoplpush",
     .handler = brpoplpush_command,
     .arity = 4,
     .flags = kWrite | kDenyOom | kNoscript | kBlocking,
     .categories = kCategoryList,
     .keys = {kSource, kDestination},
     .group = "list",
     .since = "2.2.0",
     .summary = "Moves the last element of a list to the head of another, or waits for one.",
     .complexity = "O(1)",
     .syntax = "source destination timeout:double",
     .deprecated_since = "6.2.0",
     .replaced_by = "BLMOVE with the RIGHT and LEFT arguments"},
    {.name = "lmovem",
     .handler = lmovem_command,
     .arity = -5,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryList,
     .keys = {kSource, kDestination},
     .group = "list",
     .since = "8.10.0",
     .summary = "Moves elements from an end of one list to an end of another, and gives them.",
     .complexity = "O(N) for N elements moved",
     .syntax = "source destination (LEFT | RIGHT) (LEFT | RIGHT) [(COUNT count | EXACTLY exactly) "
               "(OBO | BULK)]"},
    {.name = "blmovem",
     .handler = blmovem_command,
     .arity = -6,
     .flags = kWrite | kDenyOom | kBlocking,
     .categories = kCategoryList,
     .keys = {kSource, kDestination},
     .group = "list",
     .since = "8.10.0",
     .summary = "Moves elements from an end of one list to an end of another, or waits for them.",
     .complexity = "O(N) for N elements moved",
     .syntax =
         "source destination (LEFT | RIGHT) (LEFT | RIGHT) timeout:double [(COUNT count | EXACTLY "
         "exactly) (OBO | BULK)]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> list_move_commands() {
  return kRows;
}

}  // namespace sorrel
