"""python3-redis: strings, keys, pipelines, scans, pools, passwords, sockets, reconnection, MONITOR."""

import datetime
import os
import threading
import time

import redis

PORT = int(os.environ["SORREL_PORT"])


def equal(actual, expected):
    if actual != expected:
        raise SystemExit(f"expected {expected!r}, found {actual!r}")


def refused(kind, text, call, *arguments):
    try:
        call(*arguments)
    except kind as error:
        if text not in str(error):
            raise SystemExit(f"expected an error with {text!r}, found {error!r}") from error
        return
    raise SystemExit(f"expected an error with {text!r}, found none")


def strings(client):
    every_byte = bytes(range(256))
    equal(client.set("bytes", every_byte), True)
    equal(client.get("bytes"), every_byte)
    equal(client.set("a", "x", ex=datetime.timedelta(minutes=5), nx=True), True)
    equal(client.set("a", "y", nx=True), None)
    equal(client.set("a", "y", keepttl=True, get=True), b"x")
    assert 290 < client.ttl("a") <= 300
    equal(client.getex("a", persist=True), b"y")
    equal(client.ttl("a"), -1)
    equal(client.getdel("a"), b"y")
    equal(client.mset({"m1": 1, "m2": 2.5}), True)
    equal(client.mget("m1", "absent", "m2"), [b"1", None, b"2.5"])
    equal(client.incr("n", 10), 10)
    equal(client.incrbyfloat("n", 0.125), 10.125)
    equal(client.append("n", "!"), 7)
    equal(client.setrange("padded", 4, "x"), 5)
    equal(client.getrange("padded", 0, -1), b"\0\0\0\0x")
    equal(client.execute_command("LCS", "bytes", "padded", "LEN"), 2)
    refused(redis.ResponseError, "value is not an integer or out of range", client.incr, "bytes")


def bits(client):
    equal(client.setbit("bits", 100, 1), 0)
    equal(client.bitcount("bits", 0, -1, "BIT"), 1)
    equal(client.bitpos("bits", 1), 100)
    equal(client.bitop("XOR", "zero", "bits", "bits"), 13)
    field = client.bitfield("field").set("i5", "#1", -7).get("i5", "#1").incrby("u4", 0, 20)
    equal(field.execute(), [0, -7, 4])


def keys(client):
    client.mset({f"scan:{i}": i for i in range(3000)})
    equal(len(set(client.scan_iter(match="scan:*", count=200))), 3000)
    equal(len(client.keys("scan:12??")), 100)
    equal(client.unlink(*[f"scan:{i}" for i in range(3000)]), 3000)
    client.set("k", "v")
    deadline = datetime.datetime.now() + datetime.timedelta(hours=1)
    equal(client.expireat("k", deadline), True)
    equal(client.expiretime("k"), int(deadline.timestamp()))
    equal(client.expire("k", 10, gt=True), False)
    equal(client.copy("k", "k2"), True)
    equal(client.object("refcount", "k"), 1)
    equal(client.type("k"), b"string")
    equal(client.renamenx("k", "k2"), False)
    equal(client.exists("k", "k2", "k3"), 2)
    client.set("brief", "x", px=30)
    time.sleep(0.06)
    equal(client.get("brief"), None)
    equal(client.memory_usage("k") > 0, True)


def pipelines(client):
    with client.pipeline(transaction=False) as pipe:
        for i in range(2000):
            pipe.set(f"p:{i}", i)
            pipe.incr(f"p:{i}")
        pipe.incr("bytes")
        replies = pipe.execute(raise_on_error=False)
    equal(replies[:4], [True, 1, True, 2])
    equal(len(replies), 4001)
    equal(type(replies[-1]), redis.ResponseError)


def server(client):
    equal(client.ping(), True)
    equal(client.echo("ü"), "ü".encode())
    equal(client.config_set("slowlog-max-len", 77), True)
    equal(client.config_get("slowlog-*")["slowlog-max-len"], "77")
    assert client.info()["redis_version"].startswith("7.")
    assert client.info("clients")["connected_clients"] >= 1
    assert abs(client.time()[0] - time.time()) < 60
    client.config_set("slowlog-log-slower-than", 0)
    client.set("slow", "x")
    assert any(entry["command"].startswith(b"SET slow") for entry in client.slowlog_get())
    client.config_set("slowlog-log-slower-than", 10000)
    equal(client.command_count(), len(client.command()))
    equal(client.command()["get"]["arity"], 2)


def connections(client):
    client.client_setname("first")
    equal(client.client_getname(), "first")
    other = redis.Redis(port=PORT, db=4, client_name="other", retry_on_timeout=True)
    number = other.client_id()
    named = [each for each in client.client_list() if each["name"] == "other"]
    equal([each["id"] for each in named], [str(number)])
    equal(named[0]["db"], "4")
    equal(client.client_kill_filter(_id=number), 1)
    equal(other.ping(), True)

    by_socket = redis.Redis(unix_socket_path=os.environ["SORREL_SOCKET"], decode_responses=True)
    by_socket.set("s", "text")
    equal(by_socket.get("s"), "text")

    client.config_set("requirepass", "pass word")
    refused(redis.AuthenticationError, "Authentication required", redis.Redis(port=PORT).ping)
    refused(redis.ResponseError, "WRONGPASS", redis.Redis(port=PORT, password="no").ping)
    equal(redis.Redis(port=PORT, username="default", password="pass word").ping(), True)
    client.config_set("requirepass", "")


def threads():
    pool = redis.ConnectionPool(port=PORT, max_connections=50)

    def work():
        client = redis.Redis(connection_pool=pool)
        for _ in range(200):
            client.incr("shared")

    workers = [threading.Thread(target=work) for _ in range(20)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    equal(redis.Redis(connection_pool=pool).get("shared"), b"4000")
    pool.disconnect()


def monitor(client):
    with redis.Redis(port=PORT).monitor() as watch:
        client.set("watched", "a b")
        seen = next(entry for entry in watch.listen() if "watched" in entry["command"])
    equal((seen["command"], seen["db"]), ("SET watched a b", 0))


CLIENT = redis.Redis(port=PORT, socket_timeout=10)
CLIENT.flushall()
strings(CLIENT)
bits(CLIENT)
keys(CLIENT)
pipelines(CLIENT)
server(CLIENT)
connections(CLIENT)
threads()
monitor(CLIENT)
