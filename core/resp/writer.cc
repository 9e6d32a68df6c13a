#include "core/resp/writer.h"

#include <algorithm>

namespace sorrel {

size_t ReplyWriter::put_integer(char* at, char type, int64_t value) {
  *at = type;
  const size_t digits = format_integer(at + 1, value);
  std::memcpy(at + 1 + digits, "\r\n", 2);
  return digits + 3;
}

void ReplyWriter::fill(Mark mark, char type, size_t count) {
  char text[kHeaderRoom];
  output_->fill_header(mark, Bytes(text, put_header(text, type, count)));
}

void ReplyWriter::line(char type, Bytes text) {
  char* const begin = output_->room(text.size() + 3);
  *begin = type;
  char* const end = std::transform(text.begin(), text.end(), begin + 1,
                                   [](char c) { return c == '\r' || c == '\n' ? ' ' : c; });
  std::memcpy(end, "\r\n", 2);
  output_->commit(text.size() + 3);
}

void ReplyWriter::long_bulk(Bytes value) {
  header('$', value.size());
  output_->append(value);
  literal("\r\n");
}

void ReplyWriter::real(double value) {
  const RealText text(value);
  if (!resp3()) return bulk(text.view());
  line(',', text.view());
}

void ReplyWriter::big_number(Bytes digits) {
  if (!resp3()) return bulk(digits);
  line('(', digits);
}

void ReplyWriter::verbatim(Bytes text, const char (&format)[4]) {
  if (!resp3()) return bulk(text);
  header('=', text.size() + 4);
  output_->append(Bytes(format, 3));
  literal(":");
  output_->append(text);
  literal("\r\n");
}

}  // namespace sorrel
