#include "tests/differential/look_up.h"

#include "tests/support/expected_reply.h"
#include "tests/support/reply_numbers.h"

#include <algorithm>
#include <set>

namespace sorrel::test {
namespace {

using Elements = std::multiset<std::string>;

void add_leaves(ReplyView reply, std::vector<ReplyView>& leaves) {
  if (!reply.is_aggregate()) leaves.push_back(reply);
  for (size_t i = 0; i < reply.size(); ++i) add_leaves(reply[i], leaves);
}

/// Elements of `width` leaves each, of which the first `kept` are looked at. Only behind a member
/// can there be a score.
Elements elements_of(ReplyView reply, size_t width, size_t kept) {
  std::vector<ReplyView> leaves;
  add_leaves(reply, leaves);
  Elements elements;
  for (size_t i = 0; i + width <= leaves.size(); i += width) {
    std::string element = print_reply(leaves[i]) + " ";
    if (kept > 1) element += print_with_numbers_alike(leaves[i + 1]) + " ";
    elements.insert(std::move(element));
  }
  return elements;
}

char type_of(const Words& command) {
  return to_upper(command[0][0]);
}

/// The whole collection, its elements in the form in which `command` draws them.
Result<Elements> read_whole(Channel& channel, const Words& command, bool with_values) {
  const std::string& key = command[1];
  const bool is_set = type_of(command) == 'S';
  Words words = {"SMEMBERS", key};
  if (type_of(command) == 'H') words = {"HGETALL", key};
  if (type_of(command) == 'Z') words = {"ZRANGE", key, "0", "-1", "WITHSCORES"};
  const Result<Reply> reply = channel.call(words);
  if (!reply) return reply.status();
  return elements_of(reply.value().root(), is_set ? 1 : 2, with_values ? 2 : 1);
}

std::optional<std::string> check_drawn(const Words& command, const Reply& drawn, Channel& other) {
  constexpr size_t kCountAt = 2;
  const bool with_values = command.size() > kCountAt + 1;
  const Result<Elements> whole = read_whole(other, command, with_values);
  if (!whole) return whole.status().message();
  const size_t width = with_values ? 2 : 1;
  const Elements elements = elements_of(drawn.root(), width, width);
  const bool distinct = command.size() > kCountAt && !command[kCountAt].starts_with('-');
  for (const std::string& element : elements) {
    if (!whole.value().contains(element)) return element + "isn't in the other side's collection";
    if (distinct && elements.count(element) > 1) return element + "was drawn twice";
  }
  return std::nullopt;
}

bool exists(Channel& channel, const Reply& key) {
  const Result<Reply> reply = channel.call({"EXISTS", std::string(key.root().text())});
  return reply && reply.value().root().integer() == 1;
}

std::optional<std::string> look_up_key(Drawn left, Drawn right) {
  if (left.reply.root().type() != ReplyType::kBulk) return std::nullopt;
  if (exists(right.channel, left.reply) && exists(left.channel, right.reply)) return std::nullopt;
  return print_reply(left.reply.root()) + " and " + print_reply(right.reply.root()) +
         ": one doesn't exist on the other side";
}

std::optional<std::string> look_up_drawn(const Words& command, Drawn left, Drawn right) {
  if (left.reply.bytes() == right.reply.bytes()) return std::nullopt;
  const auto wrong = check_drawn(command, left.reply, right.channel);
  return wrong ? wrong : check_drawn(command, right.reply, left.channel);
}

Result<Elements> with_what_is_left(const Words& command, Drawn side) {
  Result<Elements> left = read_whole(side.channel, command, false);
  if (left) left.value().merge(elements_of(side.reply.root(), 1, 1));
  return left;
}

std::optional<std::string> delete_key(const Words& command, Drawn left, Drawn right) {
  if (left.reply.bytes() == right.reply.bytes()) return std::nullopt;
  for (const Drawn& side : {left, right}) {
    const Result<Reply> deleted = side.channel.call({"DEL", command[1]});
    if (!deleted) return deleted.status().message();
  }
  return std::nullopt;
}

std::optional<std::string> look_up_popped(const Words& command, Drawn left, Drawn right) {
  if (left.reply.bytes() == right.reply.bytes()) return std::nullopt;
  const Result<Elements> first = with_what_is_left(command, left);
  const Result<Elements> second = with_what_is_left(command, right);
  if (!first || !second) return "a side can't be asked what is left";
  if (first.value() != second.value()) return "what was popped and what is left isn't the same";
  return delete_key(command, left, right);
}

}  // namespace

std::optional<std::string> look_up(Rule rule, const Words& command, Drawn left, Drawn right) {
  switch (rule) {
    case Rule::kDrawnElements:
      return look_up_drawn(command, left, right);
    case Rule::kPoppedElements:
      return look_up_popped(command, left, right);
    case Rule::kDiffersDeleted:
      return delete_key(command, left, right);
    default:
      return look_up_key(left, right);
  }
}

}  // namespace sorrel::test
