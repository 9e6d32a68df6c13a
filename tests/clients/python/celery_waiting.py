"""python3-celery's waiting for results: the backend's channels tell of each result as it is stored.

needs: hashes lists sets sorted-sets transactions pubsub waiting
"""

import os
import threading

from celery import Celery, group, states

URL = f"redis://127.0.0.1:{os.environ['SORREL_PORT']}"


def equal(actual, expected):
    if actual != expected:
        raise SystemExit(f"expected {expected!r}, found {actual!r}")


app = Celery("letters", broker=URL + "/0", backend=URL + "/1")


@app.task
def add(a, b):
    return a + b


def work(count):
    """What a worker does, as far as it needs no script: waits for messages, stores what they come to."""
    client = app.connection_for_read().default_channel.client
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        for _ in range(count):
            queue, body = client.brpop(["celery"], timeout=20)
            equal(queue, b"celery")
            message = channel.Message(__import__("json").loads(body), channel=channel)
            args, _, _ = message.decode()
            task = message.headers["id"]
            app.backend.store_result(task, args[0] + args[1], states.SUCCESS)


worker = threading.Thread(target=work, args=(7,), daemon=True)
first = add.delay(1, 2)
worker.start()
equal(first.get(timeout=20), 3)
later = [add.delay(n, n) for n in range(3)]
equal([result.get(timeout=20) for result in later], [0, 2, 4])
equal(group(add.s(n, 10) for n in range(3)).apply_async().get(timeout=20), [10, 11, 12])
worker.join(20)
equal(worker.is_alive(), False)
equal(app.backend.client.pubsub_numpat(), 0)
