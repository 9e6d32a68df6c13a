#include "core/command/table.h"

#include "core/base/check.h"

#include <cstring>

namespace sorrel {
namespace {

// Longest name of a command; a longer word is no command at all.
constexpr size_t kNameBytesMax = 16;

struct Packed {
  uint64_t low = 0;
  uint64_t high = 0;
};

// Eight bytes with their ASCII capitals made small, all at once.
uint64_t folded(uint64_t bytes) {
  constexpr uint64_t kEach = 0x0101010101010101;
  const uint64_t low_bits = bytes & (0x7f * kEach);
  const uint64_t from_a = low_bits + (0x80 - 'A') * kEach;
  const uint64_t after_z = low_bits + (0x7f - 'Z') * kEach;
  const uint64_t capital = (from_a ^ after_z) & ~bytes & (0x80 * kEach);
  return bytes | capital >> 2;
}

template <typename Word>
uint64_t load(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// First and last bytes, which may overlap: with the size they are the whole name.
Packed pack(Bytes name) {
  const char* const begin = name.data();
  const size_t size = name.size();
  if (size >= 8) return {folded(load<uint64_t>(begin)), folded(load<uint64_t>(begin + size - 8))};
  if (size >= 4) {
    return {folded(load<uint32_t>(begin) | load<uint32_t>(begin + size - 4) << 32), 0};
  }
  const uint64_t first = load<uint8_t>(begin);
  const uint64_t middle = load<uint8_t>(begin + size / 2);
  const uint64_t last = load<uint8_t>(begin + size - 1);
  return {folded(first | middle << 8 | last << 16), 0};
}

size_t slot_of(const Packed& packed, size_t mask) {
  const uint64_t mixed = (packed.low ^ (packed.high * 0x9e3779b97f4a7c15)) * 0xbf58476d1ce4e5b9;
  return (mixed >> 32) & mask;
}

uint16_t first_key_of(const CommandSpec& spec) {
  const KeySpec& key = spec.keys[0];
  const bool fixed = key.begin == KeySpec::Begin::kIndex && key.find == KeySpec::Find::kRange &&
                     (key.flags & kKeyNotKey) == 0;
  return fixed ? static_cast<uint16_t>(key.index) : uint16_t{0};
}

}  // namespace

CommandTable::CommandTable() : slots_(1024) {}
CommandTable::~CommandTable() = default;

void CommandTable::add(std::span<const CommandSpec> rows) {
  for (const CommandSpec& row : rows) {
    auto command = std::make_unique<Command>();
    command->spec = &row;
    command->id = static_cast<uint32_t>(commands_.size());
    command->first_key = first_key_of(row);
    command->arguments_min = static_cast<uint32_t>(row.arity < 0 ? -row.arity : row.arity);
    command->arguments_max = row.arity < 0 ? UINT32_MAX : command->arguments_min;
    const size_t bar = row.name.find('|');
    command->name = std::string(row.name);
    if (bar == Bytes::npos) {
      VERIFY(find(row.name) == nullptr);
      ++top_level_;
      insert(command.get());
    } else {
      Command* parent = find(row.name.substr(0, bar));
      VERIFY(parent != nullptr);
      command->parent = parent;
      if ((row.flags & kDebugCommand) != 0) command->counted = parent;
      parent->subcommands.push_back(command.get());
    }
    commands_.push_back(std::move(command));
  }
}

void CommandTable::insert(Command* command) {
  if (command->name.size() > kNameBytesMax) return long_names_.push_back(command);
  const size_t mask = slots_.size() - 1;
  const Packed packed = pack(command->name);
  size_t i = slot_of(packed, mask);
  while (slots_[i].command != nullptr) i = (i + 1) & mask;
  slots_[i] = Slot{packed.low, packed.high, command->name.size(), command};
}

Command* CommandTable::find_long(Bytes name) const {
  for (Command* command : long_names_) {
    if (equals_ignore_case(command->name, name)) return command;
  }
  return nullptr;
}

Command* CommandTable::find(Bytes name) const {
  if (name.size() > kNameBytesMax) [[unlikely]]
    return find_long(name);
  if (name.empty()) return nullptr;
  const size_t mask = slots_.size() - 1;
  const Packed packed = pack(name);
  for (size_t i = slot_of(packed, mask); slots_[i].command != nullptr; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.low == packed.low && slot.high == packed.high && slot.size == name.size()) {
      return slot.command;
    }
  }
  return nullptr;
}

Command* CommandTable::find(std::span<const Bytes> args) const {
  Command* command = find(args[0]);
  if (command == nullptr || command->subcommands.empty() || args.size() < 2) return command;
  for (Command* sub : command->subcommands) {
    if (equals_ignore_case(sub->spec->name.substr(sub->spec->name.find('|') + 1), args[1]))
      return sub;
  }
  return command;
}

Command* CommandTable::find_full_name(Bytes name) const {
  const size_t bar = name.find('|');
  if (bar == Bytes::npos) return find(name);
  const Bytes words[] = {name.substr(0, bar), name.substr(bar + 1)};
  Command* command = find(words);
  return command != nullptr && command->parent != nullptr ? command : nullptr;
}

bool CommandTable::rename(Bytes from, Bytes to) {
  Command* command = find(from);
  if (command == nullptr) return false;
  if (!to.empty() && find(to) != nullptr) return false;
  command->name = std::string(to);
  for (char& c : command->name) c = to_lower(c);
  rebuild();
  return true;
}

void CommandTable::rebuild() {
  slots_.assign(slots_.size(), Slot{});
  long_names_.clear();
  for (const auto& command : commands_) {
    if (command->parent == nullptr && !command->name.empty()) insert(command.get());
  }
}

}  // namespace sorrel
