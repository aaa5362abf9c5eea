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
# the same rows; otherwise it dies.

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
		system('psql', '-X', '-q', '-v', "way=$way", '-v', "scale=$scale", '-f', dirname(__FILE__) . '/tables.sql') == 0
		  or die "tables.sql failed\n";
		Measure::connection(Work::schema($way));
	};
}

# Bring a way's tables into the state before some work on n rows.  A checkpoint
# comes now, so that none comes later.
sub reset_tables
{
	my ($dbh, $work, $n) = @_;

	Measure::execute($dbh, 'CHECKPOINT', Work::before($work, $n));
	# What is known to be small would be scanned while it grows, by the trigger
	# that is written by hand.
	Measure::execute($dbh, 'VACUUM ANALYZE child') if $work->{full} && $n == $scale;
}

# A row of the table from the figures of its ways: relmap and the other ways
# against the base.
sub row
{
	my ($name, $title, $figures, $base, %more) = @_;
	my %row = (
		name => $name,
		title => $title,
		base => $base,
		ways => { map { $_ => Measure::round(Measure::median(@{ $figures->{$_} })) } keys %$figures },
		ratios => { map { $_ => Measure::ratio($figures, $_, $base) } grep { $_ ne $base } keys %$figures },
		%more,
	);
	my $ratio = $row{ratios}{relmap}{value};

	$row{reached} //= JSON::PP::true if defined $more{most} && $ratio <= $more{most};
	$row{reached} //= JSON::PP::true if defined $more{least} && $ratio >= $more{least};
	$row{reached} //= JSON::PP::false;
	return \%row;
}

# One of Work.pm.
sub time_work
{
	my ($work) = @_;
	my @ways = sort keys %{ $work->{ways} };
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
			$state{$way} = Measure::state_of($dbh, 'parent_id');
			die "$work->{name}: $way left $state{$way}\n"
			  unless Measure::value($dbh, 'SELECT ' . Work::after($work, $scale) . ' FROM child');
			Measure::same($work->{name}, \%state);
			return $ms;
		});
	return row($work->{name}, $work->{title}, $figures, $work->{plain} // 'plain', unit => 'ms', most => $work->{most});
}

# Transactions by pgbench that give parents new children.  Scripts by way; they
# have the parent in :p, chosen by $choice.
sub time_transactions
{
	my ($name, $parents, $clients, $choice, %scripts) = @_;
	my $each = $scale / 10;

	return Measure::rounds($rounds, [ sort keys %scripts ],
		sub {
			my ($way, $round) = @_;
			my $dbh = of_way($way);

			reset_tables($dbh, { full => 1 }, $parents);
			$dbh->do('ALTER TABLE child ALTER COLUMN id RESTART WITH ' . ($parents + 1));
			open my $out, '>', "$folder/script" or die;
			print $out "\\set p $choice\n$scripts{$way}\n";
			close $out;
			my ($latency, $tps) = Measure::pgbench(Work::schema($way), "$folder/script",
				'-c', $clients, '-j', 2, '-t', $each, '--random-seed', $round + 1);
			my $rows = $parents + $clients * $each;
			die "$name: not one child for each parent, $way\n"
			  unless Measure::value($dbh, "SELECT count(*) = $rows AND count(parent_id) = $parents
				AND count(DISTINCT parent_id) = $parents FROM child");
			return $name eq 'hot' ? $tps : $latency;
		});
}

my $insert = "INSERT INTO child (parent_id, v, name) VALUES (:p, 0, 'new');";

# Single rows, by 4 clients that don't meet.
sub time_single
{
	my $quarter = $scale / 4;
	my $figures = time_transactions('single', 4 * int $quarter, 4, "1 + :client_id + 4 * random(0, $quarter - 1)",
		plain => "BEGIN;\nUPDATE child SET parent_id = NULL WHERE parent_id = :p;\n$insert\nCOMMIT;",
		relmap => $insert,
		plpgsql => $insert);

	return row('single', 'the same row by row, 4 clients, against both statements in a transaction',
		$figures, 'plain', unit => 'ms', most => 0.70);
}

# 8 clients that fight for 10 parents.
sub time_hot
{
	my $figures = time_transactions('hot', 10, 8, 'random(1, 10)', locking => $insert, relmap => $insert);

	return row('hot', '8 clients on 10 parents, done a second, against a PL/pgSQL trigger that locks the parent',
		$figures, 'locking', unit => 'per second', least => 1.5);
}

# The same attribute of each row, read in several ways.
sub time_read
{
	my ($dbh, $name, %query) = @_;
	my %value;

	return Measure::rounds($rounds, [ sort keys %query ],
		sub {
			my ($way) = @_;
			my $ms = Measure::execute($dbh, $query{$way});

			$value{$way} = Measure::value($dbh, $query{$way});
			Measure::same($name, \%value);
			return $ms;
		});
}

# A to-one accessor in a select list.
sub time_to_one
{
	my $dbh = of_way('relmap');

	reset_tables($dbh, { full => 1 }, $scale);
	$dbh->do('DROP FUNCTION IF EXISTS child_of;
		CREATE FUNCTION child_of(parent) RETURNS child LANGUAGE sql STABLE AS
		$$SELECT * FROM child c WHERE c.parent_id = $1.id$$');
	my $figures = time_read($dbh, 'to_one',
		subselect => 'SELECT sum(length((SELECT c.name FROM child c WHERE c.parent_id = p.id))) FROM parent p',
		relmap => 'SELECT sum(length((p.child).name)) FROM parent p',
		function => 'SELECT sum(length((child_of(p)).name)) FROM parent p');

	return row('to_one', 'to-one accessor in a select list, against a correlated subselect',
		$figures, 'subselect', unit => 'ms', most => 1.30);
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
	my $figures = time_read($dbh, 'to_many', map { $_ => "SELECT sum(length(a.name) + length(c.title)) $from{$_}" } keys %from);
	my $same = 1;
	foreach my $rest ('', 'WHERE a.id = 1')
	{
		my %plan = map { $_ => join "\n", @{ $dbh->selectcol_arrayref("EXPLAIN SELECT a.name, c.title $from{$_} $rest") } } keys %from;

		$same &&= $plan{join} eq $plan{relmap};
	}
	return row('to_many', 'to-many accessor in FROM, against the join', $figures, 'join',
		unit => 'ms', same_plan => $same ? JSON::PP::true : JSON::PP::false,
		reached => $same ? JSON::PP::true : JSON::PP::false);
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
	return row('declare', "declaring on $rows rows that have the `UNIQUE`, against `count(*)`", $figures, 'count',
		unit => 'ms', blocks => \%blocks, reached => $blocks{relmap} == 0 ? JSON::PP::true : JSON::PP::false);
}

my %row = (
	(map { my $work = $_; $work->{name} => sub { time_work($work) } } grep { $_->{most} } @Work::work),
	single => \&time_single,
	hot => \&time_hot,
	to_one => \&time_to_one,
	to_many => \&time_to_many,
	declare => \&time_declare,
	growth => sub { Growth::measure($scale, $most, $rounds) });
my @order = qw(insert copy update_other update_same replace single hot to_one to_many shift declare growth);
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
