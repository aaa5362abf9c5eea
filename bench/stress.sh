#!/bin/bash
# Sessions that take the same few parents, by pgbench: relmap beside what people
# do without it.  Runs a throwaway server; see usage below.
set -euo pipefail
# shellcheck source=script/lib.sh
. "$(dirname "$0")/../script/lib.sh"

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

ways=(relmap application trigger locking alone)
counts=(1 10 1000)

query() {
	run psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1"
}

# The tables, one for each way, and what pgbench runs.
set_up() {
	local way
	query 'CREATE EXTENSION relmap;
		CREATE TABLE parent (id int PRIMARY KEY, name text);
		INSERT INTO parent SELECT generate_series(1, 1000);'
	for way in "${ways[@]}"; do
		query "CREATE TABLE child_$way (id bigserial PRIMARY KEY, parent_id int UNIQUE REFERENCES parent);
			CREATE FUNCTION insert_$way(int) RETURNS void LANGUAGE plpgsql AS \$\$
			BEGIN
				INSERT INTO child_$way (parent_id) VALUES (\$1);
			EXCEPTION WHEN unique_violation THEN
				RAISE serialization_failure;
			END \$\$;"
	done
	query "SET client_min_messages = warning;
		SELECT relmap.relationship('child_' || way, 'parent', 'parent', accessor => false,
			backref => relmap.backref('child_' || way, uselist => false, accessor => false))
		FROM unnest('{relmap,alone}'::text[]) way;
		CREATE FUNCTION release() RETURNS trigger LANGUAGE plpgsql AS \$\$
		BEGIN
			IF TG_ARGV[0] = 'lock' THEN
				PERFORM FROM parent WHERE id = NEW.parent_id FOR NO KEY UPDATE;
			END IF;
			IF TG_ARGV[0] = 'lock' THEN
				UPDATE child_locking SET parent_id = NULL WHERE parent_id = NEW.parent_id AND id <> NEW.id;
			ELSE
				UPDATE child_trigger SET parent_id = NULL WHERE parent_id = NEW.parent_id AND id <> NEW.id;
			END IF;
			RETURN NEW;
		END \$\$;
		CREATE TRIGGER release BEFORE INSERT OR UPDATE OF parent_id ON child_trigger
			FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION release('');
		CREATE TRIGGER release BEFORE INSERT OR UPDATE OF parent_id ON child_locking
			FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION release('lock');" >/dev/null
	for way in relmap trigger locking; do
		echo "SELECT insert_$way(:p);" | run tee "$work/$way.sql" >/dev/null
	done
	printf '%s\n' 'BEGIN;' 'UPDATE child_application SET parent_id = NULL WHERE parent_id = :p;' \
		'SELECT insert_application(:p);' 'COMMIT;' | run tee "$work/application.sql" >/dev/null
	echo 'INSERT INTO child_alone (parent_id) VALUES (:p);' | run tee "$work/alone.sql" >/dev/null
}

# One load: a line "way parents done unique deadlock aborted wrong" of counts.
load() {
	local way=$1 parents=$2 wrong
	query "TRUNCATE child_$way; INSERT INTO child_$way (parent_id) SELECT generate_series(1, $parents)" >/dev/null
	{ echo "\\set p random(1, $parents)" && cat "$work/$way.sql"; } | run tee "$work/load.sql" >/dev/null
	run pgbench -n -M prepared -c "$clients" -j 2 -T "$seconds" --failures-detailed \
		-f "$work/load.sql" >"$work/pgbench" 2>"$work/pgbench.err" || true
	wrong=$(query "SELECT count(*) FROM generate_series(1, $parents) n
		WHERE (SELECT count(*) FROM child_$way WHERE parent_id = n) <> 1")
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

forget_environment
need_server
make_copy
install_relmap
start_server -t 60
set_up
say "$clients clients, $rounds rounds of $seconds s, $(nproc) processors"
for ((round = 0; round < rounds; round++)); do
	for parents in "${counts[@]}"; do
		for way in "${ways[@]}"; do
			load "$way" "$parents"
		done
	done
done | table
