#include "server/embed_command.h"

#include "core/resp/reply_reader.h"
#include "server/embed_reply.h"

#include <cstdint>

namespace sorrel {
namespace {

constexpr size_t kNameBytesMax = 16;
// The last argument that a key can be said to be; steps are no longer.
constexpr int kArgumentMax = 65535;

constexpr struct {
  unsigned flag;
  uint32_t meaning;
} kFlags[] = {
    {SORREL_COMMAND_WRITE, kWrite},     {SORREL_COMMAND_READONLY, kReadonly},
    {SORREL_COMMAND_DENYOOM, kDenyOom}, {SORREL_COMMAND_ADMIN, kAdmin},
    {SORREL_COMMAND_FAST, kFast},       {SORREL_COMMAND_NOSCRIPT, kNoscript},
    {SORREL_COMMAND_LOADING, kLoading},
};

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

uint32_t known_flags(unsigned flags) {
  uint32_t meaning = 0;
  for (const auto& known : kFlags) {
    if ((flags & known.flag) != 0) meaning |= known.meaning;
  }
  return meaning;
}

unsigned all_flags() {
  unsigned all = 0;
  for (const auto& known : kFlags) all |= known.flag;
  return all;
}

std::optional<std::string> key_objection(const HostCommand::Terms& terms) {
  const sorrel_keys& keys = terms.keys;
  if (keys.first == 0 && keys.last == 0 && keys.step == 0) return std::nullopt;
  const bool ordered =
      keys.first > 0 && keys.step > 0 && (keys.last < 0 || keys.last >= keys.first);
  if (!ordered) {
    return "keys go from argument 1 or later, in steps, to an argument that isn't before the first";
  }
  if (keys.first > kArgumentMax || keys.last > kArgumentMax || keys.last < -kArgumentMax ||
      keys.step > kArgumentMax) {
    return "keys are among the arguments 1 to " + std::to_string(kArgumentMax);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> HostCommand::objection(const Terms& terms) {
  if (terms.name.empty() || terms.name.size() > kNameBytesMax) {
    return "a command's name has 1 to 16 characters";
  }
  for (const char c : terms.name) {
    if (!is_name_character(c)) return "a command's name has letters, digits, '.', '-' and '_'";
  }
  if (terms.arity == 0) return "the arity counts the name, so it isn't 0";
  if ((terms.flags & ~all_flags()) != 0) return "an unknown flag";
  const bool writes = (terms.flags & SORREL_COMMAND_WRITE) != 0;
  if (writes && (terms.flags & SORREL_COMMAND_READONLY) != 0) {
    return "a command either writes or reads only";
  }
  if (!writes && (terms.flags & SORREL_COMMAND_DENYOOM) != 0) {
    return "only a command that writes can be refused for want of memory";
  }
  return key_objection(terms);
}

HostCommand::HostCommand(Terms terms, InstanceLink& link) : terms_(std::move(terms)), link_(link) {
  name = terms_.name;
  handler = &HostCommand::handle;
  arity = terms_.arity;
  flags = known_flags(terms_.flags);
  group = "module";
  since = "7.2.0";
  summary = "A command of the program that the server is part of.";
  complexity = "Unknown.";
  if (terms_.keys.first == 0) return;
  const bool writes = (terms_.flags & SORREL_COMMAND_WRITE) != 0;
  const int first = terms_.keys.first, last = terms_.keys.last;
  keys[0] = keys_from(
      first, last < 0 ? last : last - first, terms_.keys.step,
      writes ? unsigned{kKeyRW} | kKeyAccess | kKeyUpdate : unsigned{kKeyRO} | kKeyAccess);
}

void HostCommand::handle(Context& context) {
  static_cast<const HostCommand*>(context.command.spec)->call(context);
}

void HostCommand::call(Context& context) const {
  context.journal_nothing();
  if (terms_.function == nullptr) return context.error("ERR the server is closing");
  Output& output = context.reply.output();
  const uint64_t before = output.end_offset();
  std::vector<const char*> argv;
  std::vector<size_t> lengths;
  // Functions in C may take a NUL for granted, and the parser's views have none.
  std::string copy;
  size_t bytes = 0;
  for (const Bytes arg : context.args) bytes += arg.size() + 1;
  copy.reserve(bytes);
  for (const Bytes arg : context.args) {
    argv.push_back(copy.data() + copy.size());
    lengths.push_back(arg.size());
    copy.append(arg).push_back('\0');
  }
  sorrel_call call(context);
  {
    const InstanceLink::Nesting nesting(link_, !context.may_wait());
    terms_.function(&call, static_cast<int>(argv.size()), argv.data(), lengths.data(), terms_.user);
  }
  if (call.complete()) return;
  if (before >= output.begin_offset()) output.rollback(before);
  context.error("ERR '" + terms_.name + "' didn't give exactly one reply");
}

}  // namespace sorrel

namespace {

// The reply, and aggregates inside one another: EXEC's around it must be readable, too.
constexpr size_t kOpenMax = 65;
static_assert(kOpenMax < sorrel::ReplyLimits().depth_max);

}  // namespace

bool sorrel_call::add(size_t children) {
  if (left.empty() || (children != 0 && left.size() == kOpenMax)) {
    surplus = true;
    return false;
  }
  --left.back();
  left.push_back(children);
  while (!left.empty() && left.back() == 0) left.pop_back();
  return true;
}

namespace sorrel {
namespace {

Bytes text_or_empty(const char* text) {
  return text == nullptr ? Bytes() : Bytes(text);
}

// As it was, level by level; the reader that made it has bounded its depth.
void copy_reply(sorrel_call& call, const ReplyView& view) {
  ReplyWriter& reply = call.context.reply;
  const ReplyView inner = view.without_attribute();
  if (!call.add(inner.size())) return;
  switch (inner.type()) {
    case ReplyType::kSimple:
      return reply.simple(inner.text());
    case ReplyType::kError:
    case ReplyType::kBulkError:
      return call.context.error(inner.text());
    case ReplyType::kInteger:
      return reply.integer(inner.integer());
    case ReplyType::kBulk:
      return reply.bulk(inner.text());
    case ReplyType::kVerbatim:
      return reply.verbatim(inner.text(), "txt");
    case ReplyType::kBigNumber:
      return reply.big_number(inner.text());
    case ReplyType::kNull:
    case ReplyType::kAttribute:
      return reply.null();
    case ReplyType::kReal:
      return reply.real(inner.real());
    case ReplyType::kBoolean:
      return reply.boolean(inner.integer() != 0);
    case ReplyType::kArray:
    case ReplyType::kPush:
      reply.array(inner.size());
      break;
    case ReplyType::kMap:
      reply.map(inner.size() / 2);
      break;
    case ReplyType::kSet:
      reply.set(inner.size());
      break;
  }
  for (size_t i = 0; i < inner.size(); ++i) copy_reply(call, inner[i]);
}

}  // namespace
}  // namespace sorrel

void sorrel_call_status(sorrel_call* call, const char* text) {
  if (call != nullptr && call->add()) call->context.reply.simple(sorrel::text_or_empty(text));
}

void sorrel_call_error(sorrel_call* call, const char* text) {
  if (call != nullptr && call->add()) call->context.error(sorrel::text_or_empty(text));
}

void sorrel_call_string(sorrel_call* call, const char* bytes, size_t length) {
  if (call == nullptr || !call->add()) return;
  call->context.reply.bulk(bytes == nullptr ? sorrel::Bytes() : sorrel::Bytes(bytes, length));
}

void sorrel_call_integer(sorrel_call* call, int64_t value) {
  if (call != nullptr && call->add()) call->context.reply.integer(value);
}

void sorrel_call_real(sorrel_call* call, double value) {
  if (call != nullptr && call->add()) call->context.reply.real(value);
}

void sorrel_call_boolean(sorrel_call* call, int value) {
  if (call != nullptr && call->add()) call->context.reply.boolean(value != 0);
}

void sorrel_call_null(sorrel_call* call) {
  if (call != nullptr && call->add()) call->context.reply.null();
}

void sorrel_call_array(sorrel_call* call, size_t elements) {
  if (call != nullptr && call->add(elements)) call->context.reply.array(elements);
}

void sorrel_call_map(sorrel_call* call, size_t pairs) {
  if (call == nullptr) return;
  if (pairs > SIZE_MAX / 2) {
    call->surplus = true;
  } else if (call->add(2 * pairs)) {
    call->context.reply.map(pairs);
  }
}

void sorrel_call_set(sorrel_call* call, size_t elements) {
  if (call != nullptr && call->add(elements)) call->context.reply.set(elements);
}

void sorrel_call_reply(sorrel_call* call, const sorrel_reply* reply) {
  if (call == nullptr) return;
  if (reply == nullptr) return sorrel_call_null(call);
  sorrel::copy_reply(*call, reply->tree->view(*reply));
}

int sorrel_call_database(const sorrel_call* call) {
  return call == nullptr ? 0 : call->context.session.db;
}
