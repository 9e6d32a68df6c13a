"""python3-celery as far as it needs no blocking command: its result backend, and messages of its broker.

needs: hashes lists sets sorted-sets transactions
"""

import os

from celery import Celery, states

URL = f"redis://127.0.0.1:{os.environ['SORREL_PORT']}"


def equal(actual, expected):
    if actual != expected:
        raise SystemExit(f"expected {expected!r}, found {actual!r}")


app = Celery("letters", broker=URL + "/0", backend=URL + "/1")


@app.task
def add(a, b):
    return a + b


sent = [add.apply_async((n, n), task_id=f"task-{n}") for n in range(3)]
backend = app.backend
equal(backend.client.get("nothing"), None)
with app.connection_for_write() as connection:
    channel = connection.default_channel
    equal(channel.client.llen("celery"), 3)
    equal(channel._size("celery"), 3)
    equal(channel.client.smembers("_kombu.binding.celery"), {b"celery\x06\x16\x06\x16celery"})
    message = channel._get("celery")
    equal(message["headers"]["id"], "task-0")
    equal(channel._purge("celery"), 2)

backend.store_result("task-0", 42, states.SUCCESS)
equal((sent[0].state, sent[0].result), (states.SUCCESS, 42))
equal(sent[1].state, states.PENDING)
backend.store_result("task-1", ValueError("no"), states.FAILURE)
equal(type(app.AsyncResult("task-1").result), ValueError)
keys = [backend.get_key_for_task("task-0"), backend.get_key_for_task("task-1")]
equal([value is None for value in backend.mget(keys)], [False, False])
assert 0 < backend.client.ttl(backend.get_key_for_task("task-0")) <= 86400
sent[0].forget()
equal(backend.client.exists(backend.get_key_for_task("task-0")), 0)
