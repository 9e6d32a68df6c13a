#include "core/structure/int_pack.h"

namespace sorrel {}
