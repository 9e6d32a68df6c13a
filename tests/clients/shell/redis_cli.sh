#!/usr/bin/env bash
# redis-cli, every mode that these commands reach: arguments, standard input, RESP3, JSON, CSV, scans,
# statistics, bulk load, monitor.
set -euo pipefail

cli() { timeout 20 redis-cli -p "$SORREL_PORT" "$@"; }

# same WHAT EXPECTED ACTUAL
same() {
  [[ $2 == "$3" ]] || { printf '%s: expected\n%s\nfound\n%s\n' "$1" "$2" "$3"; exit 1; }
}
# contains WHAT PART TEXT
contains() {
  [[ $3 == *"$2"* ]] || { printf '%s: no "%s" in\n%s\n' "$1" "$2" "$3"; exit 1; }
}

# Arguments, and how replies are shown.
same 'set' OK "$(cli SET greeting 'hello world' EX 1000)"
same 'get' 'hello world' "$(cli GET greeting)"
same 'get, for a person' '"hello world"' "$(cli --no-raw GET greeting)"
same 'absent' '(nil)' "$(cli --no-raw GET absent)"
same 'integer' '(integer) 5' "$(cli --no-raw INCRBY n 5)"
same 'array' $'1) "5"\n2) (nil)' "$(cli --no-raw MGET n absent)"
same 'csv' '"5",NULL' "$(cli --csv MGET n absent)"
same 'json' '["5",null]' "$(cli --json MGET n absent)"
same 'last argument from stdin' OK "$(printf 'from\0stdin' | cli -x SET piped)"
same 'its length' 10 "$(cli STRLEN piped)"
same 'escapes' '"a\x00b\xff\r\n"' "$(cli SET e '' >/dev/null; printf 'a\0b\377\r\n' | cli -x SET e >/dev/null; cli --no-raw GET e)"
contains 'an error' "ERR wrong number of arguments for 'get' command" "$(cli GET 2>&1 || true)"
same 'errors end it with -e' 1 "$(cli -e INCR greeting >/dev/null 2>&1; echo $?)"
same 'repeat' $'1\n2\n3' "$(cli -r 3 INCR repeated)"

# RESP3: HELLO, maps, and what RESP2 has no word for.
contains 'hello 3' '"proto" => (integer) 3' "$(cli -3 --no-raw HELLO)"
contains 'hello 2' 'proto' "$(cli -2 HELLO)"
same 'a map' '{"maxmemory-policy":"noeviction"}' "$(cli -3 --json CONFIG GET maxmemory-policy)"
same 'null' '(nil)' "$(cli -3 --no-raw GET absent)"

# Many commands on standard input, with quotes, a wrong one among them, and a database.
same 'stdin' $'OK\nv 1\nERR value is not an integer or out of range\n\nPONG' \
  "$(printf 'SET "a key" "v 1"\nGET "a key"\nINCR "a key"\nPING\n' | cli)"
same 'databases' $'OK\n1' "$(cli -n 3 SET k v; cli -n 3 DBSIZE)"
same 'uri' PONG "$(timeout 20 redis-cli -u "redis://127.0.0.1:$SORREL_PORT/2" PING)"
same 'socket' PONG "$(timeout 20 redis-cli -s "$SORREL_SOCKET" PING)"

# A password.
cli CONFIG SET requirepass secret >/dev/null
contains 'no password' NOAUTH "$(cli GET greeting 2>&1 || true)"
same 'password' 'hello world' "$(cli --no-auth-warning -a secret GET greeting)"
same 'user and password' PONG "$(cli --no-auth-warning --user default --pass secret PING)"
contains 'wrong password' WRONGPASS "$(cli --no-auth-warning -a wrong PING 2>&1 || true)"
cli --no-auth-warning -a secret CONFIG SET requirepass '' >/dev/null

# Bulk load: 20,000 SETs as RESP and a counted answer.
cli FLUSHALL >/dev/null
loaded=$(awk 'BEGIN { for (i = 0; i < 20000; i++) {
    key = "load:" i; printf "*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%d\r\n", length(key), key, length(i), i } }' |
  cli --pipe)
contains 'pipe' 'errors: 0, replies: 20000' "$loaded"
same 'loaded' 20000 "$(cli DBSIZE)"

# Walks over all keys.
same 'scan' 20000 "$(cli --scan | sort -u | wc -l)"
same 'scan, pattern' 10 "$(cli --scan --pattern 'load:1999?' | sort -u | wc -l)"
same 'scan by cursor' 10 "$(cli SCAN 0 MATCH 'load:1999?' COUNT 100000 | grep -c '^load:')"
same 'keys' 10 "$(cli KEYS 'load:1999?' | wc -l)"
cli SET the-big-one "$(head -c 5000 /dev/zero | tr '\0' x)" >/dev/null
contains 'bigkeys' "Biggest string found '\"the-big-one\"' has 5000 bytes" "$(cli --bigkeys)"
contains 'memkeys' "Biggest string found '\"the-big-one\"'" "$(cli --memkeys)"
cli CONFIG SET maxmemory-policy allkeys-lfu >/dev/null
for _ in {1..200}; do echo GET load:7; done | cli >/dev/null
contains 'hotkeys' 'load:7' "$(cli --hotkeys)"
cli CONFIG SET maxmemory-policy noeviction >/dev/null

# What watches the server from outside, for as long as two looks take.
contains 'stat' 'keys' "$(timeout 1 stdbuf -oL redis-cli -p "$SORREL_PORT" -i 0.2 --stat || true)"
contains 'stat counts' 20001 "$(timeout 1 stdbuf -oL redis-cli -p "$SORREL_PORT" -i 0.2 --stat || true)"
latency=$(timeout 5 redis-cli -p "$SORREL_PORT" -i 1 --latency --raw)
[[ $latency =~ ^[0-9]+\ [0-9]+\ [0-9.]+\ [0-9]+$ ]] || { echo "latency: $latency"; exit 1; }
contains 'info' 'redis_version:7.' "$(cli INFO server)"

# MONITOR shows what another connection does, with its arguments quoted.
timeout 20 stdbuf -oL redis-cli -p "$SORREL_PORT" MONITOR >monitored &
monitor=$!
until grep -q OK monitored; do sleep 0.02; done
cli -n 2 SET watched $'line\n"quoted"' >/dev/null
until grep -q watched monitored; do sleep 0.02; done
kill "$monitor"
grep -Eq '^[0-9]+\.[0-9]{6} \[2 127\.0\.0\.1:[0-9]+\] "SET" "watched" "line\\n\\"quoted\\""$' monitored ||
  { echo "monitor: $(cat monitored)"; exit 1; }

contains 'command list' get "$(cli COMMAND LIST FILTERBY PATTERN 'ge*')"
same 'quit' OK "$(cli QUIT)"
