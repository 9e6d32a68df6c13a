#!/usr/bin/env bash
# redis-benchmark to its end: without and with pipelining, random keys, idle connections, threads.
set -euo pipefail

tests=ping_inline,ping_mbulk,set,get,incr,mset
# Every test's line ends in a rate above zero; a refused command ends the program by itself.
rates() {
  local output lines
  output=$(timeout 100 redis-benchmark -p "$SORREL_PORT" -q "$@" 2>&1 | tr '\r' '\n')
  lines=$(grep -cE ': [1-9][0-9]*\.[0-9]+ requests per second' <<<"$output") || true
  if [[ $lines -lt $expected ]] || grep -qiE 'error|ERR ' <<<"$output"; then
    printf 'redis-benchmark %s:\n%s\n' "$*" "$output"
    exit 1
  fi
}

expected=6 rates -n 2000 -t "$tests"
expected=6 rates -n 20000 -P 32 -r 10000 -d 100 -t "$tests"
expected=6 rates -n 5000 -c 200 -k 0 -t "$tests"
expected=1 rates -n 5000 --threads 2 -P 4 -t set
expected=1 rates -n 2000 -3 GET 'key:__rand_int__'
[[ $(redis-cli -p "$SORREL_PORT" DBSIZE) -gt 1000 ]]
