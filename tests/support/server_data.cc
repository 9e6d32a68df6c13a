#include "tests/support/server_data.h"

#include "core/base/quoted_words.h"
#include "tests/support/expected_reply.h"
#include "tests/support/reply_numbers.h"
#include "tests/support/stream_moments.h"

#include <algorithm>

namespace sorrel::test {
namespace {

constexpr Bytes kNoSuchDatabase = "ERR DB index is out of range";

constexpr char kDigestOfMinusZero[] = "of a zero with a sign";

/// How the content of each type is read whole, and whether its order means anything.
struct TypeReader {
  Bytes type;
  Words command;  // KEY stands for the key
  bool any_order;
  bool has_scores = false;
};

const TypeReader* reader_of(Bytes type, const std::vector<TypeReader>& readers) {
  const auto found = std::find_if(readers.begin(), readers.end(),
                                  [type](const TypeReader& r) { return r.type == type; });
  return found == readers.end() ? nullptr : &*found;
}

std::vector<TypeReader> type_readers() {
  return {
      {"string", {"GET", "KEY"}, false},
      {"list", {"LRANGE", "KEY", "0", "-1"}, false},
      {"set", {"SMEMBERS", "KEY"}, true},
      {"hash", {"HGETALL", "KEY"}, true},
      {"zset", {"ZRANGE", "KEY", "0", "-1", "WITHSCORES"}, false, true},
      {"stream", {"XINFO", "STREAM", "KEY", "FULL", "COUNT", "0"}, false},
  };
}

class DataReader {
 public:
  explicit DataReader(Channel& channel) : channel_(channel) {}

  Status read_database(int database, ServerData& data) {
    Result<Reply> selected = channel_.call({"SELECT", std::to_string(database)});
    if (!selected) return selected.status();
    if (selected.value().root().text() == kNoSuchDatabase) return Status::ok();
    Result<Reply> keys = channel_.call({"KEYS", "*"});
    if (!keys) return keys.status();
    if (keys.value().root().is_error()) return Status::failure(print_reply(keys.value().root()));
    const ReplyView names = keys.value().root();
    for (size_t i = 0; i < names.size(); ++i) {
      const std::string key(names[i].text());
      Result<KeyData> read = read_key(key);
      if (!read) return read.status();
      data[{database, key}] = std::move(read.value());
    }
    return Status::ok();
  }

 private:
  Result<KeyData> read_key(const std::string& key) {
    Result<Reply> type = channel_.call({"TYPE", key});
    Result<Reply> encoding = channel_.call({"OBJECT", "ENCODING", key});
    Result<Reply> expiry = channel_.call({"PEXPIRETIME", key});
    if (!type) return type.status();
    if (!encoding) return encoding.status();
    if (!expiry) return expiry.status();
    KeyData data{std::string(type.value().root().text()), print_reply(encoding.value().root()),
                 expiry.value().root().integer(), "", ""};
    const TypeReader* reader = reader_of(data.type, readers_);
    if (reader == nullptr) return Status::failure("a key of unknown type " + data.type);
    Words command = reader->command;
    std::replace(command.begin(), command.end(), std::string("KEY"), key);
    Result<Reply> content = channel_.call(command);
    if (!content) return content.status();
    const ReplyView whole = content.value().root();
    const std::string whole_text = print_reply(whole, reader->any_order);
    data.content = reader->has_scores ? print_with_numbers_alike(whole) : whole_text;
    const Result<Reply> digest = channel_.call({"DEBUG", "DIGEST-VALUE", key});
    if (!digest) return digest.status();
    data.digest = print_reply(digest.value().root());
    const bool has_minus_zero = reader->has_scores && whole_text.find("\"-0\"") != Bytes::npos;
    if (has_minus_zero) data.digest = kDigestOfMinusZero;
    return data;
  }

