#!/bin/sh
# Tries whether the random sequences find mistakes; see support/find_mistakes.sh. Patches may be named.
#
#   SYNCTABLE_SIM_SEED        the seed of every run (1)
#   SYNCTABLE_SIM_SEQUENCES   the most sequences of a run (10000)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
export SYNCTABLE_SIM_SEED="${SYNCTABLE_SIM_SEED:-1}"
export SYNCTABLE_SIM_SEQUENCES="${SYNCTABLE_SIM_SEQUENCES:-10000}"
exec "$here/../../support/find_mistakes.sh" sim "$here" sequences "$SYNCTABLE_SIM_SEED" "$SYNCTABLE_SIM_SEQUENCES" "$@"
