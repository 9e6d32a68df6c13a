#include "core/command/syntax.h"

#include "core/base/check.h"
#include "core/base/text.h"

#include <algorithm>
#include <span>
#include <utility>

namespace sorrel {
namespace {

bool is_upper(Bytes word) {
  return std::any_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; }) &&
         std::none_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

/// A word that stands for itself though it has no letters: MAXLEN ~ 100.
bool is_symbol(Bytes word) {
  return word == "=" || word == "~" || word == "*" || word == "$";
}

constexpr Bytes kTypes[] = {"string",  "integer",   "double",    "key",
                            "pattern", "unix-time", "pure-token"};

bool one_of(std::string_view name, std::span<const Bytes> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Parser {
 public:
  explicit Parser(Bytes notation) {
    std::string word;
    const auto flush = [&] {
      if (!word.empty()) words_.push_back(std::move(word));
      word.clear();
    };
    for (const char c : notation) {
      if (c == ' ') {
        flush();
      } else if (c == '[' || c == ']' || c == '|' || c == '(' || c == ')') {
        flush();
        words_.emplace_back(1, c);
      } else {
        word += c;
      }
    }
    flush();
  }

  std::vector<SyntaxNode> parse() {
    std::vector<SyntaxNode> nodes = alternatives();
    VERIFY(done());
    return nodes;
  }

 private:
  bool done() const { return at_ == words_.size(); }
  bool at(Bytes word) const { return !done() && words_[at_] == word; }
  bool at_end() const { return done() || at("]") || at(")") || at("|"); }

  // a | b | c: one node when there is more than one.
  std::vector<SyntaxNode> alternatives() {
    std::vector<std::vector<SyntaxNode>> choices{sequence()};
    while (at("|")) {
      ++at_;
      choices.push_back(sequence());
    }
    if (choices.size() == 1) return std::move(choices.front());
    SyntaxNode node;
    node.kind = SyntaxNode::Kind::kOneOf;
    for (std::vector<SyntaxNode>& choice : choices)
      node.children.push_back(single(std::move(choice)));
    node.name = node.children.front().name;
    std::vector<SyntaxNode> result;
    result.push_back(std::move(node));
    return result;
  }

  std::vector<SyntaxNode> sequence() {
    std::vector<SyntaxNode> nodes;
    while (!at_end()) {
      if (at("...")) {
        ++at_;
        repeat_ = true;
        continue;
      }
      SyntaxNode node = item();
      // "key [key ...]": the repetition of what stands before it.
      if (node.optional && node.multiple && repeats_tail(nodes, node)) {
        absorb_tail(nodes, node);
      } else {
        nodes.push_back(std::move(node));
      }
    }
    return nodes;
  }

  SyntaxNode item() {
    if (at("[") || at("(")) return group();
    SyntaxNode node;
    const std::string word = words_[at_++];
    if (!is_upper(word) && !is_symbol(word)) {
      name(node, word);
      return node;
    }
    if (at("(") && is_upper(word)) return announced(word);
    // A token announces the one argument that follows it.
    if (is_upper(word) && !at_end() && !at("[") && !at("(") && !at("...") &&
        !is_upper(words_[at_])) {
      name(node, words_[at_++]);
      node.token = word;
      return node;
    }
    node.kind = SyntaxNode::Kind::kToken;
    node.name = lower(word);
    node.token = word;
    return node;
  }

  // TOKEN (a | b): the alternatives are what it announces.
  SyntaxNode announced(const std::string& token) {
    SyntaxNode node = group();
    node.name = lower(token);
    node.token = token;
    return node;
  }

  // name, or name:type; ip:port is a name
  static void name(SyntaxNode& node, const std::string& word) {
    const size_t colon = word.find(':');
    const Bytes type = colon == std::string::npos ? Bytes() : Bytes(word).substr(colon + 1);
    const bool typed = one_of(type, kTypes);
    node.name = typed ? word.substr(0, colon) : word;
    if (typed) node.written_type = type;
  }

  SyntaxNode group() {
    const bool optional = words_[at_++] == "[";
    const bool outer_repeat = std::exchange(repeat_, false);
    std::vector<SyntaxNode> inside = alternatives();
    VERIFY(at(optional ? "]" : ")"));
    ++at_;
    const bool repeats = std::exchange(repeat_, outer_repeat);
    SyntaxNode node = single(std::move(inside));
    node.optional |= optional;
    node.multiple |= repeats;
    return node;
  }

  static SyntaxNode single(std::vector<SyntaxNode>&& nodes) {
    VERIFY(!nodes.empty());
    if (nodes.size() == 1) return std::move(nodes.front());
    SyntaxNode block;
    block.kind = SyntaxNode::Kind::kBlock;
    block.name = nodes.front().name;
    block.children = std::move(nodes);
    return block;
  }

  static bool same(const SyntaxNode& a, const SyntaxNode& b) {
    return a.name == b.name && a.kind == b.kind;
  }

  static bool repeats_tail(const std::vector<SyntaxNode>& nodes, const SyntaxNode& repeat) {
    if (repeat.kind != SyntaxNode::Kind::kBlock)
      return !nodes.empty() && same(nodes.back(), repeat);
    const size_t n = repeat.children.size();
    return nodes.size() >= n && std::equal(repeat.children.begin(), repeat.children.end(),
                                           nodes.end() - static_cast<long>(n), same);
  }

  static void absorb_tail(std::vector<SyntaxNode>& nodes, SyntaxNode& repeat) {
    if (repeat.kind == SyntaxNode::Kind::kBlock) {
      nodes.resize(nodes.size() - repeat.children.size());
      repeat.optional = false;
      nodes.push_back(std::move(repeat));
    } else {
      nodes.back().multiple = true;
    }
  }

  std::vector<std::string> words_;
  size_t at_ = 0;
  bool repeat_ = false;
};

constexpr Bytes kKeyNames[] = {"key",     "newkey",    "source",   "destination",
                               "destkey", "sourcekey", "key1",     "key2",
                               "dst",     "src",       "storekey", "storedistkey"};
constexpr Bytes kIntegerNames[] = {
    "seconds",       "milliseconds",  "count",        "offset",       "index",
    "index1",        "index2",        "db",           "numkeys",      "increment",
    "cursor",        "protover",      "start",        "end",          "stop",
    "bit",           "timeout",       "client-id",    "decrement",    "destination-db",
    "min-match-len", "len",           "version",      "limit",        "numreplicas",
    "numlocal",      "slot",          "start-slot",   "end-slot",     "port",
    "rank",          "num-matches",   "ttl",          "frequency",    "bits",
    "config-epoch",  "entries-added", "entries-read", "num-vertices", "cluster-bus-port"};
constexpr Bytes kDoubleNames[] = {"longitude", "latitude", "radius", "width", "height", "score"};
constexpr Bytes kTimeNames[] = {"unix-time-seconds", "unix-time-milliseconds"};

}  // namespace

Bytes SyntaxNode::type() const {
  switch (kind) {
    case Kind::kToken:
      return "pure-token";
    case Kind::kOneOf:
      return "oneof";
    case Kind::kBlock:
      return "block";
    case Kind::kArgument:
      break;
  }
  if (!written_type.empty()) return written_type;
  if (one_of(name, kKeyNames)) return "key";
  if (one_of(name, kDoubleNames)) return "double";
  if (one_of(name, kTimeNames)) return "unix-time";
  if (one_of(name, kIntegerNames)) return "integer";
  return name == "pattern" ? "pattern" : "string";
}

std::vector<SyntaxNode> parse_syntax(Bytes notation) {
  if (notation.empty()) return {};
  return Parser(notation).parse();
}

}  // namespace sorrel
