#include "core/command/categories.h"

namespace sorrel {
namespace {

constexpr BitName kCommandFlags[] = {
    {kWrite, "write"},
    {kReadonly, "readonly"},
    {kDenyOom, "denyoom"},
    {kAdmin, "admin"},
    {kPubsub, "pubsub"},
    {kNoscript, "noscript"},
    {kBlocking, "blocking"},
    {kLoading, "loading"},
    {kStale, "stale"},
    {kSkipMonitor, "skip_monitor"},
    {kSkipSlowlog, "skip_slowlog"},
    {kAsking, "asking"},
    {kFast, "fast"},
    {kNoAuth, "no_auth"},
    {kMayReplicate, "may_replicate"},
    {kNoMandatoryKeys, "no_mandatory_keys"},
    {kNoAsyncLoading, "no_async_loading"},
    {kNoMulti, "no_multi"},
    {kMovableKeys, "movablekeys"},
    {kAllowBusy, "allow_busy"},
};

constexpr BitName kKeyFlags[] = {
    {kKeyRO, "RO"},
    {kKeyRW, "RW"},
    {kKeyOW, "OW"},
    {kKeyRM, "RM"},
    {kKeyAccess, "access"},
    {kKeyUpdate, "update"},
    {kKeyInsert, "insert"},
    {kKeyDelete, "delete"},
    {kKeyNotKey, "not_key"},
    {kKeyIncomplete, "incomplete"},
    {kKeyVariableFlags, "variable_flags"},
};

constexpr BitName kCategories[] = {
    {kCategoryKeyspace, "keyspace"},
    {kCategoryRead, "read"},
    {kCategoryWrite, "write"},
    {kCategorySet, "set"},
    {kCategorySortedSet, "sortedset"},
    {kCategoryList, "list"},
    {kCategoryHash, "hash"},
    {kCategoryString, "string"},
    {kCategoryBitmap, "bitmap"},
    {kCategoryHyperLogLog, "hyperloglog"},
    {kCategoryGeo, "geo"},
    {kCategoryStream, "stream"},
    {kCategoryPubsub, "pubsub"},
    {kCategoryAdmin, "admin"},
    {kCategoryFast, "fast"},
    {kCategorySlow, "slow"},
    {kCategoryBlocking, "blocking"},
    {kCategoryDangerous, "dangerous"},
    {kCategoryConnection, "connection"},
    {kCategoryTransaction, "transaction"},
    {kCategoryScripting, "scripting"},
};

}  // namespace

std::span<const BitName> command_flag_names() {
  return kCommandFlags;
}
std::span<const BitName> key_flag_names() {
  return kKeyFlags;
}
std::span<const BitName> category_names() {
  return kCategories;
}

uint32_t categories_of(const CommandSpec& spec) {
  uint32_t categories = spec.categories;
  const bool scripting = (categories & kCategoryScripting) != 0;
  if (spec.flags & kWrite) categories |= kCategoryWrite;
  if ((spec.flags & kReadonly) && !scripting) categories |= kCategoryRead;
  if (spec.flags & kAdmin) categories |= kCategoryAdmin | kCategoryDangerous;
  if (spec.flags & kPubsub) categories |= kCategoryPubsub;
  if (spec.flags & kBlocking) categories |= kCategoryBlocking;
  return categories | (spec.flags & kFast ? kCategoryFast : kCategorySlow);
}

std::optional<uint32_t> category_named(Bytes name) {
  for (const BitName& category : kCategories) {
    if (equals_ignore_case(category.name, name)) return category.bit;
  }
  return std::nullopt;
}

}  // namespace sorrel
