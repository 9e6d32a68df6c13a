// ReplyWriter: a command's reply as RESP2 or RESP3, written straight into the client's Output.
//
// Made for one client and its protocol; holds no state but those two, so it is cheap to make for
// every command. What RESP2 lacks is written as what Redis writes there: a map is an array of twice
// the length, a double a bulk string, a boolean 1 or 0. In-process clients read the same bytes.
//
// Text that a client could have influenced can't break the framing: CR and LF in a simple string or
// an error become spaces; at an error's end they are dropped, as Redis does.
#pragma once

#include "core/base/bytes.h"
#include "core/base/number.h"
#include "core/resp/output.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace sorrel {

enum class Protocol : uint8_t { kResp2 = 2, kResp3 = 3 };

/// "0\r\n" … "255\r\n" with their lengths: what follows the type byte of nearly every header.
struct CountText {
  char text[7];
  uint8_t length;
};
inline constexpr auto kCountTexts = [] {
  std::array<CountText, 256> table{};
  for (unsigned n = 0; n < table.size(); ++n) {
    CountText& entry = table[n];
    for (unsigned scale = 100; scale != 0; scale /= 10) {
      if (n >= scale || scale == 1) {
        entry.text[entry.length++] = static_cast<char>('0' + n / scale % 10);
      }
    }
    entry.text[entry.length++] = '\r';
    entry.text[entry.length++] = '\n';
  }
  return table;
}();

class ReplyWriter {
 public:
  ReplyWriter(Output& output, Protocol protocol) : output_(&output), protocol_(protocol) {}

  Output& output() const { return *output_; }
  Protocol protocol() const { return protocol_; }
  bool resp3() const { return protocol_ == Protocol::kResp3; }

  void ok() { literal("+OK\r\n"); }
  void simple(Bytes text) { line('+', text); }
  /// The whole text, code included: "ERR no such key".
  void error(Bytes text) {
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    line('-', text);
  }

  void integer(int64_t value) {
    char* const at = output_->room(kHeaderRoom);
    if (static_cast<uint64_t>(value) < kCountTexts.size()) {
      output_->commit(put_small(at, ':', static_cast<size_t>(value)));
    } else {
      output_->commit(put_integer(at, ':', value));
    }
  }

  void bulk(Bytes value) {
    if (value.size() > kCopiedBulkBytesMax) [[unlikely]]
      return long_bulk(value);
    char* at = output_->room(value.size() + kHeaderRoom + 2);
    at += put_header(at, '$', value.size());
    at += value.copy(at, value.size());
    std::memcpy(at, "\r\n", 2);
    output_->commit_to(at + 2);
  }
  /// A bulk string that comes in pieces, `size` bytes in all: raw() for each, then end_bulk().
  void begin_bulk(size_t size) { header('$', size); }
  void end_bulk() { literal("\r\n"); }
  /// An integer as a bulk string.
  void bulk_integer(int64_t value) { bulk(IntegerText(value).view()); }

  void null() {
    if (resp3()) return literal("_\r\n");
    literal("$-1\r\n");
  }
  /// The null of commands that otherwise answer an array.
  void null_array() {
    if (resp3()) return literal("_\r\n");
    literal("*-1\r\n");
  }

  // Aggregates: the header; the caller writes the elements.
  void array(size_t elements) { header('*', elements); }
  void map(size_t pairs) { resp3() ? header('%', pairs) : header('*', 2 * pairs); }
  void set(size_t elements) { header(resp3() ? '~' : '*', elements); }
  void push(size_t elements) { header(resp3() ? '>' : '*', elements); }
  /// RESP2 has no attributes: false means that nothing was written, and the pairs mustn't be
  /// either.
  [[nodiscard]] bool attribute(size_t pairs) {
    if (resp3()) header('|', pairs);
    return resp3();
  }

  // Aggregates whose size is known only when their elements are written. Marks nest.
  using Mark = uint64_t;
  [[nodiscard]] Mark begin_array() { return output_->reserve_header(); }
  [[nodiscard]] Mark begin_map() { return output_->reserve_header(); }
  [[nodiscard]] Mark begin_set() { return output_->reserve_header(); }
  [[nodiscard]] Mark begin_push() { return output_->reserve_header(); }
  void end_array(Mark mark, size_t elements) { fill(mark, '*', elements); }
  void end_map(Mark mark, size_t pairs) {
    resp3() ? fill(mark, '%', pairs) : fill(mark, '*', 2 * pairs);
  }
  void end_set(Mark mark, size_t elements) { fill(mark, resp3() ? '~' : '*', elements); }
  void end_push(Mark mark, size_t elements) { fill(mark, resp3() ? '>' : '*', elements); }
  /// What turned out to be no aggregate: the null array in the place of the mark. Nothing may have
  /// been written behind it.
  void end_null_array(Mark mark) { output_->fill_header(mark, resp3() ? "_\r\n" : "*-1\r\n"); }

  void real(double value);
  /// Decimal digits of any length; a bulk string in RESP2.
  void big_number(Bytes digits);
  void boolean(bool value) {
    if (resp3()) return raw(value ? "#t\r\n" : "#f\r\n");
    raw(value ? ":1\r\n" : ":0\r\n");
  }
  /// Text for people; `format` is "txt" or "mkd". A bulk string in RESP2.
  void verbatim(Bytes text, const char (&format)[4]);

  /// Bytes that are a reply already.
  void raw(Bytes reply) { output_->append(reply); }

 private:
  // Type byte, up to 20 characters, CR LF, and slack for copying a CountText whole.
  static constexpr size_t kHeaderRoom = Output::kHeaderBytesMax + 1;
  // A longer bulk fills the tail before it takes a chunk of its own.
  static constexpr size_t kCopiedBulkBytesMax = 8 * 1024;

  static size_t put_small(char* at, char type, size_t count) {
    *at = type;
    const CountText& text = kCountTexts[count];
    std::memcpy(at + 1, &text, sizeof text);
    return 1 + size_t{text.length};
  }
  static size_t put_integer(char* at, char type, int64_t value);
  static size_t put_header(char* at, char type, size_t count) {
    if (count < kCountTexts.size()) return put_small(at, type, count);
    return put_integer(at, type, static_cast<int64_t>(count));
  }

  template <size_t kSize>
  [[gnu::always_inline]] void literal(const char (&text)[kSize]) {
    std::memcpy(output_->room(kSize), text, kSize);
    output_->commit(kSize - 1);
  }
  void header(char type, size_t count) {
    output_->commit(put_header(output_->room(kHeaderRoom), type, count));
  }
  void fill(Mark mark, char type, size_t count);
  void line(char type, Bytes text);
  void long_bulk(Bytes value);

  Output* output_;
  Protocol protocol_;
};

}  // namespace sorrel
