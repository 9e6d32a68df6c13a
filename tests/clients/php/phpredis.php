<?php
// php-redis (the C extension): strings, options of SET, scans, pipelines, serialised values, errors.
declare(strict_types=1);

function equal(mixed $actual, mixed $expected, string $what): void {
    if ($actual !== $expected) {
        fprintf(STDERR, "%s: expected %s, found %s\n", $what, var_export($expected, true), var_export($actual, true));
        exit(1);
    }
}

$redis = new Redis();
$redis->connect('127.0.0.1', (int) getenv('SORREL_PORT'), 5.0);
$redis->flushAll();

equal($redis->set('a', "nul\0and\xff", ['nx', 'ex' => 100]), true, 'set');
equal($redis->get('a'), "nul\0and\xff", 'get');
equal($redis->set('a', 'b', ['nx']), false, 'set nx');
equal($redis->get('absent'), false, 'absent');
equal($redis->ttl('a') > 90, true, 'ttl');
equal($redis->mset(['m1' => '1', 'm2' => '2']), true, 'mset');
equal($redis->mget(['m1', 'absent', 'm2']), ['1', false, '2'], 'mget');
equal($redis->incrBy('n', 20), 20, 'incrBy');
equal($redis->incrByFloat('n', 0.5), 20.5, 'incrByFloat');
equal($redis->setBit('bits', 3, true), 0, 'setBit');
equal($redis->bitCount('bits'), 1, 'bitCount');
equal($redis->exists('a', 'absent', 'n'), 2, 'exists');
equal($redis->type('a'), Redis::REDIS_STRING, 'type');
equal($redis->object('encoding', 'm1'), 'int', 'encoding');
equal($redis->incr('a'), false, 'incr of text');
equal(str_contains((string) $redis->getLastError(), 'not an integer'), true, 'its error');
$redis->clearLastError();

$pipe = $redis->multi(Redis::PIPELINE);
for ($i = 0; $i < 1000; $i++) {
    $pipe->set("p:$i", (string) $i);
    $pipe->get("p:$i");
}
$replies = $pipe->exec();
equal(count($replies), 2000, 'pipeline');
equal($replies[1999], '999', 'its last reply');

$redis->setOption(Redis::OPT_SCAN, (string) Redis::SCAN_RETRY);
$found = [];
$cursor = null;
while ($keys = $redis->scan($cursor, 'p:*', 100)) {
    foreach ($keys as $key) {
        $found[$key] = true;
    }
}
equal(count($found), 1000, 'scan');
equal($redis->unlink(array_keys($found)), 1000, 'unlink');

$redis->setOption(Redis::OPT_SERIALIZER, (string) Redis::SERIALIZER_PHP);
$redis->setOption(Redis::OPT_PREFIX, 'app:');
$redis->set('session', ['user' => 7, 'roles' => ['admin']]);
equal($redis->get('session'), ['user' => 7, 'roles' => ['admin']], 'serialised');

$other = new Redis();
$other->pconnect((string) getenv('SORREL_SOCKET'));
equal($other->exists('app:session'), 1, 'over the socket, prefixed');
equal($other->rename('app:session', 'x'), true, 'rename');
equal($other->select(2), true, 'select');
equal($other->dbSize(), 0, 'dbSize');
equal($other->client('getname'), false, 'no name');
equal($other->info('server')['redis_mode'], 'standalone', 'info');
