#include "core/settings/bind_setting.h"
#include "core/settings/setting_rows.h"

namespace sorrel::setting_rows {
namespace {

constexpr int64_t kFileModeMax = 0777;
constexpr int64_t kNewConnectionsMax = 1000;

constexpr SettingSpec kRows[] = {
    {.name = "bind",
     .kind = kBindSetting,
     .doc = "Addresses to listen on, up to 16. `*` is every IPv4 address and `::*` every IPv6 one. "
            "A minus sign before an address makes it optional: the server starts even if the "
            "machine doesn't have it. With an empty value TCP isn't opened at all.",
     .flags = kManyArguments},
    {.name = "port",
     .kind = IntegerSetting{&V::port, 0, kPortMax},
     .doc = "TCP port to listen on; 0 opens no TCP port."},
    {.name = "tcp-backlog",
     .kind = IntegerSetting{&V::tcp_backlog},
     .doc = "How many connections the kernel may hold until they are accepted. The kernel's own "
            "limit (net.core.somaxconn on Linux) cuts it silently.",
     .flags = kImmutable},
    {.name = "unixsocket",
     .kind = StringSetting{&V::unixsocket},
     .doc = "Path of a Unix socket to listen on besides TCP; empty for none.",
     .flags = kImmutable},
    {.name = "unixsocketperm",
     .kind = OctalSetting{&V::unixsocketperm, kFileModeMax},
     .doc = "File mode of the Unix socket, in octal (700 is: the owner only). 0 leaves it to the "
            "umask.",
     .flags = kImmutable},
    {.name = "protected-mode",
     .kind = YesNoSetting{&V::protected_mode},
     .doc = "While the default user has no password, serve only clients of this machine "
            "(loopback and Unix socket). It keeps a server that somebody put on a network by "
            "mistake from being everybody's."},
    {.name = "timeout",
     .kind = IntegerSetting{&V::timeout},
     .doc = "Close a client that has been idle for this many seconds; 0 never does. Replicas and "
            "subscribers are left alone."},
    {.name = "tcp-keepalive",
     .kind = IntegerSetting{&V::tcp_keepalive},
     .doc = "Seconds between the probes with which the kernel finds out that a peer has "
            "vanished (a dead peer is noticed after about twice that time); 0 sends none."},
    {.name = "max-new-connections-per-cycle",
     .kind = IntegerSetting{&V::max_new_connections_per_cycle, 1, kNewConnectionsMax},
     .doc = "How many waiting connections are accepted in one turn of the loop, so that a storm of "
            "new clients doesn't hold up the old ones."},
    {.name = "bind-source-addr",
     .kind = StringSetting{&V::bind_source_addr},
     .doc = "Local address for connections that the server opens itself (to its primary, to other "
            "cluster nodes); empty lets the kernel choose.",
     .flags = kNotServed},
    {.name = "socket-mark-id",
     .kind = IntegerSetting{&V::socket_mark_id, 0, kMaxUint32},
     .doc = "Mark put on listening and outgoing sockets for the routing and filter rules of the "
            "machine (SO_MARK on Linux); 0 for none.",
     .flags = kImmutable | kNotServed},
    {.name = "mptcp",
     .kind = YesNoSetting{&V::mptcp},
     .doc = "Listen with Multipath TCP, where the kernel knows it.",
     .flags = kImmutable | kNotServed},
};

}  // namespace

constinit const SettingSection kNetwork = {
    "Network", "Where clients reach the server, and how long a silent one stays.", kRows};

}  // namespace sorrel::setting_rows
