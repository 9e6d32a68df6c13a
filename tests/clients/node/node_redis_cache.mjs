// node-redis's client-side cache: it tracks what it reads and drops it when an invalidation comes.
// needs: hashes pubsub tracking
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { BasicClientSideCache, BasicPooledClientSideCache, createClient, createClientPool } from 'redis';

const url = `redis://127.0.0.1:${process.env.SORREL_PORT}`;
const writer = await createClient({ url }).connect();
const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 100, evictPolicy: 'LRU' });
const reader = await createClient({ url, RESP: 3, clientSideCache: cache }).connect();

// Whoever asks until an answer changes shows that the invalidation came.
async function until(expected, ask) {
  for (let tries = 0; ; tries++) {
    const found = await ask();
    if (JSON.stringify(found) === JSON.stringify(expected)) return;
    assert.ok(tries < 500, `${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
    await pause(5);
  }
}

await writer.set('k', '1');
assert.equal(await reader.get('k'), '1');
const misses = cache.stats().missCount;
for (let i = 0; i < 5; i++) assert.equal(await reader.get('k'), '1');
assert.equal(cache.stats().missCount, misses);
assert.ok(cache.stats().hitCount >= 5);

await writer.set('k', '2');
await until('2', () => reader.get('k'));
await writer.hSet('h', { a: '1', b: '2' });
assert.deepEqual({ ...(await reader.hGetAll('h')) }, { a: '1', b: '2' });
await writer.hDel('h', 'a');
await until({ b: '2' }, async () => ({ ...(await reader.hGetAll('h')) }));
await writer.pExpire('h', 20);
await until({}, async () => ({ ...(await reader.hGetAll('h')) }));
assert.deepEqual(await reader.mGet(['k', 'none']), ['2', null]);
await writer.set('none', 'now');
await until(['2', 'now'], () => reader.mGet(['k', 'none']));
await writer.flushAll();
await until(null, () => reader.get('k'));

// A pool shares one cache.
const shared = new BasicPooledClientSideCache({ ttl: 0, maxEntries: 100, evictPolicy: 'FIFO' });
const pool = createClientPool({ url, RESP: 3 }, { minimum: 2, maximum: 4, clientSideCache: shared });
await pool.connect();
await writer.set('p', '1');
assert.deepEqual(await Promise.all([1, 2, 3, 4].map(() => pool.get('p'))), ['1', '1', '1', '1']);
await writer.set('p', '2');
await until('2', () => pool.get('p'));

pool.destroy();
reader.destroy();
writer.destroy();
