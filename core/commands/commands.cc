#include "core/commands/commands.h"

#include "core/command/table.h"

namespace sorrel {
namespace {

void add_stream_commands(CommandTable& table) {
  for (const auto rows :
       {stream_commands(), stream_add_commands(), stream_claim_commands(), stream_delay_commands(),
        stream_delete_commands(), stream_group_commands(), stream_info_commands(),
        stream_group_info_commands(), stream_nack_commands(), stream_pending_commands(),
        stream_producer_commands(), stream_read_commands(), stream_read_group_commands(),
        stream_settings_commands(), stream_trim_commands()}) {
    table.add(rows);
  }
}

}  // namespace

void add_all_commands(CommandTable& table) {
  add_stream_commands(table);
  for (const auto rows : {acl_commands(),
                          bitfield_commands(),
                          bitmap_commands(),
                          client_commands(),
                          client_tracking_commands(),
                          cluster_commands(),
                          command_commands(),
                          command_log_commands(),
                          config_commands(),
                          connection_commands(),
                          database_commands(),
                          debug_commands(),
                          debug_crash_commands(),
                          latency_commands(),
                          memory_commands(),
                          server_commands(),
                          expire_commands(),
                          key_commands(),
                          object_commands(),
                          scan_commands(),
                          string_commands(),
                          string_condition_commands(),
                          string_counter_commands(),
                          string_lcs_commands(),
                          string_many_commands(),
                          string_range_commands(),
                          pubsub_commands(),
                          transaction_commands(),
                          geo_commands(),
                          hash_commands(),
                          hash_counter_commands(),
                          hash_expire_commands(),
                          hash_getex_commands(),
                          hash_import_commands(),
                          hash_scan_commands(),
                          hot_keys_commands(),
                          hyperloglog_commands(),
                          list_commands(),
                          list_edit_commands(),
                          list_move_commands(),
                          list_pop_commands(),
                          set_commands(),
                          set_expire_commands(),
                          set_operation_commands(),
                          sort_commands(),
                          wait_commands(),
                          zset_commands(),
                          zset_interval_commands(),
                          zset_operation_commands(),
                          zset_pop_commands(),
                          zset_random_commands(),
                          zset_range_commands(),
                          geo_search_commands()}) {
    table.add(rows);
  }
}

}  // namespace sorrel
