#include "core/settings/keyspace_events.h"

#include <span>

namespace sorrel {
namespace {

struct EventLetter {
  char letter;
  uint32_t bits;
};

// In the order in which they are shown: A stands for the ten that follow it.
constexpr EventLetter kAllLetter = {'A', kEventAll};
constexpr EventLetter kClassLetters[] = {
    {'g', kEventGeneric}, {'$', kEventString}, {'l', kEventList},    {'s', kEventSet},
    {'h', kEventHash},    {'z', kEventZset},   {'x', kEventExpired}, {'e', kEventEvicted},
    {'t', kEventStream},  {'d', kEventModule}, {'n', kEventNew},
};
constexpr EventLetter kOtherLetters[] = {
    {'K', kEventKeyspace},    {'E', kEventKeyevent},    {'m', kEventKeymiss},
    {'o', kEventOverwritten}, {'c', kEventTypeChanged},
};

uint32_t bits_of(char letter) {
  if (letter == kAllLetter.letter) return kAllLetter.bits;
  for (const EventLetter& entry : kClassLetters) {
    if (entry.letter == letter) return entry.bits;
  }
  for (const EventLetter& entry : kOtherLetters) {
    if (entry.letter == letter) return entry.bits;
  }
  return 0;
}

void append_letters(std::span<const EventLetter> letters, uint32_t events, std::string& out) {
  for (const EventLetter& entry : letters) {
    if ((events & entry.bits) == entry.bits) out += entry.letter;
  }
}

}  // namespace

std::optional<uint32_t> parse_keyspace_events(Bytes letters) {
  uint32_t events = 0;
  for (char letter : letters) {
    const uint32_t bits = bits_of(letter);
    if (bits == 0) return std::nullopt;
    events |= bits;
  }
  return events;
}

std::string format_keyspace_events(uint32_t events) {
  std::string out;
  // Redis hides n behind A: "AKEn" reads back as "AKE". Kept, since tools compare the text.
  if ((events & kEventAll) == kEventAll) {
    out += kAllLetter.letter;
  } else {
    append_letters(kClassLetters, events, out);
  }
  append_letters(kOtherLetters, events, out);
  return out;
}

}  // namespace sorrel
