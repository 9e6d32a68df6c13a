#include "core/value/set_table.h"

namespace sorrel {

template class ElementTable<SetMembers>;

}  // namespace sorrel
