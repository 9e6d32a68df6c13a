#include "core/structure/pack.h"

namespace sorrel {}
