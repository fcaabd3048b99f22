#!/bin/sh
# One node of the database: PostgreSQL, and Patroni that decides by etcd whether it leads. Runs as the user
# postgres until it is told to stop.
#   NAME=one HOST=10.0.0.1 PORT=5432 REST=8008 ETCD=10.0.0.9:2379 NETWORK=10.0.0.0/24 DIR=/var/lib/epay \
#   PATRONI_SUPERUSER_PASSWORD=… PATRONI_REPLICATION_PASSWORD=… sh patroni.sh
set -eu
export PATRONI_SUPERUSER_USERNAME=postgres PATRONI_REPLICATION_USERNAME=replicator
BIN=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
cat >"$DIR/patroni.yml" <<END
scope: epay
name: $NAME
restapi: {listen: "$HOST:$REST", connect_address: "$HOST:$REST"}
etcd3: {hosts: "$ETCD"}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 4
    primary_start_timeout: 0 # a primary that has died is not waited for
    synchronous_mode: true
    synchronous_mode_strict: true # without a replica nothing is committed
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters:
        synchronous_commit: "on"
        max_connections: 200
        wal_log_hints: "on" # what pg_rewind needs
        wal_keep_size: 1GB # so that a node that was away for a while catches up
  initdb: [encoding: UTF8, locale: C, data-checksums, auth-host: scram-sha-256]
postgresql:
  listen: "$HOST:$PORT"
  connect_address: "$HOST:$PORT"
  pgpass: $DIR/pgpass
  data_dir: $DIR/data
  bin_dir: $BIN
  parameters: {unix_socket_directories: "$DIR", password_encryption: scram-sha-256}
  pg_hba:
    - local all postgres peer
    - host replication replicator $NETWORK scram-sha-256
    - host all all $NETWORK scram-sha-256 # with certificates: hostssl
END
exec patroni "$DIR/patroni.yml"
