// Socket.IO servers that reach each other's clients through @socket.io/redis-adapter, by classic
// channels and by sharded ones.
// needs: pubsub
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import Redis from 'ioredis';
import { createClient } from 'redis';
import { Server } from 'socket.io';
import { io as connect } from 'socket.io-client';

const port = Number(process.env.SORREL_PORT);

const classic = {
  async pair() {
    const publisher = new Redis(port);
    const subscriber = publisher.duplicate();
    return {
      adapter: createAdapter(publisher, subscriber),
      close() { publisher.disconnect(); subscriber.disconnect(); },
    };
  },
};
const sharded = {
  async pair() {
    const publisher = await createClient({ url: `redis://127.0.0.1:${port}` }).connect();
    const subscriber = await publisher.duplicate().connect();
    return {
      adapter: createShardedAdapter(publisher, subscriber),
      async close() { await publisher.close(); await subscriber.close(); },
    };
  },
};

async function serve(kind) {
  const { adapter, close } = await kind.pair();
  const http = createServer();
  const io = new Server(http, { adapter });
  io.on('connection', (socket) => {
    socket.on('join', (room, done) => { socket.join(room); done(); });
  });
  await new Promise((resolve) => { http.listen(0, '127.0.0.1', resolve); });
  return { io, close, url: `http://127.0.0.1:${http.address().port}` };
}

async function guest(server, name) {
  const socket = connect(server.url, { transports: ['websocket'], auth: { name } });
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

for (const kind of [classic, sharded]) {
  const servers = [await serve(kind), await serve(kind)];
  const [near, far] = servers;
  const ann = await guest(near, 'ann');
  const bob = await guest(far, 'bob');
  // Each server must have heard of the other.
  await until(async () => await near.io.of('/').adapter.serverCount() === 2);
  await until(async () => await far.io.of('/').adapter.serverCount() === 2);

  const everybody = [heard(ann, 'news'), heard(bob, 'news')];
  near.io.emit('news', 'all', Buffer.from([1, 2, 255]));
  for (const [text, bytes] of await Promise.all(everybody)) {
    assert.equal(text, 'all');
    assert.deepEqual([...Buffer.from(bytes)], [1, 2, 255]);
  }

  await new Promise((resolve) => { bob.emit('join', 'room', resolve); });
  const inRoom = heard(bob, 'to room');
  near.io.to('room').emit('to room', 7);
  assert.deepEqual(await inRoom, [7]);
  await until(async () => (await near.io.in('room').fetchSockets()).length === 1);
  const sockets = await near.io.fetchSockets();
  assert.deepEqual(sockets.map((socket) => socket.handshake.auth.name).sort(), ['ann', 'bob']);

  for (const socket of [ann, bob]) socket.on('question', (done) => { done(socket.id.length); });
  const answers = await near.io.timeout(5000).emitWithAck('question');
  assert.deepEqual(answers, [20, 20]);
  far.io.on('among servers', (word, done) => { done(`${word}!`); });
  const replies = await new Promise((resolve, reject) => {
    near.io.serverSideEmit('among servers', 'hello', (error, all) => (error ? reject(error) : resolve(all)));
  });
  assert.deepEqual(replies, ['hello!']);

  const gone = heard(bob, 'disconnect');
  near.io.in('room').disconnectSockets(true);
  assert.equal((await gone)[0], 'io server disconnect');
  ann.disconnect();
  bob.disconnect();
  for (const server of servers) {
    await server.io.close();
    await server.close();
  }
}
