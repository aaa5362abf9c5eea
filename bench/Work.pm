# What is measured: pieces of work on the tables of tables.sql, and the ways to
# do each.
package Work;

use strict;
use warnings;

my $insert = q{INSERT INTO child SELECT i, i, 0, 'child ' || i FROM generate_series(1, :n) i};
my $arrive = 'INSERT INTO child SELECT * FROM arrival WHERE parent_id <= :n';
my @release_and_arrive = ('BEGIN',
	'UPDATE child SET parent_id = NULL WHERE parent_id IN (SELECT parent_id FROM arrival WHERE parent_id <= :n)',
	$arrive, 'COMMIT');

# Statements prepared for work that is done row by row.
our @prepared = (
	q{PREPARE arrive(int) AS INSERT INTO child VALUES ($1 + 1000000, $1, 0, 'child')},
	'PREPARE release(int) AS UPDATE child SET parent_id = NULL WHERE parent_id = $1');

# name:   of the work
# title:  what a table shows
# most:   relmap / plain, to reach; without, it is not timed
# full:   whether all parents have a child before
# ways:   statements for each way; :n is the number of rows, :file one to COPY
# each:   whether they are for one row, :i
# plain:  the way to compare with, if it is not the one called plain
# rows, held: children afterwards, and those that have a parent, in units of n
our @work = (
	{
		name => 'insert',
		title => 'bulk `INSERT ... SELECT`, free parents',
		most => 1.10,
		rows => 1,
		held => 1,
		ways => { map { $_ => [$insert] } qw(plain relmap plpgsql) },
	},
	{
		name => 'copy',
		title => '`COPY`, free parents',
		most => 1.15,
		rows => 1,
		held => 1,
		ways => { map { $_ => [q{COPY child FROM ':file'}] } qw(plain relmap plpgsql) },
	},
	{
		name => 'update_other',
		title => '`UPDATE` of other columns',
		most => 1.10,
		full => 1,
		rows => 1,
		held => 1,
		ways => { map { $_ => ['UPDATE child SET v = v + 1'] } qw(plain relmap plpgsql) },
	},
	{
		name => 'update_same',
		title => '`UPDATE` that sets the foreign key to what it is',
		most => 1.05,
		full => 1,
		rows => 1,
		held => 1,
		ways => { map { $_ => ['UPDATE child SET parent_id = parent_id'] } qw(plain relmap plpgsql) },
	},
	{
		name => 'replace',
		title => '`INSERT` that replaces, against `UPDATE` to NULL, then `INSERT`',
		most => 1.30,
		full => 1,
		rows => 2,
		held => 1,
		ways => { plain => \@release_and_arrive, relmap => [$arrive], plpgsql => [$arrive] },
	},
	{
		name => 'shift',
		title => 'one `UPDATE` that shifts all rows by one parent, against `UNIQUE DEFERRABLE`',
		most => 2.50,
		full => 1,
		rows => 1,
		held => 1,
		plain => 'deferrable',
		ways => { map { $_ => ['UPDATE child SET parent_id = parent_id + 1'] } qw(deferrable relmap) },
	},
	{
		name => 'insert_each',
		each => 1,
		rows => 1,
		held => 1,
		ways => { map { $_ => ['EXECUTE arrive(:i)'] } qw(plain relmap) },
	},
	{
		name => 'replace_each',
		each => 1,
		full => 1,
		rows => 2,
		held => 1,
		ways => {
			plain => [ 'BEGIN', 'EXECUTE release(:i)', 'EXECUTE arrive(:i)', 'COMMIT' ],
			relmap => ['EXECUTE arrive(:i)'],
		},
	},
);

# The schema of a way.
sub schema
{
	my ($way) = @_;

	return "with_$way";
}

# The statements that make a table's state before some work on n rows.
sub before
{
	my ($work, $n) = @_;
	my @statements = ('TRUNCATE child RESTART IDENTITY');

	push @statements, 'SET session_replication_role = replica', $insert, 'RESET session_replication_role'
	  if $work->{full};
	return map { s/:n\b/$n/gr } @statements;
}

# The statements of a way to do some work on n rows; $file has them for COPY.
sub statements
{
	my ($work, $way, $n, $file) = @_;

	my @statements = map { s/:n\b/$n/gr =~ s/:file\b/$file/gr } @{ $work->{ways}{$way} };

	return @statements unless $work->{each};
	return map { my $i = $_; map { s/:i\b/$i/gr } @statements } 1 .. $n;
}

# A condition on table child that holds when the work is done on n rows.
sub after
{
	my ($work, $n) = @_;

	return sprintf 'count(*) = %d AND count(parent_id) = %d', $work->{rows} * $n, $work->{held} * $n;
}

1;
