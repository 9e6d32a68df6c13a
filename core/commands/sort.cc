// SORT and SORT_RO: the elements of a list, a set or a sorted set in an order of their own.
//
// Text is compared byte by byte, as Redis does in the C locale: a library has no business with its
// host's. Elements that compare the same keep the order they have (a set's come by their bytes), so
// that the journal stores again what was stored.

#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/commands/set_reply.h"
#include "core/commands/sort_pattern.h"
#include "core/engine.h"
#include "core/structure/drop_on_throw.h"
#include "core/value/list.h"
#include "core/value/zset.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace sorrel {
namespace {

constexpr Bytes kNotANumber = "ERR One or more scores can't be converted into double";

// Less than such a part is found without sorting the rest.
constexpr size_t kPartSorted = 8;

struct SortOptions {
  std::optional<SortPattern> by;
  bool unsorted = false;  // BY a constant
  int64_t first = 0;
  int64_t count = -1;  // negative: all
  std::vector<SortPattern> get;
  bool descending = false;
  bool alpha = false;
  std::optional<Bytes> store;
};

// ---- Parsing.

/// False when an error was answered.
bool parse_limit(Context& context, Arguments& arguments, SortOptions& options) {
  const std::optional<int64_t> first = parse_integer(arguments.next());
  const std::optional<int64_t> count = first ? parse_integer(arguments.next()) : std::nullopt;
  if (!count) {
    context.error(errors::kNotAnInteger);
    return false;
  }
  options.first = *first;
  options.count = *count;
  return true;
}

/// Nothing when an error was answered.
std::optional<SortOptions> parse_sort(Context& context, bool may_store) {
  SortOptions options;
  Arguments arguments(context, 2);
  while (!arguments.done()) {
    Bytes value;
    if (arguments.take("ASC")) {
      options.descending = false;
    } else if (arguments.take("DESC")) {
      options.descending = true;
    } else if (arguments.take("ALPHA")) {
      options.alpha = true;
    } else if (arguments.left() >= 3 && arguments.take("LIMIT")) {
      if (!parse_limit(context, arguments, options)) return std::nullopt;
    } else if (may_store && arguments.take("STORE", value)) {
      options.store = value;
    } else if (arguments.take("BY", value)) {
      options.by.emplace(value);
      options.unsorted |= options.by->is_constant();
    } else if (arguments.take("GET", value)) {
      options.get.emplace_back(value);
    } else {
      context.error(errors::kSyntax);
      return std::nullopt;
    }
  }
  return options;
}

// ---- Loading.

struct Element {
  std::string text;
  std::optional<std::string> by;  // of ALPHA with BY
  double weight = 0;              // of a numeric sort
};
using Elements = std::vector<Element>;

std::string text_of(const PackElement& element) {
  PackElement::Scratch scratch;
  return std::string(element.bytes(scratch));
}

struct Window {
  size_t begin;
  size_t end;
};

Window window_of(const SortOptions& options, size_t size) {
  const size_t begin = std::min(static_cast<size_t>(std::max<int64_t>(options.first, 0)), size);
  const size_t left = size - begin;
  const size_t count =
      options.count < 0 ? left : std::min(static_cast<size_t>(options.count), left);
  return {begin, begin + count};
}

/// The elements of the window, as counted from the last in reverse.
Elements load_list(const Collection& list, const Window& window, bool reverse) {
  Elements elements;
  if (window.begin == window.end) return elements;
  const size_t size = List::size(list);
  ListCursor at(list, reverse ? size - 1 - window.begin : window.begin);
  for (size_t left = window.end - window.begin; left != 0; --left) {
    elements.push_back({text_of(at.get()), {}, 0});
    reverse ? at.previous() : at.next();
  }
  return elements;
}

Elements load_set(const SetValue& set) {
  Elements elements;
  set.for_each([&](const SetElement& member) { elements.push_back({text_of(member), {}, 0}); });
  return elements;
}

Elements load_zset(const Zset& zset, const Window& window, bool reverse) {
  Elements elements;
  const RankRange ranks = reverse ? RankRange{zset.size() - window.end, zset.size() - window.begin}
                                  : RankRange{window.begin, window.end};
  zset.for_each(ranks, reverse, [&](Bytes member, double) {
    elements.push_back({std::string(member), {}, 0});
  });
  return elements;
}

/// What the sort can give: where BY a constant leaves the order at that, the window alone, and DESC
/// goes from the last to the first. A set has no order.
Elements load(Context& context, const Entry* entry, SortOptions& options) {
  if (entry == nullptr) return {};
  if (entry->type() != Type::kSet) {
    const bool reverse = options.unsorted && options.descending;
    const Collection& collection = *entry->collection();
    const size_t size = collection.size(entry->type());
    const Window window = options.unsorted ? window_of(options, size) : Window{0, size};
    // It has been cut.
    if (options.unsorted) options.first = 0, options.count = -1;
    return entry->type() == Type::kList ? load_list(collection, window, reverse)
                                        : load_zset(Zset(collection), window, reverse);
  }
  Elements elements = load_set(set_of(context, *entry));
  if (options.alpha && options.by) {
    // Equal weights are possible, and a set's order is another on each server.
    std::sort(elements.begin(), elements.end(),
              [](const Element& left, const Element& right) { return left.text < right.text; });
  }
  return elements;
}

/// What strtod makes of a C string: space may stand before the number, and a NUL ends it.
std::optional<double> parse_weight(Bytes text) {
  text = text.substr(0, text.find('\0'));
  if (text.empty()) return 0.0;
  const size_t first = text.find_first_not_of(" \t\n\v\f\r");
  return first == Bytes::npos ? std::nullopt : parse_real(text.substr(first));
}

/// What the elements are compared by; false when an error was answered.
bool weigh(Context& context, const SortOptions& options, Elements& elements) {
  for (Element& element : elements) {
    std::optional<std::string> by;
    if (options.by) by = options.by->value(context, element.text);
    if (options.alpha) {
      element.by = std::move(by);
      continue;
    }
    if (options.by && !by) continue;
    const std::optional<double> weight = parse_weight(by ? Bytes(*by) : Bytes(element.text));
    if (!weight) {
      context.error(kNotANumber);
      return false;
    }
    element.weight = *weight;
  }
  return true;
}

// ---- Sorting.

int compare(const Element& left, const Element& right, const SortOptions& options) {
  if (!options.alpha) {
    if (left.weight != right.weight) return left.weight < right.weight ? -1 : 1;
    return left.text.compare(right.text);
  }
  if (!options.by) return left.text.compare(right.text);
  if (!left.by || !right.by) return int{left.by.has_value()} - int{right.by.has_value()};
  return left.by->compare(*right.by);
}

/// The elements of the window, in their order.
std::vector<const Element*> sorted(const Elements& elements, const SortOptions& options,
                                   const Window& window) {
  std::vector<const Element*> order;
  order.reserve(elements.size());
  for (const Element& element : elements) order.push_back(&element);
  const auto begin = order.begin();
  const auto end = begin + static_cast<ptrdiff_t>(window.end);
  if (!options.unsorted) {
    const auto is_before = [&](const Element* left, const Element* right) {
      const int compared = compare(*left, *right, options);
      if (compared != 0) return options.descending ? compared > 0 : compared < 0;
      return left < right;  // as they were loaded
    };
    if (window.end < order.size() / kPartSorted) {
      std::partial_sort(begin, end, order.end(), is_before);
    } else {
      std::sort(begin, order.end(), is_before);
    }
  }
  return {begin + static_cast<ptrdiff_t>(window.begin), end};
}

// ---- Output.

void reply_sorted(Context& context, const std::vector<const Element*>& order,
                  const SortOptions& options) {
  context.reply.array(order.size() * std::max<size_t>(options.get.size(), 1));
  for (const Element* element : order) {
    if (options.get.empty()) context.reply.bulk(element->text);
    for (const SortPattern& pattern : options.get) {
      const std::optional<std::string> value = pattern.value(context, element->text);
      value ? context.reply.bulk(*value) : context.reply.null();
    }
  }
}

std::vector<std::string> values_of(Context& context, const std::vector<const Element*>& order,
                                   const SortOptions& options) {
  std::vector<std::string> values;
  for (const Element* element : order) {
    if (options.get.empty()) values.push_back(element->text);
    for (const SortPattern& pattern : options.get) {
      values.push_back(pattern.value(context, element->text).value_or(std::string()));
    }
  }
  return values;
}

void store_sorted(Context& context, const std::vector<std::string>& values, Bytes destination) {
  KeyWriter key = context.write(destination, Touch::kPeek);
  if (!values.empty()) {
    const std::vector<Bytes> views(values.begin(), values.end());
    Owned<Collection> list;
    const DropOnThrow guard(list, key.values().epoch);
    List::push(list, ListEnd::kTail, views, key.values());
    key.put_collection(Type::kList, std::move(list));
    key.count_changes(values.size() - 1);
    key.notify(kEventList, "sortstore");
  } else if (key.erase()) {
    key.notify(kEventGeneric, "del");
  }
  context.reply.integer(static_cast<int64_t>(values.size()));
}

bool is_sortable(const Entry* entry) {
  if (entry == nullptr) return true;
  const Type type = entry->type();
  return type == Type::kList || type == Type::kSet || type == Type::kZset;
}

void sort_generic(Context& context, bool may_store) {
  std::optional<SortOptions> options = parse_sort(context, may_store);
  if (!options) return;
  const Entry* entry = context.read(context.arg(1));
  if (options->store) entry = context.db().settle(context.books(), entry);
  if (!is_sortable(entry)) return context.error(errors::kWrongType);
  const bool is_set = entry != nullptr && entry->type() == Type::kSet;
  if (is_set && options->store && options->unsorted) {
    // A set has no order of its own, and what is stored must be the same everywhere.
    options->unsorted = false;
    options->alpha = true;
    options->by.reset();
  }
  Elements elements = load(context, entry, *options);
  if (!options->unsorted && !weigh(context, *options, elements)) return;
  const std::vector<const Element*> order =
      sorted(elements, *options, window_of(*options, elements.size()));
  if (!options->store) return reply_sorted(context, order, *options);
  store_sorted(context, values_of(context, order, *options), *options->store);
}

void sort_command(Context& context) {
  sort_generic(context, true);
}
void sort_ro_command(Context& context) {
  sort_generic(context, false);
}

// Where the result is stored, of a call that may be wrong.
size_t sort_destination(std::span<const Bytes> args) {
  size_t found = 0;
  for (size_t i = 2; i < args.size(); ++i) {
    if (equals_ignore_case(args[i], "limit")) {
      i += 2;
    } else if (equals_ignore_case(args[i], "get") || equals_ignore_case(args[i], "by")) {
      ++i;
    } else if (equals_ignore_case(args[i], "store") && i + 1 < args.size()) {
      found = i + 1;
    }
  }
  return found;
}

constexpr KeySpec unknown_keys(unsigned flags) {
  KeySpec spec;
  spec.flags = static_cast<uint16_t>(flags);
  spec.begin = KeySpec::Begin::kUnknown;
  spec.find = KeySpec::Find::kUnknown;
  return spec;
}

constexpr CommandSpec kRows[] = {
    {.name = "sort",
     .handler = sort_command,
     .arity = -2,
     .flags = kWrite | kDenyOom | kMovableKeys,
     .categories = kCategorySet | kCategorySortedSet | kCategoryList | kCategoryDangerous,
     .keys = {key_at(1, kKeyRO | kKeyAccess), unknown_keys(kKeyRO | kKeyAccess),
              unknown_keys(kKeyOW | kKeyUpdate)},
     .unknown_key_of = sort_destination,
     .group = "generic",
     .since = "1.0.0",
     .summary = "Gives the elements of a list, a set or a sorted set in order, or stores them.",
     .complexity = "O(N+M*log(M)) for N elements of which M are given; O(N) without sorting",
     .syntax = "key [BY by-pattern] [LIMIT offset count] [GET get-pattern [GET get-pattern ...]] "
               "[ASC | DESC] [ALPHA] [STORE destination]"},
    {.name = "sort_ro",
     .handler = sort_ro_command,
     .arity = -2,
     .flags = kReadonly | kMovableKeys,
     .categories = kCategorySet | kCategorySortedSet | kCategoryList | kCategoryDangerous,
     .keys = {key_at(1, kKeyRO | kKeyAccess), unknown_keys(kKeyRO | kKeyAccess)},
     .group = "generic",
     .since = "7.0.0",
     .summary = "Gives the elements of a list, a set or a sorted set in order.",
     .complexity = "O(N+M*log(M)) for N elements of which M are given; O(N) without sorting",
     .syntax = "key [BY by-pattern] [LIMIT offset count] [GET get-pattern [GET get-pattern ...]] "
               "[ASC | DESC] [ALPHA]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> sort_commands() {
  return kRows;
}

}  // namespace sorrel
