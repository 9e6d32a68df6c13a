#include "tests/differential/command_rows.h"

namespace sorrel::test {

std::vector<CommandGroup> command_groups() {
  return {string_rows(),        bitmap_rows(),     hyperloglog_rows(), generic_rows(),
          sort_rows(),          connection_rows(), server_rows(),      hash_rows(),
          list_rows(),          set_rows(),        sorted_set_rows(),  geo_rows(),
          lexicographic_rows(), stream_rows(),     stream_group_rows()};
}

}  // namespace sorrel::test
