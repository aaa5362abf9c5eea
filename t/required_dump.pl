# Dumps of rows that must have a child.  A dump of everything restores in any
# way, as triggers come last; rows alone must come in one transaction, or
# without triggers, as a COPY by itself is a transaction.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('required_dump');
$node->init(allows_streaming => 'logical');
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;
my @to = ('-h', $node->host, '-p', $node->port);

$node->safe_psql('postgres', 'CREATE DATABASE src');
$node->safe_psql('src', q{
	CREATE EXTENSION relmap;
	CREATE TABLE a_order (id int PRIMARY KEY);
	CREATE TABLE b_line (id int PRIMARY KEY, order_id int REFERENCES a_order, is_first boolean);
	CREATE TABLE c_tag (id int PRIMARY KEY);
	CREATE TABLE d_order_tag (order_id int REFERENCES a_order, tag_id int REFERENCES c_tag, PRIMARY KEY (order_id, tag_id));
	SELECT relmap.relationship('a_order', 'lines', 'b_line', required => true);
	SELECT relmap.relationship('a_order', 'first', 'b_line', uselist => false, condition => 'is_first',
		on_replace => 'set is_first = false', required => true);
	SELECT relmap.relationship('a_order', 'tags', 'c_tag', secondary => 'd_order_tag', required => true);
	BEGIN;
	INSERT INTO a_order SELECT generate_series(1, 100);
	INSERT INTO b_line SELECT n, (n + 1) / 2, n % 2 = 1 FROM generate_series(1, 200) n;
	INSERT INTO c_tag VALUES (1), (2);
	INSERT INTO d_order_tag SELECT n, 1 + n % 2 FROM generate_series(1, 100) n;
	COMMIT;
});

my $objects = q{
	SELECT concat_ws('|', tgrelid::regclass, pg_get_triggerdef(oid), obj_description(oid, 'pg_trigger'))
	FROM pg_trigger WHERE tgname LIKE '~relmap%' ORDER BY tgrelid::regclass::text, tgname;
	SELECT source, name, required FROM relmap.relationships ORDER BY 1, 2;
	SELECT count(*) FROM b_line; SELECT count(*) FROM d_order_tag;
	SELECT problem FROM relmap.check() WHERE severity = 'error'};
my $want = $node->safe_psql('src', $objects);
like($want, qr/required_source.*required_child/s, 'there is something to dump');

my $count = 0;
sub fresh
{
	my $db = 'db' . ++$count;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	return $db;
}

# Is everything there, and enforced?
sub is_whole
{
	my ($db, $name) = @_;
	is($node->safe_psql($db, $objects), $want, "$name: everything is there");
	for my $sql ('INSERT INTO a_order VALUES (101)', 'DELETE FROM b_line WHERE order_id = 7',
		'UPDATE b_line SET is_first = false WHERE order_id = 8', 'DELETE FROM d_order_tag WHERE order_id = 9')
	{
		my ($status, undef, $err) = $node->psql($db, $sql);
		like($err, qr/row of table "a_order" has no "(lines|first|tags)"/, "$name: $sql fails");
	}
}

sub restores { my ($name, @command) = @_; command_ok([ $command[0], @to, @command[ 1 .. $#command ] ], $name); }

# Everything.
restores('dump plain', 'pg_dump', '-f', "$dir/plain.sql", 'src');
restores('dump custom', 'pg_dump', '-Fc', '-f', "$dir/custom", 'src');
restores('dump directory', 'pg_dump', '-Fd', '-j', 2, '-f', "$dir/directory", 'src');
for my $way ([ 'plain', 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/plain.sql", '-d' ],
	[ 'custom', 'pg_restore', '-e', "$dir/custom", '-d' ],
	[ 'custom, in one transaction', 'pg_restore', '-1', "$dir/custom", '-d' ],
	[ 'directory with -j', 'pg_restore', '-e', '-j', 3, "$dir/directory", '-d' ])
{
	my ($name, @command) = @$way;
	my $db = fresh();
	restores("restore $name", @command, $db);
	is_whole($db, $name);
}

# The schema, and then the rows.
restores('dump schema', 'pg_dump', '-s', '-f', "$dir/schema.sql", 'src');
restores('dump rows', 'pg_dump', '-a', '-Fc', '-f', "$dir/rows", 'src');
restores('dump rows without triggers', 'pg_dump', '-a', '--disable-triggers', '-f', "$dir/rows.sql", 'src');

sub schema
{
	my $db = fresh();
	restores('restore the schema', 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/schema.sql", '-d', $db);
	return $db;
}

my $db = schema();
my ($out, $err) = run_command([ 'pg_restore', @to, '-a', '-d', $db, "$dir/rows" ]);
like($err, qr/row of table "public\.a_order" has no "\w+"/, 'rows alone, table by table, fail');
like($err, qr/HINT:.*--single-transaction or --disable-triggers/, '... with the two ways out');
is($node->safe_psql($db, 'SELECT count(*) FROM a_order'), 0, '... and nothing is half there');

$db = schema();
restores('rows alone, in one transaction', 'pg_restore', '-a', '--single-transaction', '-d', $db, "$dir/rows");
is_whole($db, 'rows in one transaction');
$db = schema();
restores('rows alone, without triggers', 'pg_restore', '-a', '-e', '--disable-triggers', '-d', $db, "$dir/rows");
is_whole($db, 'rows without triggers');
$db = schema();
restores('rows by psql, without triggers', 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/rows.sql", '-d', $db);
is_whole($db, 'rows without triggers, by psql');

# A subscriber: the initial copy and what follows say nothing.
my $subscriber = PostgreSQL::Test::Cluster->new('required_subscriber');
$subscriber->init;
$subscriber->start;
$subscriber->safe_psql('postgres', 'CREATE DATABASE src');
command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-h', $subscriber->host, '-p', $subscriber->port, '-f', "$dir/schema.sql", '-d', 'src' ],
	'the schema of a subscriber');
$node->safe_psql('src', 'CREATE PUBLICATION p FOR TABLE a_order, b_line');
$subscriber->safe_psql('src', q{CREATE SUBSCRIPTION s CONNECTION '} . $node->connstr . q{ dbname=src' PUBLICATION p});
$subscriber->wait_for_subscription_sync($node, 's', 'src');
is($subscriber->safe_psql('src', 'SELECT count(*) FROM a_order'), 100, 'the initial copy of parents is not refused');
$node->safe_psql('src', 'BEGIN; DELETE FROM b_line WHERE id = 1; INSERT INTO b_line VALUES (201, 1, true); COMMIT');
$node->wait_for_catchup('s');
is($subscriber->safe_psql('src', 'SELECT id FROM b_line WHERE order_id = 1 ORDER BY id'), "2\n201", 'nor is what follows');

$subscriber->stop;
$node->stop;
done_testing();
