// Pause: CLIENT PAUSE, during which commands are put off.
//
// Owned by the engine. While it lasts, calls of the paused kind are postponed by the gate, and
// neither expiry nor eviction changes a key.
#pragma once

#include <cstdint>

namespace sorrel {

class Pause {
 public:
  enum class Kind : uint8_t { kNone, kWrite, kAll };

  /// A second pause while one lasts makes it longer or stricter, never shorter or milder.
  void begin(Kind kind, int64_t until_ms) {
    if (kind > kind_) kind_ = kind;
    if (until_ms > until_ms_) until_ms_ = until_ms;
  }
  void end() {
    kind_ = Kind::kNone;
    until_ms_ = 0;
  }
  bool active() const { return kind_ != Kind::kNone; }
  bool over(int64_t now_ms) const { return active() && now_ms >= until_ms_; }
  bool postpones(bool may_write) const {
    return kind_ == Kind::kAll || (kind_ == Kind::kWrite && may_write);
  }

 private:
  Kind kind_ = Kind::kNone;
  int64_t until_ms_ = 0;
};

}  // namespace sorrel
