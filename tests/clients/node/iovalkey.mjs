// iovalkey, Valkey's branch of ioredis: offline queue, automatic pipelining, buffers, monitor-free tour.
import assert from 'node:assert/strict';
import Valkey from 'iovalkey';

const client = new Valkey({ port: Number(process.env.SORREL_PORT), enableAutoPipelining: true, keyPrefix: 'pre:' });
// Sent before the connection is there: kept in the client's queue.
await Promise.all(Array.from({ length: 1000 }, (_, i) => client.set(`k${i}`, i)));
const values = await Promise.all(Array.from({ length: 1000 }, (_, i) => client.get(`k${i}`)));
values.forEach((value, i) => assert.equal(value, String(i)));

assert.equal(await client.getset('k0', 'new'), '0');
assert.equal(await client.setex('brief', 100, 'x'), 'OK');
assert.ok((await client.expiretime('brief')) > Date.now() / 1000 + 90);
assert.equal(await client.getex('brief', 'PERSIST'), 'x');
assert.equal(await client.touch('k0', 'k1', 'none'), 2);
assert.equal(await client.dbsize(), 1001);

const plain = new Valkey(Number(process.env.SORREL_PORT));
assert.equal(await plain.exists('pre:k1'), 1);
assert.equal((await plain.keys('pre:k99?')).length, 10);
await plain.swapdb(0, 5);
assert.equal(await plain.dbsize(), 0);
assert.equal(await plain.move('nothing', 1), 0);
await plain.select(5);
assert.equal(await plain.flushdb('ASYNC'), 'OK');
assert.equal(await plain.dbsize(), 0);
await Promise.all([client.quit(), plain.quit()]);
