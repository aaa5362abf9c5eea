# Several sessions write many rows each into one unique index, whose pages split
# and are deleted meanwhile: a statement that looks at a page again for its next
# row finds whoever holds the key, and nobody else.

use strict;
use warnings;
use IPC::Run qw(start);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $n = 20000;
my $node = PostgreSQL::Test::Cluster->new('bulk');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$node->safe_psql('postgres', qq{
	CREATE EXTENSION relmap;
	CREATE TABLE parent (id int PRIMARY KEY);
	CREATE TABLE child (id serial PRIMARY KEY, parent_id int REFERENCES parent);
	SELECT relmap.relationship('parent', 'child', 'child', uselist => false);
	INSERT INTO parent SELECT generate_series(1, 2 * $n)});

# Run scripts at the same time, one session each; all must succeed.
sub at_once
{
	my ($what, @scripts) = @_;
	my @output = ('') x @scripts;
	my @runs = map {
		start([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres') ], '<', \$scripts[$_], '>&', \$output[$_])
	} 0 .. $#scripts;

	foreach my $i (0 .. $#scripts)
	{
		ok($runs[$i]->finish, "$what: session $i") or diag($output[$i]);
	}
}

# Every parent up to $most has a child, nobody else has.
sub complete
{
	my ($what, $most) = @_;

	is($node->safe_psql('postgres', 'SELECT count(*), count(parent_id), count(DISTINCT parent_id), max(parent_id) FROM child WHERE parent_id IS NOT NULL'),
		join('|', ($most) x 4), $what);
	is($node->safe_psql('postgres', "SELECT count(*) FROM (SELECT FROM parent p LEFT JOIN child c ON c.parent_id = p.id WHERE p.id <= $most AND c.id IS NULL) x"),
		0, "$what: none is without");
}

# keys that interleave, in order and in none, beside keys that go
$node->safe_psql('postgres', "INSERT INTO child (parent_id) SELECT $n + g FROM generate_series(1, $n) g");
at_once('keys that interleave',
	"INSERT INTO child (parent_id) SELECT g FROM generate_series(1, $n, 4) g",
	"INSERT INTO child (parent_id) SELECT g FROM generate_series(2, $n, 4) g",
	"INSERT INTO child (parent_id) SELECT g FROM generate_series($n, 1, -4) g",
	"INSERT INTO child (parent_id) SELECT g FROM generate_series(3, $n, 4) g ORDER BY hashint4(g)",
	join ";\n", map { "DELETE FROM child WHERE parent_id BETWEEN $n + " . ($_ * $n / 10 + 1) . " AND $n + " . ($_ + 1) * $n / 10, 'VACUUM child' } 0 .. 9);
complete('interleaved', $n);

# all of them are replaced, by statements of many rows and by single ones
my $single = "SELECT format('INSERT INTO child (parent_id) VALUES (%s)', 1 + abs(hashint4(g)) % $n) FROM generate_series(1, 1000) g \\gexec\n";
at_once('all are replaced',
	"INSERT INTO child (parent_id) SELECT generate_series(1, $n); INSERT INTO child (parent_id) SELECT generate_series($n, 1, -1)",
	$single);
complete('replaced', $n);

# all change places in one statement
$node->safe_psql('postgres', "UPDATE child SET parent_id = $n + 1 - parent_id");
complete('moved', $n);

# one statement that comes back to its own rows
$node->safe_psql('postgres', "INSERT INTO child (parent_id) SELECT 1 + g / 2 % $n FROM generate_series(0, 2 * $n - 1) g");
complete('twice in one statement', $n);

$node->stop;
done_testing();
