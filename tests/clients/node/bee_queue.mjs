// bee-queue as far as it needs no script: a queue's health, jobs that another process has written,
// and the events that tell of them.
// needs: hashes lists sets sorted-sets transactions pubsub
import assert from 'node:assert/strict';
import Queue from 'bee-queue';
import Redis from 'ioredis';

const port = Number(process.env.SORREL_PORT);
const queue = new Queue('letters', {
  redis: { host: '127.0.0.1', port }, isWorker: false, ensureScripts: false, getEvents: true, sendEvents: true,
});
await queue.ready();
const other = new Redis(port);
const key = (name) => `bq:letters:${name}`;
const job = (data) => JSON.stringify({ data, options: { timestamp: 1700000000000, stacktraces: [] }, status: 'created' });
await other.hset(key('jobs'), '1', job({ to: 'ann' }), '2', job({ to: 'bob' }), '3', job({ to: 'cat' }));
await other.lpush(key('waiting'), '1', '2');
await other.sadd(key('succeeded'), '3');
await other.zadd(key('delayed'), 1700000000000, '4');
await other.set(key('id'), 4);

assert.deepEqual(await queue.checkHealth(), {
  waiting: 2, active: 0, succeeded: 1, failed: 0, delayed: 1, newestJob: 4,
});
assert.deepEqual((await queue.getJob('2')).data, { to: 'bob' });
assert.equal(await queue.getJob('7'), null);
const waiting = await queue.getJobs('waiting', { start: 0, end: 10 });
assert.deepEqual(waiting.map((one) => one.id).sort(), ['1', '2']);
assert.deepEqual((await queue.getJobs('succeeded', { size: 10 })).map((one) => one.id), ['3']);
assert.equal(await queue.isPaused?.() ?? false, false);

const kept = await queue.getJob('1');
const succeeded = new Promise((resolve) => { kept.on('succeeded', resolve); });
const announced = new Promise((resolve) => { queue.on('job succeeded', (id, result) => resolve([id, result])); });
const progressed = new Promise((resolve) => { queue.on('job progress', (id, value) => resolve([id, value])); });
queue.jobs.set('1', kept);
await other.publish(key('events'), JSON.stringify({ id: '1', event: 'progress', data: 40 }));
await other.publish(key('events'), JSON.stringify({ id: '1', event: 'succeeded', data: 'sent' }));
assert.deepEqual(await progressed, ['1', 40]);
assert.deepEqual(await announced, ['1', 'sent']);
assert.equal(await succeeded, 'sent');

await queue.destroy();
assert.equal(await other.exists(key('jobs'), key('waiting'), key('delayed')), 0);
await queue.close(100);
other.disconnect();
