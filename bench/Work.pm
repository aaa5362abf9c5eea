# What is measured: pieces of work on the tables of tables.sql, and the ways to
# do each.
package Work;

use strict;
use warnings;

my @all = qw(plain relmap plpgsql locking);
my @release_and_arrive = ('BEGIN',
	'UPDATE child SET parent_id = NULL WHERE parent_id IN (SELECT parent_id FROM arrival WHERE parent_id <= :n)',
	'INSERT INTO child SELECT * FROM arrival WHERE parent_id <= :n', 'COMMIT');

# The same statements for several ways.
sub alike
{
	my ($statement, @ways) = @_;

	return map { $_ => [$statement] } @ways;
}

# Rows in the order of their keys, of any table.
sub rows
{
	my ($table, $values) = @_;

	return "INSERT INTO $table SELECT i, $values, 'row ' || i FROM generate_series(1, :n) i";
}

# Statements prepared for work that is done row by row.
our @prepared = (
	q{PREPARE arrive(int) AS INSERT INTO child VALUES ($1 + 1000000, $1, 0, 'child')},
	'PREPARE release(int) AS UPDATE child SET parent_id = NULL WHERE parent_id = $1');

# name:   of the work
# title:  what a table shows; without, instructions are all that is counted
# reach:  the most that relmap may cost, in units of other ways
# table:  that is written, child if it is not said
# column: the first foreign key, parent_id if it is not said
# full:   how all parents get a child before
# ways:   statements for each way; :n is the number of rows, :file one to COPY
# each:   whether they are for one row, :i
# plain:  the way to compare with, if it is not the one called plain
# rows, held: rows afterwards, and those that have a parent, in units of n
our @work = (
	{
		name => 'insert',
		title => 'bulk `INSERT ... SELECT`, free parents',
		reach => { plain => 1.10 },
		rows => 1,
		held => 1,
		ways => { alike(rows('child', 'i, 0'), @all) },
	},
	{
		name => 'insert_two',
		title => 'the same, two relationships on the table',
		reach => { plain => 1.10 },
		table => 'two',
		column => 'p1',
		rows => 1,
		held => 1,
		ways => { alike(rows('two', 'i, i'), qw(plain relmap)) },
	},
	{
		name => 'insert_five',
		title => 'the same, five relationships on the table',
		reach => { plain => 1.10 },
		table => 'five',
		column => 'p1',
		rows => 1,
		held => 1,
		ways => { alike(rows('five', 'i, i, i, i, i'), qw(plain relmap)) },
	},
	{
		name => 'condition_met',
		title => 'the same, one child that meets a condition',
		reach => { plain => 1.10 },
		table => 'address',
		rows => 1,
		held => 1,
		ways => { alike(rows('address', 'i, true'), qw(plain relmap)) },
	},
	{
		name => 'condition_not_met',
		title => 'the same, rows that do not meet the condition',
		reach => { plain => 1.03 },
		table => 'address',
		rows => 1,
		held => 1,
		ways => { alike(rows('address', 'i, false'), qw(plain relmap)) },
	},
	{
		name => 'keyed',
		title => 'the same, one child for each parent and key',
		reach => { plain => 1.10 },
		table => 'translation',
		rows => 1,
		held => 1,
		ways => { alike(rows('translation', '1 + i / 10, i % 10'), qw(plain relmap)) },
	},
	{
		name => 'copy',
		title => '`COPY`, free parents',
		reach => { floor => 1.08 },
		rows => 1,
		held => 1,
		ways => { alike(q{COPY child FROM ':file'}, @all, 'floor') },
	},
	{
		name => 'update_other',
		title => '`UPDATE` of other columns',
		reach => { plain => 1.02 },
		full => rows('child', 'i, 0'),
		rows => 1,
		held => 1,
		ways => { alike('UPDATE child SET v = v + 1', @all) },
	},
	{
		name => 'update_other_five',
		title => 'the same, five relationships with delete-orphan',
		reach => { plain => 1.02 },
		table => 'orphan',
		column => 'p1',
		full => rows('orphan', 'i, i, i, i, i'),
		rows => 1,
		held => 1,
		ways => { alike(q{UPDATE orphan SET name = 'new'}, qw(plain relmap)) },
	},
	{
		name => 'update_same',
		title => '`UPDATE` that sets the foreign key to what it is',
		full => rows('child', 'i, 0'),
		rows => 1,
		held => 1,
		ways => { alike('UPDATE child SET parent_id = parent_id', @all) },
	},
	{
		name => 'replace',
		title => '`INSERT` that replaces; plain: `UPDATE` to NULL, then `INSERT`',
		reach => { plain => 1.25 },
		full => rows('child', 'i, 0'),
		rows => 2,
		held => 1,
		ways => { alike($release_and_arrive[2], @all), plain => \@release_and_arrive },
	},
	{
		name => 'shift',
		title => 'one `UPDATE` that shifts all rows by one parent; plain: `UNIQUE DEFERRABLE`',
		reach => { deferrable => 2.50 },
		full => rows('child', 'i, 0'),
		rows => 1,
		held => 1,
		plain => 'deferrable',
		ways => { alike('UPDATE child SET parent_id = parent_id + 1', qw(deferrable relmap)) },
	},
	{
		name => 'read_one',
		full => rows('child', 'i, 0'),
		rows => 1,
		held => 1,
		ways => {
			alike('SELECT sum(length((p.child).name)) FROM parent p WHERE id <= :n', 'relmap'),
			alike('SELECT sum(length((SELECT c.name FROM child c WHERE c.parent_id = p.id))) FROM parent p WHERE id <= :n', 'plain'),
		},
	},
	{
		name => 'insert_each',
		each => 1,
		rows => 1,
		held => 1,
		ways => { alike('EXECUTE arrive(:i)', qw(plain relmap)) },
	},
	{
		name => 'replace_each',
		each => 1,
		full => rows('child', 'i, 0'),
		rows => 2,
		held => 1,
		ways => {
			alike('EXECUTE arrive(:i)', qw(relmap plpgsql)),
			plain => [ 'BEGIN', 'EXECUTE release(:i)', 'EXECUTE arrive(:i)', 'COMMIT' ],
		},
	},
);

# The schema of a way.
sub schema
{
	my ($way) = @_;

	return "with_$way";
}

# The table that some work is about, and the first of its foreign keys.
sub table
{
	my ($work) = @_;

	return ($work->{table} // 'child', $work->{column} // 'parent_id');
}

# The statements that make a table's state before some work on n rows.
sub before
{
	my ($work, $n) = @_;
	my ($table) = table($work);
	my @statements = ("TRUNCATE $table RESTART IDENTITY");

	push @statements, 'SET session_replication_role = replica', $work->{full}, 'RESET session_replication_role'
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

# A query of whether the work is done on n rows.
sub done
{
	my ($work, $n) = @_;
	my ($table, $column) = table($work);

	return sprintf "SELECT (count(*) = %d AND count($column) = %d)::int FROM $table", $work->{rows} * $n, $work->{held} * $n;
}

1;
