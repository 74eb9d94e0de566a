#!/bin/sh
# Tries whether the random queries find mistakes; see support/find_mistakes.sh. Patches may be named.
#
#   SYNCTABLE_SEED            the seed of every run (1)
#   SYNCTABLE_AGREE_QUERIES   the most queries of a run (40000)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
export SYNCTABLE_SEED="${SYNCTABLE_SEED:-1}"
export SYNCTABLE_AGREE_QUERIES="${SYNCTABLE_AGREE_QUERIES:-40000}"
exec "$here/../../support/find_mistakes.sh" agree "$here" queries "$SYNCTABLE_SEED" "$SYNCTABLE_AGREE_QUERIES" "$@"
