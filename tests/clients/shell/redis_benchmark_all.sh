#!/usr/bin/env bash
# redis-benchmark's whole list of tests, as `redis-benchmark -q` runs it.
# needs: lists hashes sets sorted-sets
set -euo pipefail
output=$(timeout 100 redis-benchmark -p "$SORREL_PORT" -q -n 1000 2>&1 | tr '\r' '\n') || true
if [[ $(grep -cE ': [1-9][0-9]*\.[0-9]+ requests per second' <<<"$output") -lt 20 ]] || grep -qi error <<<"$output"; then
  echo "$output"
  exit 1
fi
