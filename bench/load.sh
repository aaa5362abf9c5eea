#!/bin/bash
# What relmap.load() costs beside the nested jsonb_agg that one writes by hand,
# over Chinook.  Runs a throwaway server; PG_CONFIG chooses it, one without
# assertions tells more.
set -euo pipefail
# shellcheck source=bench/lib.sh
. "$(dirname "$0")/lib.sh"

usage() {
	cat <<'END'
usage: bench/load.sh [--rounds N]

Runs both queries, taking turns, as many times as there are rounds (20), and
prints the median time of each, and how they compare.  The one object is read
by a prepared statement, and by one that is planned each time.
END
}

rounds=20
while [[ $# -gt 0 ]]; do
	case $1 in
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

[[ -r $root/../shared/data/chinook/chinook.sql ]] || die 'there is no ../shared/data/chinook/chinook.sql'
begin
chinook=$work/shared/data/chinook/chinook.sql
{
	echo 'CREATE EXTENSION relmap;'
	sed '1,/^.c chinook/d' "$chinook"
	echo 'SET client_min_messages = warning; SELECT count(*) FROM relmap.automap(); VACUUM ANALYZE;'
} | run psql -X -q -v ON_ERROR_STOP=1 >/dev/null

loaded="relmap.load(a, 'albums.tracks.genre')"
written="to_jsonb(a) || jsonb_build_object('albums', (
	SELECT coalesce(jsonb_agg(to_jsonb(b) || jsonb_build_object('tracks', (
		SELECT coalesce(jsonb_agg(to_jsonb(t) || jsonb_build_object('genre', (
			SELECT to_jsonb(g) FROM genre g WHERE g.genre_id = t.genre_id)) ORDER BY t.track_id), '[]')
		FROM track t WHERE t.album_id = b.album_id)) ORDER BY b.album_id), '[]')
	FROM album b WHERE b.artist_id = a.artist_id))"

# Print the median times in ms of two queries that take turns, in one session.
measure() {
	local i
	{
		echo '\o /dev/null'
		echo "PREPARE loaded AS SELECT $loaded FROM artist a WHERE artist_id = 90;"
		echo "PREPARE written AS SELECT $written FROM artist a WHERE artist_id = 90;"
		echo "$1; $2;"
		printf '%s\n' '\timing on'
		for ((i = 0; i < rounds; i++)); do
			printf '%s;\n%s;\n' "$1" "$2"
		done
	} | tr '\n\t' '  ' | sed 's/; /;\n/g; s/\\o \/dev\/null /&\n/; s/\\timing on /&\n/' | run psql -X -q -v ON_ERROR_STOP=1 |
		sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | perl -e '
			my @times = <STDIN>;
			my @median = map {
				my $way = $_;
				(sort { $a <=> $b } @times[grep { $_ % 2 == $way } 0 .. $#times])[@times / 4];
			} 0, 1;
			printf "%-24s load %8.3f ms   by hand %8.3f ms   ratio %.2f\n", $ARGV[0], @median, $median[0] / $median[1];' "$3"
}

measure "SELECT $loaded FROM artist a" "SELECT $written FROM artist a" 'all 275 artists'
measure 'EXECUTE loaded' 'EXECUTE written' 'one, prepared'
measure "SELECT $loaded FROM artist a WHERE artist_id = 90" "SELECT $written FROM artist a WHERE artist_id = 90" 'one, planned'
