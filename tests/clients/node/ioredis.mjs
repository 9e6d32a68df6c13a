// ioredis 6 (RESP3 by HELLO) and 5 (RESP2): strings, keys, pipelines, errors, reconnection.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import Redis6 from 'ioredis';
import Redis5 from 'ioredis-5';

const port = Number(process.env.SORREL_PORT);
const binary = Buffer.from([0, 13, 10, 255, 128, 36, 42, 0]);

async function strings(redis) {
  assert.equal(await redis.set('greeting', 'hello'), 'OK');
  assert.equal(await redis.get('greeting'), 'hello');
  assert.equal(await redis.get('absent'), null);
  assert.equal(await redis.set('greeting', 'again', 'NX'), null);
  assert.equal(await redis.set('greeting', 'again', 'XX', 'GET'), 'hello');
  assert.equal(await redis.setrange('greeting', 5, '!'), 6);
  assert.equal(await redis.getrange('greeting', 0, -2), 'again');
  assert.equal(await redis.append('greeting', '?'), 7);
  assert.equal(await redis.strlen('greeting'), 7);
  assert.equal(await redis.getdel('greeting'), 'again!?');
  await redis.set('bytes', binary);
  assert.deepEqual(await redis.getBuffer('bytes'), binary);
  const giant = randomBytes(3 << 20);
  await redis.set('giant', giant);
  assert.deepEqual(await redis.getBuffer('giant'), giant);
  assert.equal(await redis.mset({ m1: '1', m2: '2' }), 'OK');
  assert.deepEqual(await redis.mget('m1', 'm2', 'm3'), ['1', '2', null]);
}

async function numbers(redis) {
  assert.equal(await redis.incr('n'), 1);
  assert.equal(await redis.incrby('n', 41), 42);
  assert.equal(await redis.decrby('n', 2), 40);
  assert.equal(await redis.incrbyfloat('n', '0.5'), '40.5');
  await assert.rejects(redis.incr('n'), /ERR value is not an integer or out of range/);
}

async function bits(redis) {
  assert.equal(await redis.setbit('bits', 7, 1), 0);
  assert.equal(await redis.getbit('bits', 7), 1);
  assert.equal(await redis.bitcount('bits'), 1);
  assert.equal(await redis.bitpos('bits', 1), 7);
  assert.deepEqual(await redis.bitfield('bits', 'INCRBY', 'u8', 0, 5, 'GET', 'u4', 0), [6, 0]);
  assert.equal(await redis.bitop('NOT', 'inverse', 'bits'), 1);
  assert.deepEqual(await redis.getBuffer('inverse'), Buffer.from([249]));
}

async function keys(redis) {
  await redis.set('k', 'v', 'PX', 60000);
  const left = await redis.pttl('k');
  assert.ok(left > 55000 && left <= 60000, `pttl ${left}`);
  assert.equal(await redis.expire('k', 10, 'GT'), 0);
  assert.equal(await redis.persist('k'), 1);
  assert.equal(await redis.ttl('k'), -1);
  assert.equal(await redis.type('k'), 'string');
  assert.equal(await redis.object('ENCODING', 'k'), 'embstr');
  assert.equal(await redis.copy('k', 'k2'), 1);
  assert.equal(await redis.rename('k2', 'k3'), 'OK');
  await assert.rejects(redis.rename('absent', 'k'), /ERR no such key/);
  assert.equal(await redis.exists('k', 'k2', 'k3'), 2);
  assert.equal(await redis.unlink('k', 'k2', 'k3'), 2);
}

async function scan(redis) {
  const names = Array.from({ length: 2500 }, (_, i) => `scan:${i}`);
  await redis.mset(Object.fromEntries(names.map((name) => [name, name])));
  const found = new Set();
  for await (const page of redis.scanStream({ match: 'scan:*', count: 100 })) {
    page.forEach((name) => found.add(name));
  }
  assert.deepEqual([...found].sort(), names.sort());
  assert.equal(await redis.del(names), names.length);
}

async function pipelines(redis) {
  const pipeline = redis.pipeline();
  for (let i = 0; i < 5000; i++) pipeline.set(`p:${i}`, i).get(`p:${i}`);
  pipeline.incr('bytes');
  const replies = await pipeline.exec();
  assert.equal(replies.length, 10001);
  for (let i = 0; i < 5000; i++) {
    assert.deepEqual(replies[2 * i], [null, 'OK']);
    assert.deepEqual(replies[2 * i + 1], [null, String(i)]);
  }
  assert.match(replies[10000][0].message, /not an integer/);
}

async function connections(redis, Redis, options) {
  await redis.client('SETNAME', 'the-first');
  assert.equal(await redis.client('GETNAME'), 'the-first');
  assert.match(await redis.client('LIST'), /name=the-first/);
  await assert.rejects(redis.call('NOSUCH', 'x'), /ERR unknown command 'NOSUCH'/);

  await redis.select(3);
  await redis.set('only-in-3', 'x');
  await redis.select(0);
  assert.equal(await redis.get('only-in-3'), null);

  // A client that is killed connects again by itself, selects its database and goes on.
  const victim = new Redis({ ...options, db: 3 });
  await victim.ping();
  const again = new Promise((resolve) => victim.once('reconnecting', resolve));
  await redis.client('KILL', 'ID', await victim.client('ID'));
  await again;
  assert.equal(await victim.get('only-in-3'), 'x');
  await victim.quit();

  const bySocket = new Redis({ path: process.env.SORREL_SOCKET });
  assert.equal(await bySocket.echo('through a file'), 'through a file');
  await bySocket.quit();
}

async function passwords(redis, Redis) {
  await redis.config('SET', 'requirepass', 'secret');
  const stranger = new Redis({ port, retryStrategy: null, enableReadyCheck: false });
  stranger.on('error', () => {});
  await assert.rejects(stranger.get('greeting'));
  stranger.disconnect();
  const friend = new Redis({ port, password: 'secret' });
  assert.equal(await friend.ping(), 'PONG');
  await friend.quit();
  await redis.config('SET', 'requirepass', '');
}

async function many(Redis) {
  const clients = Array.from({ length: 100 }, () => new Redis({ port }));
  await Promise.all(clients.map(async (client, i) => {
    await client.set(`many:${i}`, i);
    assert.equal(await client.get(`many:${i}`), String(i));
    await client.incr('many:sum');
  }));
  assert.equal(await clients[0].get('many:sum'), '100');
  await Promise.all(clients.map((client) => client.quit()));
}

for (const Redis of [Redis6, Redis5]) {
  const options = { port };
  const redis = new Redis(options);
  await redis.flushall();
  await strings(redis);
  await numbers(redis);
  await bits(redis);
  await keys(redis);
  await scan(redis);
  await pipelines(redis);
  await connections(redis, Redis, options);
  await passwords(redis, Redis);
  await many(Redis);
  assert.equal(await redis.quit(), 'OK');
}
