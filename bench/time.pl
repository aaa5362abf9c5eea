# Time relmap beside what people do without it, on the server that libpq's
# environment names, in an empty database.
#
# usage: time.pl SCALE MOST ROUNDS FACTS [ROW...]
#
# SCALE is the number of rows that a statement writes, MOST that of the largest
# table, FACTS a JSON object to begin with.  Prints one line of JSON with all rows
# of the table, or those named, and how costs grow; says on stderr how far it is.
#
# Each alternative starts from the same state of its tables, and must end with
# the same rows; otherwise it dies.  RELMAP_FLOOR names the library of floor.c;
# without it that way is left out.

use strict;
use warnings;
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP;
use lib dirname(__FILE__);
use Growth;
use Measure;
use Work;

my ($scale, $most, $rounds, $facts, @chosen) = @ARGV;
my $folder = tempdir(CLEANUP => 1);
chmod 0755, $folder;
my %connection;

# A connection to the tables of one way, which are made if need be.
sub of_way
{
	my ($way) = @_;

	return $connection{$way} //= do
	{
		system('psql', '-X', '-q', '-v', "way=$way", '-v', "scale=$scale", '-v', 'floor=' . ($ENV{RELMAP_FLOOR} // ''), '-f', dirname(__FILE__) . '/tables.sql') == 0
		  or die "tables.sql failed\n";
		Measure::connection(Work::schema($way));
	};
}

# Bring a way's tables into the state before some work on n rows.  A checkpoint
# comes now, so that none comes later.
sub reset_tables
{
	my ($dbh, $work, $n) = @_;
	my ($table) = Work::table($work);

	Measure::execute($dbh, 'CHECKPOINT', Work::before($work, $n));
	# What is known to be small would be scanned while it grows, by the trigger
	# that is written by hand.
	Measure::execute($dbh, "VACUUM ANALYZE $table") if $work->{full} && $n == $scale;
}

# A row of the results from the figures of its ways.  Ratios are to the way
# named as base.  What relmap is to reach is the most that it may cost in units
# of each of some ways.
sub row
{
	my ($name, $title, $figures, $base, %more) = @_;
	my $reach = $more{reach} // {};
	my %against = map { $_ => Measure::ratio($figures, 'relmap', $_) } grep { $figures->{$_} } keys %$reach;

	return {
		name => $name,
		title => $title,
		base => $base,
		ways => { map { $_ => Measure::round(Measure::median(@{ $figures->{$_} })) } keys %$figures },
		ratios => { map { $_ => Measure::ratio($figures, $_, $base) } grep { $_ ne $base } keys %$figures },
		against => \%against,
		reached => (grep { $against{$_}{value} > $reach->{$_} } keys %against) ? JSON::PP::false : JSON::PP::true,
		%more,
	};
}

# One of Work.pm.
sub time_work
{
	my ($work) = @_;
	my ($table, $column) = Work::table($work);
	my @ways = grep { $_ ne 'floor' || $ENV{RELMAP_FLOOR} } sort keys %{ $work->{ways} };
	my $file = "$folder/rows";
	my %state;

	if ($work->{name} eq 'copy')
	{
		open my $out, '>', $file or die "$file: $!";
		print $out "$_\t$_\t0\tchild $_\n" foreach 1 .. $scale;
		close $out;
	}
	my $figures = Measure::rounds($rounds, \@ways,
		sub {
			my ($way) = @_;
			my $dbh = of_way($way);

			reset_tables($dbh, $work, $scale);
			my $ms = Measure::execute($dbh, Work::statements($work, $way, $scale, $file));
			$state{$way} = Measure::state_of($dbh, $table, $column);
			die "$work->{name}: $way left $state{$way}\n" unless Measure::value($dbh, Work::done($work, $scale));
			Measure::same($work->{name}, \%state);
			return 1000 * $ms / $scale;
		});
	return row($work->{name}, $work->{title}, $figures, $work->{plain} // 'plain', unit => 'us', reach => $work->{reach});
}

# Transactions by pgbench that give parents new children: how many microseconds
# one takes.  Scripts by way; they have the parent in :p, chosen by $choice.
sub time_transactions
{
	my ($name, $parents, $clients, $choice, %scripts) = @_;
	my $each = $scale / 10;

	return Measure::rounds($rounds, [ sort keys %scripts ],
		sub {
			my ($way, $round) = @_;
			my $dbh = of_way($way);

			reset_tables($dbh, { full => Work::rows('child', 'i, 0') }, $parents);
			$dbh->do('ALTER TABLE child ALTER COLUMN id RESTART WITH ' . ($parents + 1));
			open my $out, '>', "$folder/script" or die;
			print $out "\\set p $choice\n$scripts{$way}\n";
			close $out;
			my ($latency) = Measure::pgbench(Work::schema($way), "$folder/script",
				'-c', $clients, '-j', 2, '-t', $each, '--random-seed', $round + 1);
			my $rows = $parents + $clients * $each;
			die "$name: not one child for each parent, $way\n"
			  unless Measure::value($dbh, "SELECT count(*) = $rows AND count(parent_id) = $parents
				AND count(DISTINCT parent_id) = $parents FROM child");
			return 1000 * $latency;
		});
}

my $insert = "INSERT INTO child (parent_id, v, name) VALUES (:p, 0, 'new');";
my %single = (
	plain => "BEGIN;\nUPDATE child SET parent_id = NULL WHERE parent_id = :p;\n$insert\nCOMMIT;",
	map { $_ => $insert } qw(relmap plpgsql locking));

# Single rows, by prepared statements of one session.
sub time_one
{
	my $each = $scale / 10;
	my $figures = Measure::rounds($rounds, [ sort keys %single ],
		sub {
			my ($way, $round) = @_;
			my $dbh = of_way($way);

			reset_tables($dbh, { full => Work::rows('child', 'i, 0') }, $scale);
			$dbh->do('ALTER TABLE child ALTER COLUMN id RESTART WITH ' . ($scale + 1));
			$dbh->{pg_server_prepare} = 1;
			my $release = $dbh->prepare('UPDATE child SET parent_id = NULL WHERE parent_id = $1', { pg_prepare_now => 1 });
			my $arrive = $dbh->prepare(q{INSERT INTO child (parent_id, v, name) VALUES ($1, 0, 'new')}, { pg_prepare_now => 1 });
			$dbh->{pg_server_prepare} = 0;
			srand $round;
			my @parents = map { 1 + int rand $scale } 1 .. $each;
			my $ms = Measure::milliseconds($dbh,
				sub {
					foreach my $parent (@parents)
					{
						$dbh->begin_work if $way eq 'plain';
						$release->execute($parent) if $way eq 'plain';
						$arrive->execute($parent);
						$dbh->commit if $way eq 'plain';
					}
				});
			die "one: not one child for each parent, $way\n"
			  unless Measure::value($dbh, "SELECT count(*) = $scale + $each AND count(parent_id) = $scale FROM child");
			return 1000 * $ms / $each;
		});

	return row('one', 'one row that replaces, prepared, one client; plain: both statements in a transaction',
		$figures, 'plain', unit => 'us', reach => { plain => 0.55, plpgsql => 0.90 });
}

# The same, by 4 clients that don't meet, by the clock.
sub time_single
{
	my $quarter = $scale / 4;
	my $figures = time_transactions('single', 4 * int $quarter, 4, "1 + :client_id + 4 * random(0, $quarter - 1)", %single);

	return row('single', 'the same, 4 clients', $figures, 'plain', unit => 'us', reach => { plain => 0.70 });
}

# 8 clients that fight for 10 parents, by the clock; without a lock they fail.
sub time_hot
{
	my $figures = time_transactions('hot', 10, 8, 'random(1, 10)', locking => $insert, relmap => $insert);

	return row('hot', 'the same, 8 clients on 10 parents', $figures, 'locking', unit => 'us', reach => { locking => 0.67 });
}

# The same attribute of each of some rows, read in several ways: microseconds a
# row.
sub time_read
{
	my ($dbh, $name, $count, %query) = @_;
	my %value;

	return Measure::rounds($rounds, [ sort keys %query ],
		sub {
			my ($way) = @_;
			my $ms = Measure::execute($dbh, $query{$way});

			$value{$way} = Measure::value($dbh, $query{$way});
			Measure::same($name, \%value);
			return 1000 * $ms / $count;
		});
}

# A to-one accessor in a select list.
sub time_to_one
{
	my $dbh = of_way('relmap');

	reset_tables($dbh, { full => Work::rows('child', 'i, 0') }, $scale);
	$dbh->do('DROP FUNCTION IF EXISTS child_of;
		CREATE FUNCTION child_of(parent) RETURNS child LANGUAGE sql STABLE AS
		$$SELECT * FROM child c WHERE c.parent_id = $1.id$$');
	my $figures = time_read($dbh, 'to_one', $scale,
		subselect => 'SELECT sum(length((SELECT c.name FROM child c WHERE c.parent_id = p.id))) FROM parent p',
		relmap => 'SELECT sum(length((p.child).name)) FROM parent p',
		function => 'SELECT sum(length((child_of(p)).name)) FROM parent p');

	return row('to_one', 'to-one, in a select list; plain: a correlated subselect; by hand: a function',
		$figures, 'subselect', unit => 'us', reach => { subselect => 1.30 });
}

# A to-many accessor in FROM.
sub time_to_many
{
	my $dbh = Measure::connection('to_many');
	my $parents = int($scale / 10);

	$dbh->do("CREATE SCHEMA to_many;
		CREATE EXTENSION IF NOT EXISTS relmap;
		CREATE TABLE artist (id int PRIMARY KEY, name text);
		CREATE TABLE album (id int PRIMARY KEY, title text, artist_id int NOT NULL REFERENCES artist);
		INSERT INTO artist SELECT i, 'artist ' || i FROM generate_series(1, $parents) i;
		INSERT INTO album SELECT i, 'album ' || i, 1 + i % $parents FROM generate_series(1, $scale) i;
		CREATE INDEX ON album (artist_id);
		SELECT relmap.relationship('artist', 'albums', 'album')");
	$dbh->do('VACUUM ANALYZE artist, album');
	my %from = (
		join => 'FROM artist a JOIN album c ON c.artist_id = a.id',
		relmap => 'FROM artist a, albums(a) c');
	my $figures = time_read($dbh, 'to_many', $scale, map { $_ => "SELECT sum(length(a.name) + length(c.title)) $from{$_}" } keys %from);
	my $same = 1;
	foreach my $rest ('', 'WHERE a.id = 1')
	{
		my %plan = map { $_ => join "\n", @{ $dbh->selectcol_arrayref("EXPLAIN SELECT a.name, c.title $from{$_} $rest") } } keys %from;

		$same &&= $plan{join} eq $plan{relmap};
	}
	my $json = $same ? JSON::PP::true : JSON::PP::false;

	return row('to_many', 'to-many, in FROM; plain: the join', $figures, 'join', unit => 'us', same_plan => $json, reached => $json);
}

# The first of so many children a parent, beside the join that one writes for
# it; all are read again and again where there are few parents.
sub time_first
{
	my ($children) = @_;
	my $name = $children == 10 ? 'first' : "first_$children";
	my $dbh = Measure::connection($name);
	my $customers = $children == 10 ? int($scale / 10) : 10;
	my $times = $children == 10 ? 1 : int($scale / 100) || 1;

	$dbh->do("CREATE SCHEMA $name;
		CREATE EXTENSION IF NOT EXISTS relmap;
		CREATE TABLE customer (id int PRIMARY KEY);
		CREATE TABLE purchase (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, placed_at int NOT NULL, name text);
		INSERT INTO customer SELECT generate_series(1, $customers);
		INSERT INTO purchase SELECT i, 1 + i % $customers, hashint4(i), 'purchase ' || i FROM generate_series(1, $customers * $children) i;
		CREATE INDEX ON purchase (customer_id, placed_at DESC, id);
		SELECT relmap.relationship('customer', 'latest', 'purchase', uselist => false, enforce => false, order_by => 'placed_at DESC');
		SET enable_memoize = off");
	$dbh->do('VACUUM ANALYZE customer, purchase');
	my $from = "FROM generate_series(1, $times) AS times CROSS JOIN customer c";
	my $figures = time_read($dbh, $name, $customers * $times,
		lateral => "SELECT sum(length(o.name)) $from
			LEFT JOIN LATERAL (SELECT * FROM purchase WHERE customer_id = c.id ORDER BY placed_at DESC, id LIMIT 1) o ON true",
		relmap => "SELECT sum(length((c.latest).name)) $from");

	return row($name, "the first of $children, in a select list; plain: `LEFT JOIN LATERAL ... LIMIT 1`",
		$figures, 'lateral', unit => 'us', reach => { lateral => 1.10 });
}

# Three levels as one value.
sub time_load
{
	my $dbh = Measure::connection('load');
	my $artists = int($scale / 100);

	$dbh->do("CREATE SCHEMA load;
		CREATE EXTENSION IF NOT EXISTS relmap;
		CREATE TABLE artist (id int PRIMARY KEY, name text);
		CREATE TABLE album (id int PRIMARY KEY, artist_id int NOT NULL REFERENCES artist, title text);
		CREATE TABLE track (id int PRIMARY KEY, album_id int NOT NULL REFERENCES album, name text, seconds int);
		INSERT INTO artist SELECT i, 'artist ' || i FROM generate_series(1, $artists) i;
		INSERT INTO album SELECT i, 1 + i % $artists, 'album ' || i FROM generate_series(1, 3 * $artists) i;
		INSERT INTO track SELECT i, 1 + i % (3 * $artists), 'track ' || i, i FROM generate_series(1, 30 * $artists) i;
		CREATE INDEX ON album (artist_id);
		CREATE INDEX ON track (album_id);
		SELECT relmap.relationship('artist', 'albums', 'album'), relmap.relationship('album', 'tracks', 'track')");
	$dbh->do('VACUUM ANALYZE artist, album, track');
	my $figures = time_read($dbh, 'load', $artists,
		written => "SELECT sum(hashtextextended((to_jsonb(a) || jsonb_build_object('albums', (
			SELECT coalesce(jsonb_agg(to_jsonb(b) || jsonb_build_object('tracks', (
				SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.id), '[]') FROM track t WHERE t.album_id = b.id)) ORDER BY b.id), '[]')
			FROM album b WHERE b.artist_id = a.id)))::text, 0)) FROM artist a",
		relmap => "SELECT sum(hashtextextended(relmap.load(a, 'albums.tracks')::text, 0)) FROM artist a");

	return row('load', '`relmap.load` of three levels; plain: nested `jsonb_agg`',
		$figures, 'written', unit => 'us', reach => { written => 1.10 });
}

# Blocks of a table and its indexes that were read so far, by whomever.
sub blocks
{
	my ($dbh, $table) = @_;

	# the server tells what a session did when that is idle next
	Measure::value($dbh, 'SELECT pg_stat_force_next_flush()');
	return Measure::value($dbh, "SELECT heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit
		FROM pg_statio_user_tables WHERE relid = '$table'::regclass");
}

# To declare on a big table that has its UNIQUE.
sub time_declare
{
	my $dbh = Measure::connection('declare');
	my $rows = 10 * $scale;
	my %blocks = (relmap => 0, count => 0);
	my %statement = (
		relmap => "SELECT relmap.relationship('child', 'parent', 'parent', backref => relmap.backref('child', uselist => false))",
		count => 'SELECT count(v) FROM child');

	$dbh->do("CREATE SCHEMA declare;
		CREATE EXTENSION IF NOT EXISTS relmap;
		CREATE TABLE parent (id int PRIMARY KEY);
		INSERT INTO parent SELECT generate_series(1, $rows);
		CREATE TABLE child (id int PRIMARY KEY, parent_id int UNIQUE, v int);
		INSERT INTO child SELECT i, i, 0 FROM generate_series(1, $rows) i;
		ALTER TABLE child ADD FOREIGN KEY (parent_id) REFERENCES parent");
	$dbh->do('VACUUM ANALYZE child, parent');
	my $figures = Measure::rounds($rounds, [ sort keys %statement ],
		sub {
			my ($way) = @_;
			my $before = blocks($dbh, 'child');
			my $ms = Measure::execute($dbh, $statement{$way});

			$blocks{$way} = blocks($dbh, 'child') - $before if blocks($dbh, 'child') - $before > $blocks{$way};
			$dbh->do("SELECT relmap.drop_relationship('parent', 'child', keep_constraint => true),
				relmap.drop_relationship('child', 'parent')") if $way eq 'relmap';
			return $ms;
		});
	return row('declare', "declaring on $rows rows that have the `UNIQUE`; plain: `count(*)`", $figures, 'count',
		unit => 'ms', blocks => \%blocks, reached => $blocks{relmap} == 0 ? JSON::PP::true : JSON::PP::false);
}

my %row = (
	(map { my $work = $_; $work->{name} => sub { time_work($work) } } grep { $_->{title} } @Work::work),
	one => \&time_one,
	single => \&time_single,
	hot => \&time_hot,
	to_one => \&time_to_one,
	to_many => \&time_to_many,
	(map { my $children = $_; ($children == 10 ? 'first' : "first_$children") => sub { time_first($children) } } 10, 1000, 30000),
	load => \&time_load,
	declare => \&time_declare,
	growth => sub { Growth::measure($scale, $most, $rounds) });
my @order = (qw(insert insert_two insert_five condition_met condition_not_met keyed copy update_other update_other_five update_same),
	qw(replace one single hot shift to_one to_many first first_1000 first_30000 load declare growth));
my $result = decode_json($facts);

@chosen = @order unless @chosen;
foreach my $name (@chosen)
{
	my $measure = $row{$name} or die "there is no row $name, but @order\n";

	print STDERR "== $name\n";
	if ($name eq 'growth') { $result->{growth} = $measure->() }
	else { push @{ $result->{rows} }, $measure->() }
}
$result->{scale} = 0 + $scale;
$result->{rounds} = 0 + $rounds;
print JSON::PP->new->canonical->encode($result), "\n";
