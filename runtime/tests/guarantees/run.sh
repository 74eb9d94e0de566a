#!/bin/sh
# Shows that each guarantee has a test that fails without it: applies each patch that guarantees.toml names (or those
# named here, without `.patch`) to a copy of the last commit, runs the tests that stand beside it, and writes to
# results.md which of them failed. Lines of patches that were not run stay.
#
#   CARGO_TARGET_DIR          where the copy is built (target/guarantees)
#   SYNCTABLE_PATCH_SECONDS   how long the tests of one patch may run (300)
#   SYNCTABLE_SEED            the seed of the random queries (1)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(git -C "$here" rev-parse --show-toplevel)
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target/guarantees}"
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_TERM_COLOR=never RUST_BACKTRACE=0
export SYNCTABLE_SEED="${SYNCTABLE_SEED:-1}"
seconds="${SYNCTABLE_PATCH_SECONDS:-300}"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The copy stays where it was built, so that the next run builds only what has changed.
copy=$CARGO_TARGET_DIR/copy
if [ -e "$copy/.git" ]; then
    git -C "$copy" checkout --quiet --force --detach "$(git -C "$root" rev-parse HEAD)"
else
    mkdir -p "$CARGO_TARGET_DIR"
    git -C "$root" worktree add --quiet --force --detach "$copy" HEAD
fi

# PATCH TARGET TEST, one a line.
sed -n 's/.*{ patch = "\([^"]*\)", test = "\([^ ]*\) \([^"]*\)" }.*/\1 \2 \3/p' "$here/guarantees.toml" \
    | sort -u > "$folder/proofs"
[ $# -gt 0 ] || set -- $(cut -d ' ' -f 1 "$folder/proofs" | sort -u)

# Builds and runs tests of one target: 0 they pass, 1 not, 2 they do not compile.
try() {
    target=$1
    shift
    case $target in
        lib) chosen=--lib ;;
        *) chosen="--test $target" ;;
    esac
    # shellcheck disable=SC2086
    (cd "$copy" && cargo test --quiet -p synctable $chosen --no-run) > "$folder/output" 2>&1 || return 2
    # shellcheck disable=SC2086
    (cd "$copy" && timeout "$seconds" cargo test -p synctable $chosen -- --exact "$@") > "$folder/output" 2>&1 \
        || return 1
}

touch "$here/results.md"
failed=0
for name in "$@"; do
    git -C "$copy" checkout --quiet -- .
    : > "$folder/rows"
    if ! patch --quiet --directory "$copy" --strip 1 --fuzz 2 --no-backup-if-mismatch \
        < "$here/patches/$name.patch" > "$folder/output" 2>&1
    then
        cat "$folder/output"
        echo "| $name | | no: the patch does not apply |" >> "$folder/rows"
    fi
    [ -s "$folder/rows" ] || for target in $(grep "^$name " "$folder/proofs" | cut -d ' ' -f 2 | sort -u); do
        tests=$(grep "^$name $target " "$folder/proofs" | cut -d ' ' -f 3)
        outcome=0
        # shellcheck disable=SC2086
        try "$target" $tests || outcome=$?
        for test in $tests; do
            if [ $outcome -eq 2 ]; then
                found="no: it does not compile"
            elif grep -q "^test $test \.\.\. FAILED" "$folder/output"; then
                found=found
            elif grep -q "^test $test \.\.\. ok" "$folder/output"; then
                found="no: the test passes"
            else
                found="no: the test did not end"
            fi
            echo "| $name | $target $test | $found |" >> "$folder/rows"
        done
        [ $outcome -ne 2 ] || cat "$folder/output"
    done
    cat "$folder/rows"
    ! grep -q '| no' "$folder/rows" || failed=1
    { grep '^| [a-z]' "$here/results.md" | grep -v "^| $name |"; cat "$folder/rows"; } | sort > "$folder/kept" || true
    {
        echo "# Breaks that tests have to find"
        echo
        echo "Written by \`run.sh\`: each patch breaks one behaviour, and the test named beside it has to fail."
        echo
        echo "| break | test | result |"
        echo "|---|---|---|"
        grep -v '^| break |' "$folder/kept"
    } > "$folder/results.md"
    cp "$folder/results.md" "$here/results.md"
done
exit $failed
