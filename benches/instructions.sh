#!/bin/sh
# Instructions of a whole audit against the kept figures: a regression shows on a noisy machine too.
#
#   benches/instructions.sh          compares with benches/instructions.tsv; exit code 1 where one is 3 % or more away
#   benches/instructions.sh --keep   writes what was counted there
#
# Needs valgrind (`apt-get install valgrind`). The figures hold for the kept compiler and profile: another version of Rust
# or of the C library counts otherwise, and --keep begins anew.
set -eu
cd "$(dirname "$0")/.."

kept=benches/instructions.tsv
tolerance=3
counted=$(mktemp)
trap 'rm -f "$counted"' EXIT

# The bench binary, as cargo names it.
binary=$(cargo bench --no-default-features --bench audit --no-run --message-format json |
    sed -n 's/.*"target":{[^}]*"name":"audit".*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
[ -x "$binary" ] || { echo "cargo named no binary of the bench audit" >&2; exit 2; }

# One stage, by the function that it is spent in: the rest of the process makes the inventory.
count() { # node groups, accounts, function
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect="$3" "$binary" "$1" "$2" 2>&1 |
        sed -n 's/.*Collected : \([0-9][0-9]*\)$/\1/p'
}

while read -r stage groups accounts function; do
    printf '%s\t%s\n' "$stage" "$(count "$groups" "$accounts" "$function")" >>"$counted"
done <<'STAGES'
judge-many 1065 many *Judgement*take*
judge-one 1065 one *Judgement*take*
load 1065 many *inventory*store*load*
STAGES

[ "${1:-}" != --keep ] || cp "$counted" "$kept"
awk -F '\t' -v tolerance="$tolerance" '
    NR == FNR { kept[$1] = $2; next }
    $2 + 0 == 0 { printf "%s: nothing was counted: has the function another name now?\n", $1; wrong = 1; next }
    !($1 in kept) { printf "%s: %d, nothing kept\n", $1, $2; wrong = 1; next }
    {
        change = 100 * ($2 - kept[$1]) / kept[$1]
        over = change >= tolerance || change <= -tolerance
        word = ""
        if (over) word = (change > 0) ? ", a regression" : ", keep the better figure"
        printf "%s: %d, kept %d: %+.2f %%%s\n", $1, $2, kept[$1], change, word
        wrong = wrong || over
    }
    END { exit wrong }
' "$kept" "$counted"
