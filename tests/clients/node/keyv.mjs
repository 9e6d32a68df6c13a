// Keyv over @keyv/redis: values with and without a lifetime, namespaces, iteration, clearing.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import KeyvRedis from '@keyv/redis';
import Keyv from 'keyv';

const url = `redis://127.0.0.1:${process.env.SORREL_PORT}`;
const open = (namespace) => {
  const keyv = new Keyv({ store: new KeyvRedis(url), namespace });
  keyv.on('error', (error) => { throw error; });
  return keyv;
};

const users = open('users');
const cache = open('cache');
await users.set('ann', { name: 'Ann', tags: ['a', 'ü'] });
await cache.set('ann', 'another ann');
assert.deepEqual(await users.get('ann'), { name: 'Ann', tags: ['a', 'ü'] });
assert.equal(await cache.get('ann'), 'another ann');
assert.deepEqual(await users.getMany(['ann', 'nobody']), [{ name: 'Ann', tags: ['a', 'ü'] }, undefined]);
assert.equal(await users.has('ann'), true);
assert.equal(await users.delete('ann'), true);
assert.equal(await users.get('ann'), undefined);

await cache.set('brief', 1, 40);
assert.equal(await cache.get('brief'), 1);
await pause(80);
assert.equal(await cache.get('brief'), undefined);

for (let i = 0; i < 300; i++) await users.set(`u${i}`, i);
const seen = new Map();
for await (const [key, value] of users.iterator()) seen.set(key, value);
assert.equal(seen.size, 300);
assert.equal(seen.get('u299'), 299);

await users.clear();
assert.equal(await users.get('u0'), undefined);
assert.equal(await cache.get('ann'), 'another ann');
await users.disconnect();
await cache.disconnect();
