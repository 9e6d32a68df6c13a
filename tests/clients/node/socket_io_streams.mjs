// Socket.IO servers that reach each other's clients through a stream, with
// @socket.io/redis-streams-adapter.
// needs: streams pubsub
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-streams-adapter';
import { createClient } from 'redis';
import { Server } from 'socket.io';
import { io as connect } from 'socket.io-client';

const url = `redis://127.0.0.1:${process.env.SORREL_PORT}`;

async function serve() {
  const redis = await createClient({ url }).connect();
  const http = createServer();
  const io = new Server(http, { adapter: createAdapter(redis, { streamName: 'io', heartbeatInterval: 200 }) });
  io.on('connection', (socket) => {
    socket.on('join', (room, done) => { socket.join(room); done(); });
  });
  await new Promise((resolve) => { http.listen(0, '127.0.0.1', resolve); });
  return { io, redis, url: `http://127.0.0.1:${http.address().port}` };
}

async function guest(server) {
  const socket = connect(server.url, { transports: ['websocket'] });
  await new Promise((resolve) => { socket.on('connect', resolve); });
  return socket;
}

const heard = (socket, event) => new Promise((resolve) => {
  socket.once(event, (...words) => resolve(words));
});

async function until(condition) {
  for (let tries = 0; !(await condition()); tries++) {
    assert.ok(tries < 500, 'it never came to be');
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
}

const servers = [await serve(), await serve()];
const [near, far] = servers;
const ann = await guest(near);
const bob = await guest(far);
await until(async () => await near.io.of('/').adapter.serverCount() === 2);
await until(async () => await far.io.of('/').adapter.serverCount() === 2);

const everybody = [heard(ann, 'news'), heard(bob, 'news')];
near.io.emit('news', 'all');
assert.deepEqual(await Promise.all(everybody), [['all'], ['all']]);
await new Promise((resolve) => { bob.emit('join', 'room', resolve); });
const inRoom = heard(bob, 'to room');
near.io.to('room').emit('to room', { n: 7 });
assert.deepEqual(await inRoom, [{ n: 7 }]);
assert.equal((await near.io.fetchSockets()).length, 2);
assert.ok(await near.redis.xLen('io') > 0);

ann.disconnect();
bob.disconnect();
for (const server of servers) {
  await server.io.close();
  server.redis.destroy();
}
process.exit(0);  // the adapter's read of the stream has no end
