#include "persistence/databases_aside.h"

namespace sorrel {

DatabasesAside::DatabasesAside(Engine& engine) : engine_(engine) {
  for (int number = 0; number < engine.database_count(); ++number) {
    aside_.push_back(std::make_unique<Keyspace>(engine.value_context(), number, engine.now_ms()));
  }
  for (int number = 0; number < engine.database_count(); ++number) {
    engine.books().replaced(number, KeyListener::kNobody);
  }
  exchange();
}

DatabasesAside::~DatabasesAside() {
  for (const std::unique_ptr<Keyspace>& keyspace : aside_) keyspace->clear();
}

void DatabasesAside::put_back() {
  exchange();
}

void DatabasesAside::exchange() {
  for (int number = 0; number < engine_.database_count(); ++number) {
    engine_.database(number).swap(*aside_[static_cast<size_t>(number)]);
  }
}

}  // namespace sorrel
