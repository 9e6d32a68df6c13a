#include "server/embed_reply.h"

#include <memory>
#include <utility>

namespace sorrel {

ReplyTree::ReplyTree(Reply reply)
    : reply_(std::move(reply)), parts_(reply_.nodes().size(), sorrel_reply{this}) {
  reply_.terminate_texts();
}

sorrel_reply* ReplyTree::make(Reply reply) {
  std::unique_ptr<ReplyTree> tree(new ReplyTree(std::move(reply)));
  sorrel_reply* const root = &tree->parts_.back();
  static_cast<void>(tree.release());  // lives as long as it is referred to
  return root;
}

ReplyView ReplyTree::view(const sorrel_reply& part) const {
  return ReplyView(reply_, reply_.nodes()[static_cast<size_t>(&part - parts_.data())]);
}

sorrel_reply* ReplyTree::part(const ReplyView& view) {
  return &parts_[static_cast<size_t>(&view.node() - reply_.nodes().data())];
}

void ReplyTree::drop_reference() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

namespace {

sorrel_reply_type type_of(ReplyType type) {
  switch (type) {
    case ReplyType::kSimple:
      return SORREL_REPLY_STATUS;
    case ReplyType::kError:
    case ReplyType::kBulkError:
      return SORREL_REPLY_ERROR;
    case ReplyType::kInteger:
      return SORREL_REPLY_INTEGER;
    case ReplyType::kBulk:
      return SORREL_REPLY_STRING;
    case ReplyType::kVerbatim:
      return SORREL_REPLY_VERBATIM;
    case ReplyType::kBigNumber:
      return SORREL_REPLY_BIG_NUMBER;
    case ReplyType::kNull:
      return SORREL_REPLY_NULL;
    case ReplyType::kReal:
      return SORREL_REPLY_REAL;
    case ReplyType::kBoolean:
      return SORREL_REPLY_BOOLEAN;
    case ReplyType::kArray:
      return SORREL_REPLY_ARRAY;
    case ReplyType::kMap:
      return SORREL_REPLY_MAP;
    case ReplyType::kSet:
      return SORREL_REPLY_SET;
    case ReplyType::kPush:
      return SORREL_REPLY_PUSH;
    case ReplyType::kAttribute:
      return SORREL_REPLY_ATTRIBUTE;
  }
  return SORREL_REPLY_NULL;
}

}  // namespace
}  // namespace sorrel

sorrel_reply_type sorrel_reply_type_of(const sorrel_reply* reply) {
  if (reply == nullptr) return SORREL_REPLY_NULL;
  return sorrel::type_of(reply->tree->view(*reply).type());
}

int64_t sorrel_reply_integer(const sorrel_reply* reply) {
  return reply == nullptr ? 0 : reply->tree->view(*reply).integer();
}

double sorrel_reply_real(const sorrel_reply* reply) {
  if (reply == nullptr) return 0;
  const sorrel::ReplyView view = reply->tree->view(*reply);
  const bool whole = view.type() == sorrel::ReplyType::kInteger;
  return whole ? static_cast<double>(view.integer()) : view.real();
}

const char* sorrel_reply_string(const sorrel_reply* reply, size_t* length) {
  const sorrel::Bytes text = reply == nullptr ? sorrel::Bytes() : reply->tree->view(*reply).text();
  if (length != nullptr) *length = text.size();
  return text.data();
}

size_t sorrel_reply_count(const sorrel_reply* reply) {
  return reply == nullptr ? 0 : reply->tree->view(*reply).size();
}

const sorrel_reply* sorrel_reply_at(const sorrel_reply* reply, size_t i) {
  if (i >= sorrel_reply_count(reply)) return nullptr;
  return reply->tree->part(reply->tree->view(*reply)[i]);
}

sorrel_reply* sorrel_reply_ref(const sorrel_reply* reply) {
  if (reply == nullptr) return nullptr;
  reply->tree->add_reference();
  return reply->tree->part(reply->tree->view(*reply));
}

void sorrel_reply_free(sorrel_reply* reply) {
  if (reply != nullptr) reply->tree->drop_reference();
}
