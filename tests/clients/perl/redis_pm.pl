# libredis-perl: strings, pipelines with callbacks, scans, errors, reconnection.
use strict;
use warnings;
use Redis;
use Test::More;

my $redis = Redis->new(server => "127.0.0.1:$ENV{SORREL_PORT}", reconnect => 2, encoding => undef);
$redis->flushall;

is($redis->set(a => "x\0y"), 'OK', 'set');
is($redis->get('a'), "x\0y", 'get');
is($redis->get('absent'), undef, 'absent');
is_deeply([$redis->mget(qw(a absent))], ["x\0y", undef], 'mget');
is($redis->incrby(n => 7), 7, 'incrby');
ok(!eval { $redis->incr('a'); 1 }, 'incr of text is refused');
like($@, qr/ERR value is not an integer or out of range/, 'with its reason');
ok($redis->expire(a => 100), 'expire');
cmp_ok($redis->ttl('a'), '>', 90, 'ttl');

my $answered = 0;
$redis->set("p:$_" => $_, sub { $answered += $_[0] eq 'OK' }) for 1 .. 1000;
$redis->wait_all_responses;
is($answered, 1000, 'pipelined');

my ($cursor, %found) = (0);
do {
  ($cursor, my $page) = $redis->scan($cursor, MATCH => 'p:*', COUNT => 100);
  $found{$_}++ for @$page;
} while ($cursor);
is(scalar keys %found, 1000, 'scan');

my $other = Redis->new(sock => $ENV{SORREL_SOCKET});
is($other->client_kill('ID', $redis->client_id), 1, 'kill');
is($redis->ping, 'PONG', 'connected again');
is($other->info->{redis_mode}, 'standalone', 'info');
$other->select(1);
is($other->dbsize, 0, 'another database');
is($other->quit, 1, 'quit');
done_testing;
