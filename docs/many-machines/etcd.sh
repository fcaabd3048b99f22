#!/bin/sh
# One member of etcd, where Patroni keeps who leads. Three of them on three machines outlive one; this one
# is alone. Runs until it is told to stop.
#   HOST=10.0.0.9 PORT=2379 DIR=/var/lib/epay-etcd sh etcd.sh
set -eu
PEERS="http://$HOST:${PEER_PORT:-$((PORT + 1))}"
exec etcd --name "etcd-$HOST" --data-dir "$DIR" \
  --listen-client-urls "http://$HOST:$PORT" --advertise-client-urls "http://$HOST:$PORT" \
  --listen-peer-urls "$PEERS" --initial-advertise-peer-urls "$PEERS" \
  --initial-cluster "etcd-$HOST=$PEERS" --log-level error
