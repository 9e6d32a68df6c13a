// Keyv's operations on many keys at once, which @keyv/redis sends as transactions.
// needs: transactions
import assert from 'node:assert/strict';
import KeyvRedis from '@keyv/redis';
import Keyv from 'keyv';

const keyv = new Keyv(new KeyvRedis(`redis://127.0.0.1:${process.env.SORREL_PORT}`));
keyv.on('error', (error) => { throw error; });
await keyv.setMany([{ key: 'a', value: 1 }, { key: 'b', value: { c: 2 }, ttl: 60000 }]);
assert.deepEqual(await keyv.getMany(['a', 'b', 'x']), [1, { c: 2 }, undefined]);
assert.deepEqual(await keyv.hasMany(['a', 'x']), [true, false]);
assert.equal(await keyv.deleteMany(['a', 'b']), true);
assert.equal(await keyv.get('b'), undefined);
await keyv.disconnect();
