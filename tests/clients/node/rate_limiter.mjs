// rate-limiter-flexible with its store that needs no script, over ioredis and node-redis.
// needs: transactions
import assert from 'node:assert/strict';
import Redis from 'ioredis';
import { RateLimiterRedisNonAtomic } from 'rate-limiter-flexible';
import { createClient } from 'redis';

const port = Number(process.env.SORREL_PORT);

async function limit(storeClient, useRedisPackage, keyPrefix) {
  const limiter = new RateLimiterRedisNonAtomic({ storeClient, useRedisPackage, keyPrefix, points: 5, duration: 60 });
  for (let left = 4; left >= 0; left--) {
    const result = await limiter.consume('visitor');
    assert.equal(result.remainingPoints, left);
    assert.ok(result.msBeforeNext > 50000 && result.msBeforeNext <= 60000);
  }
  await assert.rejects(limiter.consume('visitor'), (refused) => refused.remainingPoints === 0);
  assert.equal((await limiter.get('visitor')).consumedPoints, 6);
  assert.equal((await limiter.consume('somebody else')).remainingPoints, 4);
  assert.equal(await limiter.delete('visitor'), true);
  assert.equal(await limiter.get('visitor'), null);
}

const ioredis = new Redis(port);
await limit(ioredis, false, 'io');
await ioredis.quit();
const nodeRedis = await createClient({ url: `redis://127.0.0.1:${port}` }).connect();
await limit(nodeRedis, true, 'node');
await nodeRedis.close();
