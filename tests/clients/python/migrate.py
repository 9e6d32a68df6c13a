"""MIGRATE to a real redis-server and back: every type, passwords, options; others are served meanwhile."""

# needs: hashes lists sets sorted-sets streams

import os
import socket
import subprocess
import tempfile
import threading
import time

import redis

HERE = int(os.environ["SORREL_PORT"])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(client):
    for _ in range(500):
        try:
            return client.ping()
        except redis.ConnectionError:
            time.sleep(0.01)
    raise SystemExit("redis-server doesn't start")


def fill(client):
    client.set("string", "v" * 1000)
    client.set("number", 17, px=100000)
    client.rpush("list", *range(1000))
    client.sadd("set", *range(10), "x")
    client.zadd("zset", {f"m{i}": i for i in range(500)})
    client.hset("hash", mapping={f"f{i}": i for i in range(500)})
    client.xadd("stream", {"a": 1})
    client.xgroup_create("stream", "group", 0)
    return sorted(key.decode() for key in client.keys("*"))


def digests(client, keys):
    return client.execute_command("DEBUG", "DIGEST-VALUE", *keys)


def fails(client, expected, *words):
    try:
        client.execute_command("MIGRATE", *words)
    except redis.ResponseError as error:
        assert str(error).startswith(expected), error
    else:
        raise SystemExit(f"no error: {words}")


def there_and_back(sorrel, other, port):
    keys = fill(sorrel)
    before = digests(sorrel, keys)
    assert sorrel.execute_command("MIGRATE", "127.0.0.1", port, "", 0, 1000, "AUTH", "secret", "COPY",
                                  "KEYS", *keys) == b"OK"
    assert sorrel.dbsize() == len(keys) and digests(other, keys) == before
    assert 0 < other.pttl("number") <= 100000
    fails(sorrel, "Target instance returned error: BUSYKEY", "127.0.0.1", port, "list", 0, 1000, "AUTH", "secret")
    fails(sorrel, "Target instance returned error: NOAUTH", "127.0.0.1", port, "list", 0, 1000)
    fails(sorrel, "Target instance returned error: ", "127.0.0.1", port, "list", 99, 1000, "AUTH", "secret")
    assert sorrel.execute_command("MIGRATE", "localhost", port, "", 0, 1000, "REPLACE", "AUTH2", "default", "secret",
                                  "KEYS", *keys, "none") == b"OK"
    assert sorrel.dbsize() == 0 and digests(other, keys) == before
    assert other.execute_command("MIGRATE", "127.0.0.1", HERE, "", 0, 1000, "KEYS", *keys) == b"OK"
    assert other.dbsize() == 0 and digests(sorrel, keys) == before
    assert sorrel.execute_command("MIGRATE", "127.0.0.1", HERE, "list", 5, 1000) == b"OK"
    assert redis.Redis(port=HERE, db=5).llen("list") == 1000


def others_are_served(sorrel):
    sorrel.set("waits", 1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        errors = []

        def migrate():
            try:
                redis.Redis(port=HERE).execute_command("MIGRATE", "127.0.0.1", silent.getsockname()[1], "waits", 0, 700)
            except redis.ResponseError as error:
                errors.append(str(error))

        thread = threading.Thread(target=migrate)
        thread.start()
        link, _ = silent.accept()
        began = time.monotonic()
        for i in range(200):
            sorrel.set("meanwhile", i)
        assert time.monotonic() - began < 0.6, "other clients had to wait"
        assert thread.is_alive()
        thread.join(10)
        link.close()
        assert errors == ["IOERR error or timeout reading to target instance"], errors
    assert sorrel.get("waits") == b"1"


def main():
    sorrel = redis.Redis(port=HERE)
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        process = subprocess.Popen(["redis-server", "--port", str(port), "--dir", directory, "--save", "", "--requirepass",
                                    "secret", "--enable-debug-command", "yes"], stdout=subprocess.DEVNULL)
        try:
            other = redis.Redis(port=port, password="secret")
            wait_for(other)
            there_and_back(sorrel, other, port)
            others_are_served(sorrel)
        finally:
            process.kill()
            process.wait()


main()
