#include "core/resp/reply.h"

#include "core/base/number.h"

#include <limits>

namespace sorrel {
namespace {

bool is_text(ReplyType type) {
  switch (type) {
    case ReplyType::kSimple:
    case ReplyType::kError:
    case ReplyType::kBulkError:
    case ReplyType::kBulk:
    case ReplyType::kVerbatim:
    case ReplyType::kBigNumber:
    case ReplyType::kReal:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<double> parse_reply_real(Bytes digits) {
  if (digits == "nan" || digits == "-nan") return std::numeric_limits<double>::quiet_NaN();
  return parse_real(digits);
}

int64_t ReplyView::integer() const {
  const bool whole = type() == ReplyType::kInteger || type() == ReplyType::kBoolean;
  return whole ? node_->integer : 0;
}

double ReplyView::real() const {
  return type() == ReplyType::kReal ? parse_reply_real(text()).value_or(0) : 0;
}

Bytes ReplyView::text() const {
  if (!is_text(type())) return {};
  return Bytes(reply_->bytes_).substr(node_->offset, node_->size);
}

Bytes ReplyView::format() const {
  if (type() != ReplyType::kVerbatim) return {};
  return Bytes(reply_->bytes_).substr(node_->offset - 4, 3);
}

void Reply::terminate_texts() {
  for (const ReplyNode& node : nodes_) {
    // Every text ends with CR LF, so the byte behind it is there.
    if (is_text(node.type)) bytes_[node.offset + node.size] = '\0';
  }
}

ReplyView ReplyView::operator[](size_t child) const {
  VERIFY(child < size());
  return ReplyView(*reply_, reply_->nodes_[node_->offset + child]);
}

std::optional<ReplyView> ReplyView::find(Bytes key) const {
  for (size_t i = 0; i + 1 < size(); i += 2) {
    if ((*this)[i].text() == key) return (*this)[i + 1];
  }
  return std::nullopt;
}

ReplyView ReplyView::without_attribute() const {
  ReplyView view = *this;
  while (view.type() == ReplyType::kAttribute) view = view[view.size() - 1];
  return view;
}

}  // namespace sorrel
