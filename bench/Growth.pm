# How the cost of a row grows: with the rows of its table, the relationships
# on it, and its partitions.
package Growth;

use strict;
use warnings;
use Measure;

my @ways = qw(plain relmap);

# The statements that make the tables of one point of a curve, in a schema of
# their own.
#   rows           of the parent; all have a child but every rows/batch-th
#   batch          rows that a statement writes
#   relationships  foreign keys of the child, all one-to-one
#   partitions     of the child, 0 if it has none
# Tables free and held have the rows to insert, for parents without a child and
# with one, in no order.
sub tables
{
	my ($way, %point) = @_;
	my $partitioned = $point{partitions} > 0;
	my $every = int $point{rows} / $point{batch};
	my @keys = map { "p$_" } 1 .. $point{relationships};
	my $with_region = $partitioned ? ', region' : '';
	my $region = $partitioned ? ', i % 1000' : '';
	my $i = join ', ', map { 'i' } @keys;
	my @statements = (
		'CREATE TABLE parent (id int, region int' . ($partitioned ? ', PRIMARY KEY (id, region))' : ', PRIMARY KEY (id))'),
		"INSERT INTO parent SELECT i, i % 1000 FROM generate_series(1, $point{rows}) i",
		"CREATE TABLE child (id int, " . join(', ', map { "$_ int" } @keys) . ", region int, PRIMARY KEY (id$with_region))"
		  . ($partitioned ? ' PARTITION BY HASH (region)' : ''));

	push @statements, map {
		"CREATE TABLE child_$_ PARTITION OF child FOR VALUES WITH (MODULUS $point{partitions}, REMAINDER $_)"
	} 0 .. $point{partitions} - 1;
	push @statements, "INSERT INTO child SELECT i, $i, i % 1000 FROM generate_series(1, $point{rows}) i WHERE i % $every <> 0";
	foreach my $key (@keys)
	{
		push @statements, "ALTER TABLE child ADD UNIQUE ($key$with_region), ADD CONSTRAINT $key FOREIGN KEY ($key$with_region) REFERENCES parent";
		push @statements, "SELECT relmap.relationship('parent', 'child_$key', 'child', uselist => false, foreign_keys => ARRAY['$key'])"
		  if $way eq 'relmap';
	}
	foreach my $arrival ([ 'free', 0 ], [ 'held', 1 ])
	{
		my ($table, $rest) = @$arrival;

		push @statements, "CREATE TABLE $table AS SELECT $point{rows} + i AS id, " . join(', ', map { "i AS $_" } @keys)
		  . ", i % 1000 AS region FROM generate_series(1, $point{rows}) i WHERE i % $every = $rest ORDER BY hashint4(i)";
	}
	return @statements;
}

# The statements of a way to insert rows for free parents, or held ones.  Who
# has no relmap lets go of each relationship's parents by a statement.
sub work
{
	my ($way, $table, @keys) = @_;
	my @release = $way eq 'plain' && $table eq 'held' ?
	  map { "UPDATE child SET $_ = NULL WHERE $_ IN (SELECT $_ FROM held)" } @keys : ();

	return (@release, "INSERT INTO child SELECT * FROM $table");
}

# Measure one point: the cost of a row in microseconds by way, of an INSERT for
# free parents, and of one that replaces.
sub point
{
	my ($rounds, %point) = @_;
	my @keys = map { "p$_" } 1 .. $point{relationships};
	my (%dbh, %result);

	foreach my $way (@ways)
	{
		my $dbh = $dbh{$way} = Measure::connection("grow_$way");

		$dbh->do("CREATE EXTENSION IF NOT EXISTS relmap; CREATE SCHEMA grow_$way");
		$dbh->do($_) foreach tables($way, %point);
		$dbh->do('VACUUM ANALYZE');
	}
	foreach my $table ('free', 'held')
	{
		my %state;
		my $figures = Measure::rounds($rounds, \@ways,
			sub {
				my ($way, $round) = @_;
				my $dbh = $dbh{$way};

				$dbh->do('CHECKPOINT');
				$dbh->do('BEGIN');
				my $ms = Measure::execute($dbh, work($way, $table, @keys));
				$state{$way} = Measure::state_of($dbh, 'child', @keys) if $round == 0;
				Measure::same("growth, $table", \%state);
				$dbh->do('ROLLBACK');
				$dbh->do('VACUUM child');
				return 1000 * $ms / $point{batch};
			});
		$result{$table} = { map { $_ => Measure::round(Measure::median(@{ $figures->{$_} })) } @ways };
		$result{$table}{ratio} = Measure::ratio($figures, 'relmap', 'plain');
	}
	$dbh{$_}->do("SET client_min_messages = warning; DROP SCHEMA grow_$_ CASCADE") foreach @ways;
	return { %point, %result };
}

# All curves; no table gets more rows than $most.
sub measure
{
	my ($scale, $most, $rounds) = @_;
	my %usual = (rows => $scale / 5, batch => $scale / 10, relationships => 1, partitions => 0);
	my @rows = grep { $_ <= $most } map { $scale / 10 * 10**$_ } 0 .. 3;
	my %curve = (
		rows => [ map { { %usual, batch => $scale / 20, rows => $_ } } @rows ],
		relationships => [ map { { %usual, relationships => $_ } } 1, 2, 5, 10 ],
		partitions => [ map { { %usual, partitions => $_ } } 1, 10, 100 ]);

	return {
		map {
			my $curve = $_;

			$curve => [
				map {
					print STDERR "== by $curve: $_->{$curve}\n";
					point($rounds, %$_)
				} @{ $curve{$curve} }
			]
		} sort keys %curve
	};
}

1;
