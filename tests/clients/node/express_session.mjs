// An Express application with its sessions in connect-redis: a session lives through a hundred requests,
// and through a restart of the application, because it is kept in the server.
import assert from 'node:assert/strict';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { createClient } from 'redis';

const url = `redis://127.0.0.1:${process.env.SORREL_PORT}`;

async function startApplication() {
  const client = await createClient({ url }).on('error', (error) => { throw error; }).connect();
  const store = new RedisStore({ client, prefix: 'web:', ttl: 600 });
  const application = express();
  application.use(session({ store, secret: 'a test secret', resave: false, saveUninitialized: false }));
  application.get('/count', (request, response) => {
    request.session.count = (request.session.count ?? 0) + 1;
    request.session.basket = [...(request.session.basket ?? []), `item ${request.session.count} ✓`];
    response.json({ count: request.session.count, basket: request.session.basket.length });
  });
  application.get('/read', (request, response) => response.json(request.session.count ?? null));
  application.get('/leave', (request, response, next) =>
    request.session.destroy((error) => (error ? next(error) : response.json('bye'))));
  const listener = await new Promise((resolve) => {
    const made = application.listen(0, '127.0.0.1', () => resolve(made));
  });
  return {
    client, store,
    root: `http://127.0.0.1:${listener.address().port}`,
    stop: async () => {
      await new Promise((resolve) => { listener.close(resolve); listener.closeAllConnections(); });
      await client.close();
    },
  };
}

// A browser's share: it brings back the cookie that it was given.
function visitor() {
  let cookie = '';
  return async (application, path) => {
    const response = await fetch(application.root + path, { headers: { cookie } });
    assert.equal(response.status, 200);
    cookie = response.headers.getSetCookie?.()[0]?.split(';')[0] ?? cookie;
    return response.json();
  };
}

let application = await startApplication();
const alice = visitor();
const bob = visitor();
for (let i = 1; i <= 100; i++) {
  assert.deepEqual(await alice(application, '/count'), { count: i, basket: i });
  if (i === 50) {
    await application.stop();
    application = await startApplication();
  }
}
assert.equal((await bob(application, '/count')).count, 1);
assert.equal(await alice(application, '/read'), 100);

const { client, store } = application;
assert.equal(await store.length(), 2);
assert.deepEqual((await store.all()).map(({ count }) => count).sort((a, b) => a - b), [1, 100]);
const [key] = await client.keys('web:*');
const left = await client.ttl(key);
assert.ok(left > 590 && left <= 600, `ttl ${left}`);

assert.equal(await alice(application, '/leave'), 'bye');
assert.equal(await store.length(), 1);
assert.equal(await alice(application, '/read'), null);
await store.clear();
assert.equal(await client.dbSize(), 0);
await application.stop();
