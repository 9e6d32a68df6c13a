// BullMQ's commands on data, as far as they need no script: a queue's meta, and jobs, logs and
// dependencies that another process has written.
// needs: hashes lists sets sorted-sets transactions
import assert from 'node:assert/strict';
import { Job, Queue } from 'bullmq';
import Redis from 'ioredis';

const connection = new Redis(Number(process.env.SORREL_PORT), { maxRetriesPerRequest: null });
const queue = new Queue('letters', { connection });
await queue.waitUntilReady();
await queue.setGlobalConcurrency(3);
assert.equal(await queue.getGlobalConcurrency(), 3);
assert.match(await queue.getVersion(), /^bullmq:/);
assert.equal((await queue.getMeta()).concurrency, 3);
assert.equal(await queue.isPaused(), false);

const key = (name) => `bull:letters:${name}`;
await connection.hset(key(7), {
  name: 'send', data: JSON.stringify({ to: 'ann', body: 'ü' }), opts: '{"attempts":3}', timestamp: 1700000000000,
  delay: 0, priority: 0, atm: 1, returnvalue: '"sent"',
});
const job = await Job.fromId(queue, '7');
assert.deepEqual(job.data, { to: 'ann', body: 'ü' });
assert.equal(job.opts.attempts, 3);
assert.equal(job.returnvalue, 'sent');
assert.equal(await Job.fromId(queue, '8'), undefined);

await connection.rpush(key('7:logs'), 'one', 'two', 'three');
assert.deepEqual(await queue.getJobLogs('7'), { logs: ['one', 'two', 'three'], count: 3 });
assert.deepEqual((await queue.getJobLogs('7', 0, 1, false)).logs, ['three', 'two']);
await job.clearLogs(1);
assert.deepEqual(await connection.lrange(key('7:logs'), 0, -1), ['three']);

await connection.hset(key('7:processed'), 'bull:other:1', '{"done":true}');
await connection.sadd(key('7:dependencies'), 'bull:other:2', 'bull:other:3');
assert.deepEqual(await job.getChildrenValues(), { 'bull:other:1': { done: true } });
const dependencies = await job.getDependencies();
assert.deepEqual(dependencies.unprocessed.sort(), ['bull:other:2', 'bull:other:3']);
const some = await job.getDependencies({ processed: { count: 10 }, unprocessed: { count: 10 } });
assert.deepEqual(some.processed, { 'bull:other:1': { done: true } });
assert.equal(some.unprocessed.length, 2);

await queue.close();
connection.disconnect();
