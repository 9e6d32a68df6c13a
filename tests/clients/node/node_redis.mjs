// node-redis 6 and 5, each in RESP3 and RESP2: typed replies, iterators, reconnection, RESET of a pool.
import assert from 'node:assert/strict';
import { createClient as createClient6, createClientPool, RESP_TYPES } from 'redis';
import { createClient as createClient5 } from 'redis-5';

const url = `redis://127.0.0.1:${process.env.SORREL_PORT}`;

async function strings(client) {
  assert.equal(await client.set('a', 'one'), 'OK');
  assert.equal(await client.set('a', 'two', { condition: 'XX', GET: true, expiration: { type: 'EX', value: 100 } }), 'one');
  assert.equal(await client.get('a'), 'two');
  assert.ok((await client.ttl('a')) > 90);
  assert.equal(await client.getEx('a', { type: 'PERSIST' }), 'two');
  assert.equal(await client.ttl('a'), -1);
  assert.equal(await client.set('a', 'three', { condition: 'NX' }), null);
  await client.mSet({ b: '1', c: '2' });
  assert.deepEqual(await client.mGet(['b', 'c', 'd']), ['1', '2', null]);
  assert.equal(await client.mSetNX({ b: 'x', e: 'y' }), 0);
  assert.equal(await client.incrBy('b', 9), 10);
  assert.equal(Number(await client.incrByFloat('b', 0.25)), 10.25);
  assert.equal(await client.lcs('b', 'c'), '2');
  const binary = Buffer.from([0, 1, 13, 10, 200]);
  await client.set('bytes', binary);
  assert.deepEqual(await client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).get('bytes'), binary);
}

async function keys(client) {
  await client.mSet(Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`it:${i}`, 'x'])));
  const seen = new Set();
  for await (const page of client.scanIterator({ MATCH: 'it:*', COUNT: 50, TYPE: 'string' })) {
    [page].flat().forEach((key) => seen.add(key));
  }
  assert.equal(seen.size, 1500);
  assert.equal((await client.keys('it:1?')).length, 10);
  assert.equal(await client.unlink([...seen]), 1500);
  assert.equal(await client.type('b'), 'string');
  assert.equal(await client.objectEncoding('b'), 'embstr');
  assert.equal(await client.pExpire('b', 50000), 1);
  assert.equal(await client.pExpire('b', 90000, 'LT'), 0);
  assert.ok((await client.pTTL('b')) <= 50000);
  assert.equal(await client.copy('b', 'b2'), 1);
  assert.equal(await client.renameNX('b2', 'c'), 0);
  assert.ok(['a', 'b', 'b2', 'bytes', 'c'].includes(await client.randomKey()));
}

async function server(client) {
  assert.equal((await client.configGet('maxmemory-policy'))['maxmemory-policy'], 'noeviction');
  await client.configSet('maxmemory-policy', 'allkeys-lru');
  assert.equal((await client.configGet('maxmemory-*'))['maxmemory-policy'], 'allkeys-lru');
  await client.configSet('maxmemory-policy', 'noeviction');
  assert.match(await client.info('server'), /redis_version:7\./);
  assert.equal(typeof (await client.dbSize()), 'number');
  assert.equal(await client.commandCount(), (await client.commandList()).filter((name) => !name.includes('|')).length);
  assert.ok((await client.commandInfo(['get']))[0].flags.has('readonly'));
  assert.ok(Math.abs(Number((await client.time())[0] ?? NaN) - Date.now() / 1000) < 60);
  await assert.rejects(client.incr('a'), /ERR value is not an integer or out of range/);
  await assert.rejects(client.sendCommand(['SET', 'a']), /ERR wrong number of arguments for 'set' command/);
}

async function connections(client, createClient, options) {
  const other = createClient(options);
  const events = [];
  ['error', 'reconnecting', 'ready'].forEach((name) => other.on(name, () => events.push(name)));
  await other.connect();
  await other.clientSetName('other');
  assert.equal((await other.clientInfo()).name, 'other');
  const ready = new Promise((resolve) => other.once('ready', resolve));
  assert.equal(await client.clientKill({ filter: 'ID', id: await other.clientId() }), 1);
  await ready;
  assert.equal(await other.ping(), 'PONG');
  assert.ok(events.includes('reconnecting'));
  await other.close();

  const pipelined = await Promise.all(Array.from({ length: 3000 }, (_, i) => client.set(`x:${i}`, `${i}`)));
  assert.ok(pipelined.every((reply) => reply === 'OK'));
  const replies = await Promise.all(Array.from({ length: 3000 }, (_, i) => client.get(`x:${i}`)));
  replies.forEach((reply, i) => assert.equal(reply, `${i}`));
}

for (const createClient of [createClient6, createClient5]) {
  for (const RESP of [3, 2]) {
    const options = { url, RESP };
    const client = await createClient(options).on('error', (error) => { throw error; }).connect();
    await client.flushAll();
    await strings(client);
    await keys(client);
    await server(client);
    await connections(client, createClient, options);
    await client.close();
  }
}

const pool = await createClientPool({ url, RESP: 3 }, { minimum: 2, maximum: 8 })
  .on('error', (error) => { throw error; }).connect();
await Promise.all(Array.from({ length: 500 }, () => pool.incr('pooled')));
assert.equal(await pool.get('pooled'), '500');
await pool.close();
