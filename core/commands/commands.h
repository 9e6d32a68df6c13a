// The rows of every file under core/commands, and all of them together. A new file adds its line
// here and in commands.cc.
#pragma once

#include "core/command/spec.h"

#include <span>

namespace sorrel {

class CommandTable;

/// Everything that an engine without files knows.
void add_all_commands(CommandTable& table);

std::span<const CommandSpec> acl_commands();
std::span<const CommandSpec> bitfield_commands();
std::span<const CommandSpec> bitmap_commands();
std::span<const CommandSpec> client_commands();
std::span<const CommandSpec> client_tracking_commands();
std::span<const CommandSpec> cluster_commands();
std::span<const CommandSpec> command_commands();
std::span<const CommandSpec> command_log_commands();
std::span<const CommandSpec> config_commands();
std::span<const CommandSpec> connection_commands();
std::span<const CommandSpec> database_commands();
std::span<const CommandSpec> debug_commands();
std::span<const CommandSpec> debug_crash_commands();
std::span<const CommandSpec> expire_commands();
std::span<const CommandSpec> geo_commands();
std::span<const CommandSpec> geo_search_commands();
std::span<const CommandSpec> hash_commands();
std::span<const CommandSpec> hash_counter_commands();
std::span<const CommandSpec> hash_expire_commands();
std::span<const CommandSpec> hash_getex_commands();
std::span<const CommandSpec> hash_import_commands();
std::span<const CommandSpec> hash_scan_commands();
std::span<const CommandSpec> hot_keys_commands();
std::span<const CommandSpec> hyperloglog_commands();
std::span<const CommandSpec> key_commands();
std::span<const CommandSpec> latency_commands();
std::span<const CommandSpec> list_commands();
std::span<const CommandSpec> list_edit_commands();
std::span<const CommandSpec> list_move_commands();
std::span<const CommandSpec> list_pop_commands();
std::span<const CommandSpec> memory_commands();
std::span<const CommandSpec> object_commands();
std::span<const CommandSpec> pubsub_commands();
std::span<const CommandSpec> scan_commands();
std::span<const CommandSpec> server_commands();
std::span<const CommandSpec> set_commands();
std::span<const CommandSpec> set_expire_commands();
std::span<const CommandSpec> set_operation_commands();
std::span<const CommandSpec> sort_commands();
std::span<const CommandSpec> stream_add_commands();
std::span<const CommandSpec> stream_claim_commands();
std::span<const CommandSpec> stream_commands();
std::span<const CommandSpec> stream_delay_commands();
std::span<const CommandSpec> stream_delete_commands();
std::span<const CommandSpec> stream_group_commands();
std::span<const CommandSpec> stream_group_info_commands();
std::span<const CommandSpec> stream_info_commands();
std::span<const CommandSpec> stream_nack_commands();
std::span<const CommandSpec> stream_pending_commands();
std::span<const CommandSpec> stream_producer_commands();
std::span<const CommandSpec> stream_read_commands();
std::span<const CommandSpec> stream_read_group_commands();
std::span<const CommandSpec> stream_settings_commands();
std::span<const CommandSpec> stream_trim_commands();
std::span<const CommandSpec> string_commands();
std::span<const CommandSpec> string_condition_commands();
std::span<const CommandSpec> string_counter_commands();
std::span<const CommandSpec> string_lcs_commands();
std::span<const CommandSpec> string_many_commands();
std::span<const CommandSpec> string_range_commands();
std::span<const CommandSpec> transaction_commands();
std::span<const CommandSpec> wait_commands();
std::span<const CommandSpec> zset_commands();
std::span<const CommandSpec> zset_interval_commands();
std::span<const CommandSpec> zset_operation_commands();
std::span<const CommandSpec> zset_pop_commands();
std::span<const CommandSpec> zset_random_commands();
std::span<const CommandSpec> zset_range_commands();

}  // namespace sorrel
