#!/bin/sh
# Tries whether a test of random cases finds mistakes: applies each patch of a folder (or those named) to a copy of
# the last commit, runs the test and writes to the folder's results.md which were found and after how many cases.
#
#   find_mistakes.sh TARGET FOLDER CASES SEED MOST [PATCH..]
#   CARGO_TARGET_DIR    where the copies are built (target/mutations)
set -eu

target=$1 here=$2 cases=$3 seed=$4 most=$5
shift 5
root=$(git -C "$here" rev-parse --show-toplevel)
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
    echo "Written by \`run.sh\`: seed $seed, at most $most $cases a mistake."
    echo
    echo "| mistake | found | after $cases |"
    echo "|---|---|---|"
} > "$results"

[ $# -gt 0 ] || set -- "$here"/*.patch
missed=0
for patch in "$@"; do
    name=$(basename "$patch" .patch)
    git -C "$copy" checkout --quiet -- .
    patch --quiet --directory "$copy" --strip 1 --fuzz 2 --no-backup-if-mismatch < "$patch"
    (cd "$copy" && cargo test --quiet -p synctable --test "$target" --no-run)
    if (cd "$copy" && cargo test --quiet -p synctable --test "$target") > "$folder/output" 2>&1; then
        row="| $name | no | |"
        missed=1
    else
        after=$(sed -n "s/.*found after \([0-9]*\) $cases.*/\1/p" "$folder/output" | sort -n | head -n 1)
        # What never happens any more is missed at the end.
        ! grep -q "too seldom" "$folder/output" || after=$most
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
