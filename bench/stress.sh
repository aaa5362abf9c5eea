#!/bin/bash
# Sessions that take the same few parents, by pgbench: relmap beside what people
# do without it.  Runs a throwaway server; see usage below.
set -euo pipefail
# shellcheck source=bench/lib.sh
. "$(dirname "$0")/lib.sh"

usage() {
	cat <<'END'
usage: bench/stress.sh [--seconds N] [--clients N] [--rounds N]

N seconds (10) for every way and number of parents, the ways taking turns, all
of it as many times as there are rounds (3).  PG_CONFIG chooses the server; one
without assertions tells more.

The ways to give a parent a new child, which leaves the old one without:
  relmap         INSERT
  application    UPDATE, then INSERT in the same transaction; plain UNIQUE
  trigger        INSERT; a BEFORE trigger in plpgsql does the UPDATE
  locking        the same, but the trigger locks the parent's row first
  relmap alone   INSERT without what the others need to go on after an error

A unique violation would end pgbench's client.  So in all ways but the last
INSERT is done by a function that makes a serialization failure of it, which
pgbench counts; it costs all of them the same.
END
}

seconds=10
clients=8
rounds=3
while [[ $# -gt 0 ]]; do
	case $1 in
	--seconds) seconds=$2 ;;
	--clients) clients=$2 ;;
	--rounds) rounds=$2 ;;
	-h | --help)
		usage
		exit
		;;
	*)
		usage >&2
		exit 2
		;;
	esac
	shift 2
done

# The ways, each in the schema of tables.sql that it works on.
ways=(relmap application trigger locking alone)
declare -A schema=([relmap]=with_relmap [application]=with_plain [trigger]=with_plpgsql
	[locking]=with_locking [alone]=with_relmap)
counts=(1 10 1000)

# The tables, and what pgbench runs.
set_up() {
	local way
	for way in plain relmap plpgsql locking; do
		make_tables "$way" 1000
		query "CREATE FUNCTION with_$way.take(int) RETURNS void LANGUAGE plpgsql AS \$\$
			BEGIN
				INSERT INTO child (parent_id) VALUES (\$1);
			EXCEPTION WHEN unique_violation THEN
				RAISE serialization_failure;
			END \$\$;"
	done >/dev/null
	for way in relmap trigger locking; do
		echo 'SELECT take(:p);' | run tee "$work/$way.sql" >/dev/null
	done
	printf '%s\n' 'BEGIN;' 'UPDATE child SET parent_id = NULL WHERE parent_id = :p;' \
		'SELECT take(:p);' 'COMMIT;' | run tee "$work/application.sql" >/dev/null
	echo 'INSERT INTO child (parent_id) VALUES (:p);' | run tee "$work/alone.sql" >/dev/null
}

# One load: a line "way parents done unique deadlock aborted wrong" of counts.
load() {
	local way=$1 parents=$2 wrong
	export PGOPTIONS="-c search_path=${schema[$way]}"
	query "TRUNCATE child; INSERT INTO child (parent_id) SELECT generate_series(1, $parents)" >/dev/null
	{ echo "\\set p random(1, $parents)" && cat "$work/$way.sql"; } | run tee "$work/load.sql" >/dev/null
	run pgbench -n -M prepared -c "$clients" -j 2 -T "$seconds" --failures-detailed \
		-f "$work/load.sql" >"$work/pgbench" 2>"$work/pgbench.err" || true
	wrong=$(query "SELECT count(*) FROM generate_series(1, $parents) n
		WHERE (SELECT count(*) FROM child WHERE parent_id = n) <> 1")
	awk -v way="$way" -v parents="$parents" -v wrong="$wrong" \
		-v aborted="$(grep -c aborted "$work/pgbench.err" || true)" '
		/transactions actually processed/ { done = $NF }
		/serialization failures/ { split($0, a, /[:(]/); unique = a[2] + 0 }
		/deadlock failures/ { split($0, a, /[:(]/); deadlock = a[2] + 0 }
		END { print way, parents, done + 0, unique + 0, deadlock + 0, aborted, wrong }' "$work/pgbench"
}

# The sums of all rounds as a table.
table() {
	awk -v time="$((seconds * rounds))" '
		BEGIN {
			name["alone"] = "relmap alone"
			print "| parents | way | done/s | 23505 | 40P01 | clients lost | parents without just one child |"
			print "|--:|---|--:|--:|--:|--:|--:|"
		}
		{
			key = $2 " " $1
			if (!(key in n)) { order[++keys] = key; n[key] = 1 }
			for (i = 3; i <= 7; i++) sum[key, i] += $i
		}
		END {
			for (k = 1; k <= keys; k++) {
				split(order[k], a, " ")
				way = (a[2] in name) ? name[a[2]] : a[2]
				printf "| %d | %s | %.0f | %d | %d | %d | %d |\n", a[1], way, sum[order[k], 3] / time,
					sum[order[k], 4], sum[order[k], 5], sum[order[k], 6], sum[order[k], 7]
			}
		}'
}

begin
set_up
say "$clients clients, $rounds rounds of $seconds s, $(nproc) processors"
for ((round = 0; round < rounds; round++)); do
	for parents in "${counts[@]}"; do
		for way in "${ways[@]}"; do
			load "$way" "$parents"
		done
	done
done | table