  Channel& channel_;
  std::vector<TypeReader> readers_ = type_readers();
};

std::string describe(const KeyData& data) {
  return data.type + "/" + data.encoding + ", expires at " + std::to_string(data.expire_at_ms) +
         ", digest " + data.digest + ", " + data.content;
}

bool same_expiry(int64_t left, int64_t right, int64_t tolerance_ms) {
  if (left == right) return true;
  return left >= 0 && right >= 0 && std::max(left, right) - std::min(left, right) <= tolerance_ms;
}

/// What 7.2 chooses where the reference chooses otherwise: it has a pack for a small set and a
/// small list, and takes the big form at once for a command that brings many members, though some
/// may be the same. And the reference's SORT leaves a sorted set in its big form.
bool is_newer_encoding(const KeyData& left, const std::string& right) {
  if (left.type == "list") return left.encoding == "\"quicklist\"" && right == "\"listpack\"";
  if (left.type == "hash") {
    return left.encoding == "\"listpack\"" && right == "\"hashtable\"";
  }
  if (left.type == "zset") return right == "\"listpack\"" || right == "\"skiplist\"";
  return left.type == "set" && (right == "\"listpack\"" || right == "\"hashtable\"");
}

/// A zero's sign is in the digest.
bool same_digest(const std::string& left, const std::string& right) {
  return left == right || left == kDigestOfMinusZero || right == kDigestOfMinusZero;
}

/// Where a stream's blocks end is a matter of encoding too; a message that was sent again has
/// changed nothing but their count; and when a consumer was seen isn't told to others.
std::string without_blocks_and_sightings(std::string content) {
  for (const Bytes name : {"\"radix-tree-keys\"", "\"radix-tree-nodes\"", "\"iids-duplicates\"",
                           "\"seen-time\"", "\"active-time\""}) {
    for (size_t at = 0; (at = content.find(name, at)) != std::string::npos; at += name.size()) {
      const size_t number = content.find(':', at);
      content.erase(number, content.find_first_not_of("-0123456789", number + 1) - number);
    }
  }
  // Numbers of other lengths break lines elsewhere.
  std::erase_if(content, [](char c) { return c == ' ' || c == '\n'; });
  return content;
}

bool same_content(const KeyData& left, const KeyData& right, const DataTolerance& tolerance) {
  if (left.content == right.content) return true;
  if (tolerance.clock_ms != 0 && left.type == "stream" &&
      same_but_for_moments(left.content, right.content, tolerance.clock_ms)) {
    return true;
  }
  return tolerance.any_encoding && left.type == "stream" &&
         without_blocks_and_sightings(left.content) == without_blocks_and_sightings(right.content);
}

bool same(const KeyData& left, const KeyData& right, const DataTolerance& tolerance) {
  const bool same_encoding = left.encoding == right.encoding || tolerance.any_encoding ||
                             is_newer_encoding(left, right.encoding);
  return left.type == right.type && same_encoding && same_content(left, right, tolerance) &&
         same_digest(left.digest, right.digest) &&
         same_expiry(left.expire_at_ms, right.expire_at_ms, tolerance.clock_ms);
}

std::string name_of(const ServerData::key_type& key) {
  return "database " + std::to_string(key.first) + ", key " + quote_word(key.second);
}

}  // namespace

Result<ServerData> read_server_data(Peer& peer) {
  Result<std::unique_ptr<Channel>> channel = peer.connect(Protocol::kResp2);
  if (!channel) return channel.status();
  return read_server_data(*channel.value());
}

Result<ServerData> read_server_data(Channel& channel) {
  DataReader reader(channel);
  ServerData data;
  for (int database = 0; database < kDatabases; ++database) {
    if (Status status = reader.read_database(database, data); !status) return status;
  }
  return data;
}

std::optional<std::string> first_difference(const ServerData& left, const ServerData& right,
                                            const DataTolerance& tolerance) {
  for (const auto& [key, data] : left) {
    const auto other = right.find(key);
    if (other == right.end()) return name_of(key) + ": only the first has it";
    if (same(data, other->second, tolerance)) continue;
    return name_of(key) + ":\n    " + describe(data) + "\n    " + describe(other->second);
  }
  for (const auto& [key, data] : right) {
    if (!left.contains(key)) return name_of(key) + ": only the second has it";
  }
  return std::nullopt;
}

}  // namespace sorrel::test
