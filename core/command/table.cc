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

// Folds ASCII upper case: names are letters, digits and a few signs, all of which have bit 5 set
// already or differ by it alone; a foreign byte can at worst fold into a name that the final
// comparison refuses.
Packed pack(Bytes name) {
  Packed packed;
  if (name.size() >= 8) {
    std::memcpy(&packed.low, name.data(), 8);
    std::memcpy(&packed.high, name.data() + name.size() - 8, 8);
  } else {
    for (size_t i = 0; i < name.size(); ++i) {
      packed.low |= static_cast<uint64_t>(static_cast<unsigned char>(name[i])) << (8 * i);
    }
  }
  packed.low |= 0x2020202020202020;
  packed.high |= 0x2020202020202020;
  packed.high ^= name.size() << 56;
  return packed;
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
    const size_t bar = row.name.find('|');
    command->name = std::string(row.name);
    if (bar == Bytes::npos) {
      VERIFY(row.name.size() <= kNameBytesMax && find(row.name) == nullptr);
      ++top_level_;
      insert(command.get());
    } else {
      Command* parent = find(row.name.substr(0, bar));
      VERIFY(parent != nullptr);
      command->parent = parent;
      parent->subcommands.push_back(command.get());
    }
    commands_.push_back(std::move(command));
  }
}

void CommandTable::insert(Command* command) {
  const size_t mask = slots_.size() - 1;
  const Packed packed = pack(command->name);
  size_t i = slot_of(packed, mask);
  while (slots_[i].command != nullptr) i = (i + 1) & mask;
  slots_[i] = Slot{packed.low, packed.high, command};
}

Command* CommandTable::find(Bytes name) const {
  if (name.size() > kNameBytesMax || name.empty()) return nullptr;
  const size_t mask = slots_.size() - 1;
  const Packed packed = pack(name);
  for (size_t i = slot_of(packed, mask); slots_[i].command != nullptr; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.low == packed.low && slot.high == packed.high &&
        equals_ignore_case(slot.command->name, name)) {
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
  if (command == nullptr || to.size() > kNameBytesMax) return false;
  if (!to.empty() && find(to) != nullptr) return false;
  command->name = std::string(to);
  for (char& c : command->name) c = to_lower(c);
  rebuild();
  return true;
}

void CommandTable::rebuild() {
  slots_.assign(slots_.size(), Slot{});
  for (const auto& command : commands_) {
    if (command->parent == nullptr && !command->name.empty()) insert(command.get());
  }
}

}  // namespace sorrel
