"""python3-redis with commands of every collection type: replies in the types that it makes of them.

needs: hashes lists sets sorted-sets geo hyperloglogs
"""

import os

import redis


def equal(actual, expected):
    if actual != expected:
        raise SystemExit(f"expected {expected!r}, found {actual!r}")


def hashes(client):
    equal(client.hset("h", mapping={"name": "Ann", "age": 41}), 2)
    equal(client.hgetall("h"), {"name": "Ann", "age": "41"})
    equal(client.hincrby("h", "age"), 42)
    equal(client.hincrbyfloat("h", "height", 1.5), 1.5)
    equal(client.hmget("h", "name", "no"), ["Ann", None])
    client.hset("big", mapping={f"f{i}": i for i in range(2000)})
    equal(len(dict(client.hscan_iter("big", count=100))), 2000)
    equal(sorted(client.hrandfield("h", 3)), ["age", "height", "name"])


def lists(client):
    equal(client.rpush("l", "a", "b", "c", "b"), 4)
    equal(client.lpos("l", "b", rank=-1), 3)
    equal(client.linsert("l", "before", "c", "x"), 5)
    equal(client.lrange("l", 0, -1), ["a", "b", "x", "c", "b"])
    equal(client.lmpop(2, "no", "l", direction="RIGHT", count=2), ["l", ["b", "c"]])
    equal(client.lmove("l", "other", "LEFT", "RIGHT"), "a")
    equal(client.sort("l", alpha=True, desc=True), ["x", "b"])


def sets(client):
    client.sadd("s", *range(2000))
    equal(len(set(client.sscan_iter("s", count=100))), 2000)
    client.sadd("few", 1, 2, "x")
    equal(client.sinter("s", "few"), {"1", "2"})
    equal(client.sintercard(2, ["s", "few"], limit=1), 1)
    equal(client.sdiffstore("rest", "few", "s"), 1)
    equal(client.spop("rest"), "x")
    equal(client.exists("rest"), 0)


def sorted_sets(client):
    equal(client.zadd("z", {"a": 1, "b": 2.5, "c": float("inf")}), 3)
    equal(client.zrange("z", 0, -1, withscores=True), [("a", 1.0), ("b", 2.5), ("c", float("inf"))])
    equal(client.zadd("z", {"a": 4}, gt=True, ch=True), 1)
    equal(client.zincrby("z", -0.5, "a"), 3.5)
    equal(client.zrangebyscore("z", "(2.5", "+inf", start=0, num=1), ["a"])
    equal(client.zrevrank("z", "c"), 0)
    equal(client.zunion(["z", "z"], aggregate="MIN", withscores=True)[0], ("b", 2.5))
    equal(client.zpopmin("z"), [("b", 2.5)])
    client.zadd("ranked", {f"m{i}": i for i in range(2000)})
    equal(sum(score for _, score in client.zscan_iter("ranked")), sum(range(2000)))


def places_and_sketches(client):
    equal(client.geoadd("g", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")), 2)
    equal(round(client.geodist("g", "Palermo", "Catania", unit="km")), 166)
    found = client.geosearch("g", longitude=15, latitude=37, radius=200, unit="km", sort="ASC", withdist=True)
    equal([name for name, _ in found], ["Catania", "Palermo"])
    equal(client.pfadd("p", "a", "b"), 1)
    client.pfmerge("q", "p")
    equal(client.pfcount("q", "p"), 2)


CLIENT = redis.Redis(port=int(os.environ["SORREL_PORT"]), socket_timeout=10, decode_responses=True)
CLIENT.flushall()
for check in (hashes, lists, sets, sorted_sets, places_and_sketches):
    check(CLIENT)
