#include "core/value/collection.h"

namespace sorrel {}
