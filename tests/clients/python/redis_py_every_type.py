"""python3-redis: hashes, lists, sets, sorted sets, geo, HyperLogLog, transactions, messages, waiting."""

# needs: hashes lists sets sorted-sets pubsub transactions waiting

import os
import threading

import redis

PORT = int(os.environ["SORREL_PORT"])


def equal(actual, expected):
    if actual != expected:
        raise SystemExit(f"expected {expected!r}, found {actual!r}")


def hashes(client):
    equal(client.hset("user", mapping={"name": "Ada", "visits": 1}), 2)
    equal(client.hgetall("user"), {"name": "Ada", "visits": "1"})
    equal(client.hincrby("user", "visits", 4), 5)
    equal(client.hmget("user", "name", "nothing"), ["Ada", None])
    client.hset("big", mapping={f"field:{i}": i for i in range(2000)})
    equal(sorted(client.hscan_iter("big", match="field:19*")),
          sorted((f"field:{i}", str(i)) for i in range(2000) if str(i).startswith("19")))
    equal(client.object("encoding", "big"), "hashtable")


def lists(client):
    equal(client.rpush("queue", *range(5)), 5)
    equal(client.lrange("queue", 1, -2), ["1", "2", "3"])
    equal(client.lmove("queue", "done", "LEFT", "RIGHT"), "0")
    equal(client.lpos("queue", "3"), 2)
    equal(client.lpop("queue", 2), ["1", "2"])
    equal(client.rpush("long", *range(5000)), 5000)
    equal(client.lindex("long", 2500), "2500")


def sets(client):
    client.sadd("a", "x", "y", "z")
    client.sadd("b", "y", "z", "w")
    equal(client.sinter("a", "b"), {"y", "z"})
    equal(client.sdiff("a", "b"), {"x"})
    equal(client.sunionstore("c", "a", "b"), 4)
    equal(client.smismember("c", ["x", "nothing"]), [1, 0])
    client.sadd("numbers", *range(3000))
    equal({int(member) for member in client.sscan_iter("numbers")}, set(range(3000)))


def sorted_sets(client):
    equal(client.zadd("board", {"ada": 3, "bob": 1.5, "cleo": float("inf")}), 3)
    equal(client.zrange("board", 0, -1, withscores=True), [("bob", 1.5), ("ada", 3.0), ("cleo", float("inf"))])
    equal(client.zincrby("board", 4, "bob"), 5.5)
    equal(client.zrevrank("board", "ada"), 2)
    equal(client.zrangebyscore("board", "(3", "+inf"), ["bob", "cleo"])
    equal(client.zpopmin("board"), [("ada", 3.0)])
    client.zadd("many", {f"member:{i}": i for i in range(5000)})
    equal(client.zcount("many", 1000, 1999), 1000)
    equal(client.zunionstore("both", ["many", "board"], aggregate="MAX"), 5002)


def places(client):
    client.geoadd("sicily", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania"))
    equal(round(client.geodist("sicily", "Palermo", "Catania", unit="km"), 4), 166.2742)
    equal(client.geosearch("sicily", longitude=15, latitude=37, radius=100, unit="km"), ["Catania"])
    equal(client.geohash("sicily", "Palermo"), ["sqc8b49rny0"])


def sketches(client):
    client.pfadd("visitors", *(f"visitor:{i}" for i in range(1000)))
    if abs(client.pfcount("visitors") - 1000) > 30:
        raise SystemExit(f"a count of {client.pfcount('visitors')}")


def transactions(client):
    client.set("balance", 10)
    with client.pipeline() as pipe:
        pipe.watch("balance")
        client.set("balance", 20)
        pipe.multi()
        pipe.set("balance", 0)
        try:
            pipe.execute()
        except redis.WatchError:
            pass
        else:
            raise SystemExit("a changed key was not noticed")
    equal(client.get("balance"), "20")
    client.transaction(lambda pipe: (pipe.multi(), pipe.incr("balance")), "balance")
    equal(client.get("balance"), "21")


def messages(client):
    listener = client.pubsub(ignore_subscribe_messages=True)
    listener.subscribe("news")
    listener.psubscribe("weather.*")
    while not listener.subscribed or client.pubsub_numsub("news") != [("news", 1)]:
        listener.get_message(timeout=1)
    equal(client.publish("news", "hello"), 1)
    equal(client.publish("weather.rome", "sunny"), 1)
    found = []
    while len(found) < 2:
        message = listener.get_message(timeout=5)
        if message is not None:
            found.append((message["type"], message["channel"], message["data"]))
    equal(found, [("message", "news", "hello"), ("pmessage", "weather.rome", "sunny")])
    listener.close()


def waiting(client):
    results = []
    other = redis.Redis(port=PORT, decode_responses=True)
    thread = threading.Thread(target=lambda: results.append(other.blpop(["jobs", "more"], timeout=30)))
    thread.start()
    while client.info("clients")["blocked_clients"] == 0:
        pass
    client.rpush("more", "job")
    thread.join()
    equal(results, [("more", "job")])
    equal(client.brpop("jobs", timeout=0.05), None)
    client.zadd("later", {"job": 7})
    equal(client.bzpopmin("later", timeout=1), ("later", "job", 7.0))
    equal(client.blmove("jobs", "done", timeout=0.05), None)


with redis.Redis(port=PORT, decode_responses=True) as main:
    for part in (hashes, lists, sets, sorted_sets, places, sketches, transactions, messages, waiting):
        main.flushall()
        part(main)
