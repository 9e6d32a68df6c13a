// A session store that is killed under load, again and again: no session is lost, and nothing of one that
// a visitor was answered. The server is the script's own, with its append-only file written before it answers.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { createClient } from 'redis';

const VISITORS = 24;
const LIVES = 6; // of the server; every other one ends by SIGKILL, the rest by SIGTERM
const LIFE_MS = 250;

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  return port;
}

const program = await readlink(`/proc/${process.env.SORREL_PID}/exe`);
const port = await freePort();

async function startServer() {
  const server = spawn(program, ['--port', port, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always'],
    { stdio: 'ignore' });
  for (let tries = 0; tries < 500; tries++) {
    try {
      const client = await createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: false } })
        .on('error', () => {}).connect();
      const answer = await client.ping();
      client.destroy();
      if (answer === 'PONG') return server;
    } catch {
      await sleep(10);
    }
  }
  throw new Error('the server does not start');
}

async function endServer(server, signal) {
  const ended = once(server, 'exit');
  server.kill(signal);
  await ended;
}

async function startApplication() {
  const client = createClient({
    url: `redis://127.0.0.1:${port}`, disableOfflineQueue: true, socket: { reconnectStrategy: 10 },
  }).on('error', () => {});
  await client.connect();
  const application = express();
  application.use(session({
    store: new RedisStore({ client, prefix: 'web:', disableTouch: true }), secret: 'a test secret', resave: false, saveUninitialized: false,
  }));
  application.get('/count', (request, response, next) => {
    request.session.count = (request.session.count ?? 0) + 1;
    const { count } = request.session;
    request.session.save((error) => (error ? next(error) : response.json(count)));
  });
  application.set('env', 'test'); // no traces of what is expected
  application.use((error, request, response, next) => {
    if (!response.headersSent) response.status(503).end();
  });
  const listener = application.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return { client, listener, root: `http://127.0.0.1:${listener.address().port}` };
}

let server = await startServer();
const { client, listener, root } = await startApplication();
let open = true;

// Counts upwards: a count that was answered is never answered again.
async function visit() {
  let cookie = '';
  let answered = 0;
  let refused = 0;
  while (open) {
    const response = await fetch(`${root}/count`, { headers: { cookie } });
    if (response.status !== 200) {
      await response.arrayBuffer();
      refused++;
      await sleep(5);
      continue;
    }
    const count = await response.json();
    assert.ok(count > answered, `${answered} was answered, and now ${count}`);
    answered = count;
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
  }
  return { answered, refused };
}

const visitors = Array.from({ length: VISITORS }, visit);
for (let life = 0; life < LIVES; life++) {
  await sleep(LIFE_MS);
  await endServer(server, life % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
  server = await startServer();
}
await sleep(LIFE_MS);
open = false;
const results = await Promise.all(visitors);
const answered = results.reduce((sum, result) => sum + result.answered, 0);
const refused = results.reduce((sum, result) => sum + result.refused, 0);
// Each was served before, between and behind the server's ends, and some met one.
assert.ok(results.every((result) => result.answered > LIVES), JSON.stringify(results));
assert.ok(refused > 0);
assert.equal((await client.keys('web:*')).length, VISITORS);
console.log(`${VISITORS} sessions, ${answered} requests answered, ${refused} refused, ${LIVES} ends: none lost`);
client.destroy();
listener.close();
listener.closeAllConnections();
await endServer(server, 'SIGTERM');
