#!/bin/sh
# Tries whether the test finds mistakes: applies each patch of this folder (or those named) to a copy of
# the last commit, runs the test and writes to results.md which were found and after how many sequences.
#
#   SYNCTABLE_SIM_SEED            the seed of every run (1)
#   SYNCTABLE_SIM_SEQUENCES   the most sequences of a run (10000)
#   CARGO_TARGET_DIR          where the copies are built (target/mutations)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(git -C "$here" rev-parse --show-toplevel)
export SYNCTABLE_SIM_SEED="${SYNCTABLE_SIM_SEED:-1}"
export SYNCTABLE_SIM_SEQUENCES="${SYNCTABLE_SIM_SEQUENCES:-10000}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target/mutations}"
export RUST_BACKTRACE=0

folder=$(mktemp -d)
copy=$folder/copy
git -C "$root" worktree add --quiet --detach "$copy" HEAD
trap 'git -C "$root" worktree remove --force "$copy"; rm -rf "$folder"' EXIT

results=$folder/results.md
{
    echo "# Mistakes that the test has to find"
    echo
    echo "Written by \`run.sh\`: seed $SYNCTABLE_SIM_SEED, at most $SYNCTABLE_SIM_SEQUENCES sequences a mistake."
    echo
    echo "| mistake | found | after sequences |"
    echo "|---|---|---|"
} > "$results"

[ $# -gt 0 ] || set -- "$here"/*.patch
missed=0
for patch in "$@"; do
    name=$(basename "$patch" .patch)
    git -C "$copy" checkout --quiet -- .
    patch --quiet --directory "$copy" --strip 1 --fuzz 2 --no-backup-if-mismatch < "$patch"
    (cd "$copy" && cargo test --quiet -p synctable --test sim --no-run)
    if (cd "$copy" && cargo test --quiet -p synctable --test sim) > "$folder/output" 2>&1; then
        row="| $name | no | |"
        missed=1
    else
        after=$(sed -n 's/.*found after \([0-9]*\) sequences.*/\1/p' "$folder/output" | sort -n | head -n 1)
        # What never happens any more is missed at the end.
        ! grep -q "too seldom" "$folder/output" || after=$SYNCTABLE_SIM_SEQUENCES
        if [ -n "$after" ]; then
            row="| $name | yes | $after |"
        else
            row="| $name | no: the test failed otherwise | |"
            missed=1
            cat "$folder/output"
        fi
    fi
    echo "$row" | tee -a "$results"
done
cp "$results" "$here/results.md"
exit $missed
