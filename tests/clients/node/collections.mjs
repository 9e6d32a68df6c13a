// ioredis and node-redis, the current and the last major of each, with commands of every collection
// type: replies in the types that the libraries make of them, and iterators over SCAN's kin.
// needs: hashes lists sets sorted-sets geo hyperloglogs
import assert from 'node:assert/strict';
import Redis6 from 'ioredis';
import Redis5 from 'ioredis-5';
import { createClient as createClient6 } from 'redis';
import { createClient as createClient5 } from 'redis-5';

const port = Number(process.env.SORREL_PORT);
const many = Array.from({ length: 1000 }, (_, i) => `m${i}`);
const ordered = [...many].sort();

async function withIoredis(redis) {
  await redis.flushall();
  assert.equal(await redis.hset('h', { name: 'Ann', age: 41 }), 2);
  assert.deepEqual({ ...(await redis.hgetall('h')) }, { name: 'Ann', age: '41' });
  assert.deepEqual({ ...(await redis.hgetall('absent')) }, {});
  assert.equal(await redis.hincrby('h', 'age', 1), 42);
  assert.equal(await redis.hincrbyfloat('h', 'height', '1.5'), '1.5');
  assert.deepEqual(await redis.hmget('h', 'name', 'no'), ['Ann', null]);

  assert.equal(await redis.rpush('l', 'a', 'b', 'c'), 3);
  assert.deepEqual(await redis.lrange('l', 0, -1), ['a', 'b', 'c']);
  assert.deepEqual(await redis.lpop('l', 2), ['a', 'b']);
  assert.equal(await redis.lmove('l', 'l2', 'LEFT', 'RIGHT'), 'c');
  assert.equal(await redis.lpop('l'), null);

  await redis.sadd('s', ...many);
  assert.deepEqual((await redis.smembers('s')).sort(), ordered);
  assert.deepEqual(await redis.smismember('s', 'm1', 'x'), [1, 0]);
  const seen = new Set();
  for await (const page of redis.sscanStream('s', { count: 50 })) page.forEach((member) => seen.add(member));
  assert.equal(seen.size, many.length);
  await redis.hset('big', Object.fromEntries(many.map((name, i) => [name, i])));
  const fields = {};
  for await (const page of redis.hscanStream('big')) {
    for (let i = 0; i < page.length; i += 2) fields[page[i]] = page[i + 1];
  }
  assert.equal(fields.m999, '999');

  assert.equal(await redis.zadd('z', 1, 'a', '2.5', 'b', '+inf', 'c'), 3);
  assert.equal(Number(await redis.zscore('z', 'b')), 2.5);
  assert.deepEqual((await redis.zrange('z', 0, 1, 'WITHSCORES')).flat().map(String), ['a', '1', 'b', '2.5']);
  assert.deepEqual(await redis.zrangebyscore('z', '(1', '+inf', 'LIMIT', 0, 1), ['b']);
  assert.equal(await redis.zrank('z', 'c'), 2);
  assert.deepEqual((await redis.zpopmax('z')).flat().map(String), ['c', 'inf']);

  assert.equal(await redis.geoadd('g', 13.361389, 38.115556, 'Palermo', 15.087269, 37.502669, 'Catania'), 2);
  assert.equal(Math.round(Number(await redis.geodist('g', 'Palermo', 'Catania', 'km'))), 166);
  assert.deepEqual(await redis.geosearch('g', 'FROMLONLAT', 15, 37, 'BYRADIUS', 200, 'km', 'ASC'),
    ['Catania', 'Palermo']);
  assert.equal(await redis.pfadd('p', 'a', 'b', 'a'), 1);
  assert.equal(await redis.pfcount('p'), 2);
  await assert.rejects(redis.lpush('h', 'x'), /WRONGTYPE/);
  redis.disconnect();
}

async function withNodeRedis(client) {
  await client.connect();
  await client.flushAll();
  assert.equal(await client.hSet('h', { name: 'Ann', age: 41 }), 2);
  assert.deepEqual({ ...(await client.hGetAll('h')) }, { name: 'Ann', age: '41' });
  assert.equal(await client.hIncrBy('h', 'age', 1), 42);
  assert.deepEqual(await client.rPush('l', ['a', 'b', 'c']), 3);
  assert.deepEqual(await client.lRange('l', 0, -1), ['a', 'b', 'c']);
  assert.equal(await client.lPos('l', 'c'), 2);
  await client.sAdd('s', many);
  const seen = new Set();
  for await (const page of client.sScanIterator('s')) [page].flat().forEach((member) => seen.add(member));
  assert.equal(seen.size, many.length);
  assert.equal(await client.sInterCard(['s', 's']), many.length);

  assert.equal(await client.zAdd('z', [{ score: 1, value: 'a' }, { score: 2.5, value: 'b' },
    { score: Infinity, value: 'c' }]), 3);
  assert.equal(await client.zScore('z', 'b'), 2.5);
  assert.deepEqual((await client.zRangeWithScores('z', 0, -1)).map(({ value, score }) => [value, score]),
    [['a', 1], ['b', 2.5], ['c', Infinity]]);
  assert.deepEqual({ ...(await client.zPopMin('z')) }, { value: 'a', score: 1 });
  assert.equal(await client.zIncrBy('z', -0.5, 'b'), 2);

  await client.geoAdd('g', [{ longitude: 13.361389, latitude: 38.115556, member: 'Palermo' },
    { longitude: 15.087269, latitude: 37.502669, member: 'Catania' }]);
  const [place] = await client.geoPos('g', 'Palermo');
  assert.ok(Math.abs(Number(place.longitude) - 13.361389) < 1e-5);
  assert.deepEqual(await client.geoSearch('g', { longitude: 15, latitude: 37 }, { radius: 200, unit: 'km' },
    { SORT: 'ASC' }), ['Catania', 'Palermo']);
  await client.pfAdd('p', ['a', 'b']);
  assert.equal(await client.pfCount('p'), 2);
  assert.deepEqual(await client.sort('l', { ALPHA: true, DIRECTION: 'DESC' }), ['c', 'b', 'a']);
  await client.close();
}

await withIoredis(new Redis6(port));
await withIoredis(new Redis5(port));
const url = `redis://127.0.0.1:${port}`;
await withNodeRedis(createClient6({ url }));
await withNodeRedis(createClient5({ url }));
await withNodeRedis(createClient5({ url, RESP: 3 }));
