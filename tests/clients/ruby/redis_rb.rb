# ruby-redis: strings, options, scans, pipelines, errors, reconnection.
require "redis"

def equal(actual, expected)
  abort("expected #{expected.inspect}, found #{actual.inspect} (#{caller(1..1).first})") unless actual == expected
end

redis = Redis.new(port: ENV["SORREL_PORT"].to_i, timeout: 10)
redis.flushall

equal redis.set("a", "x\0y\r\n", ex: 100), "OK"
equal redis.get("a"), "x\0y\r\n"
equal redis.set("a", "z", nx: true), false
equal redis.get("absent"), nil
equal redis.mset("m1", 1, "m2", 2), "OK"
equal redis.mapped_mget("m1", "m2", "m3"), { "m1" => "1", "m2" => "2", "m3" => nil }
equal redis.incrbyfloat("m1", 0.5), 1.5
equal redis.getset("m2", "new"), "2"
equal redis.expire("a", 50), true
equal redis.ttl("a").between?(45, 50), true
equal redis.persist("a"), true
equal redis.rename("a", "b"), "OK"
equal redis.type("b"), "string"
equal redis.setbit("bits", 9, 1), 0
equal redis.bitcount("bits"), 1

begin
  redis.incr("b")
  abort "incr of text was accepted"
rescue Redis::CommandError => e
  equal e.message, "ERR value is not an integer or out of range"
end

replies = redis.pipelined do |pipe|
  1000.times { |i| pipe.set("p:#{i}", i) }
  pipe.get("p:999")
end
equal replies.size, 1001
equal replies.last, "999"
equal redis.scan_each(match: "p:*", count: 100).uniq.size, 1000
equal redis.del(*redis.keys("p:*")), 1000

# A connection that is killed is made again under the next command.
killer = Redis.new(path: ENV["SORREL_SOCKET"])
equal killer.call(["CLIENT", "KILL", "ID", redis.call(["CLIENT", "ID"])]), 1
equal redis.ping, "PONG"
equal killer.select(1), "OK"
equal killer.dbsize, 0
equal killer.config(:get, "port")["port"], ENV["SORREL_PORT"]
equal killer.info["redis_mode"], "standalone"
