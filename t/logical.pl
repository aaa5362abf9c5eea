# Logical replication: with relmap on both sides, on the publisher only, on the
# subscriber only.  The subscriber ends with the publisher's rows.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical');
$publisher->start;
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->start;

my $tables = q{
	CREATE TABLE parent (id int PRIMARY KEY);
	CREATE TABLE child (id int PRIMARY KEY, parent_id int UNIQUE REFERENCES parent, v int DEFAULT 0);
	CREATE TABLE owned (id int PRIMARY KEY, parent_id int UNIQUE REFERENCES parent);
	CREATE TABLE place (id int PRIMARY KEY, parent_id int REFERENCES parent, chosen boolean, v int DEFAULT 0);
	CREATE UNIQUE INDEX place_chosen ON place (parent_id) WHERE chosen;
	CREATE TABLE item (id int PRIMARY KEY, parent_id int REFERENCES parent, pos int, UNIQUE (parent_id, pos));
};
my $relationships = q{
	CREATE EXTENSION relmap;
	SELECT relmap.relationship('parent', 'child', 'child', uselist => false);
	SELECT relmap.relationship('parent', 'owned', 'owned', uselist => false, cascade => 'all, delete-orphan');
	SELECT relmap.relationship('parent', 'place', 'place', uselist => false, condition => 'chosen', on_replace => 'set chosen = false, v = v + 1');
	SELECT relmap.relationship('parent', 'items', 'item', keyed_by => '{pos}', on_replace => 'set pos = NULL');
};
my $rows = q{
	SELECT 'child', id, parent_id, v FROM child UNION ALL
	SELECT 'owned', id, parent_id, NULL FROM owned UNION ALL
	SELECT 'place' || chosen, id, parent_id, v FROM place UNION ALL
	SELECT 'item', id, parent_id, pos FROM item ORDER BY 1, 2
};
my @statements = (
	[ 'replace' => 'INSERT INTO child VALUES (20, 1); INSERT INTO owned VALUES (20, 1)' ],
	[ 'swap in one statement' => 'UPDATE child SET parent_id = 5 - parent_id WHERE parent_id IN (2, 3);
		UPDATE owned SET parent_id = 5 - parent_id WHERE parent_id IN (2, 3)' ],
	[ 'swap in two statements' => 'BEGIN; UPDATE child SET parent_id = 2 WHERE id = 12;
		UPDATE child SET parent_id = 3 WHERE id = 13; UPDATE owned SET parent_id = 2 WHERE id = 12;
		UPDATE owned SET parent_id = 3 WHERE id = 13; COMMIT' ],
	[ 'rotation' => 'UPDATE child SET parent_id = parent_id % 4 + 1 WHERE parent_id IS NOT NULL' ],
	[ 'upsert' => 'INSERT INTO child VALUES (12, 4) ON CONFLICT (id) DO UPDATE SET parent_id = 4, v = 1' ],
	[ 'delete and insert' => 'BEGIN; INSERT INTO owned VALUES (30, 4); DELETE FROM owned WHERE id = 14; COMMIT' ],
	[ 'release' => 'UPDATE child SET parent_id = NULL WHERE id = 12; UPDATE owned SET parent_id = NULL WHERE id = 12' ],
	[ 'flags' => 'INSERT INTO place VALUES (20, 1, true); UPDATE place SET chosen = id = 11 WHERE parent_id = 1;
		UPDATE place SET parent_id = 5 - parent_id WHERE id IN (12, 13)' ],
	[ 'keys' => 'UPDATE item SET pos = pos + 1 WHERE parent_id = 1; UPDATE item SET pos = 3 WHERE id = 11; INSERT INTO item VALUES (20, 1, 3)' ],
	[ 'copy' => "COPY child FROM STDIN;\n40\t1\t0\n41\t1\t0\n\\.\n" ],
	[ 'many' => 'INSERT INTO child SELECT 100 + n, n % 4 + 1 FROM generate_series(1, 40) n' ],
);

my @modes = ('', 'ENABLE REPLICA TRIGGER', 'ENABLE ALWAYS TRIGGER');
my $number = 0;
for my $case ([ 'both', 1, 1 ], [ 'publisher only', 1, 0 ], [ 'subscriber only', 0, 1 ])
{
	my ($where, $on_publisher, $on_subscriber) = @$case;
	replicate($where, $on_publisher, $on_subscriber, $_) for $on_subscriber ? @modes : ('');
}

all_tables($_) for 'CREATE EXTENSION relmap', $relationships;

# Publish a whole database, and with it the declarations: these stay what they
# are on the subscriber.
sub all_tables
{
	my ($on_subscriber) = @_;
	my $db = 'db' . ++$number;
	my $name = $on_subscriber eq $relationships ? 'all tables, declared' : 'all tables';
	my $declared = 'SELECT source, name, doc FROM relmap.relationships ORDER BY 1, 2';

	$_->safe_psql('postgres', "CREATE DATABASE $db"), $_->safe_psql($db, $tables) for $publisher, $subscriber;
	$publisher->safe_psql($db, $relationships . 'INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 1)');
	$subscriber->safe_psql($db, $on_subscriber);
	my $before = $subscriber->safe_psql($db, $declared);
	$publisher->safe_psql($db, 'CREATE PUBLICATION pub FOR ALL TABLES');
	$subscriber->safe_psql($db, "CREATE SUBSCRIPTION sub$number CONNECTION '" . ($publisher->connstr =~ s{'}{''}gr) . " dbname=$db" .
		"' PUBLICATION pub");
	$subscriber->wait_for_subscription_sync($publisher, "sub$number", $db);
	$publisher->safe_psql($db, q{
		INSERT INTO child VALUES (2, 1);
		SELECT relmap.relationship('child', 'parent', 'parent');
		SELECT relmap.alter_relationship('parent', 'child', doc => 'changed');
		SELECT relmap.drop_relationship('parent', 'owned')});
	$publisher->wait_for_catchup("sub$number");
	is($subscriber->safe_psql($db, $rows), $publisher->safe_psql($db, $rows), "$name: rows");
	is($subscriber->safe_psql($db, $declared), $before, "$name: declarations");
	$subscriber->safe_psql($db, "DROP SUBSCRIPTION sub$number");
}

# Publish a database, subscribe to it, write, compare.
sub replicate
{
	my ($where, $on_publisher, $on_subscriber, $mode) = @_;
	my $db = 'db' . ++$number;
	my $name = join ', ', grep { $_ } $where, lc $mode;

	$_->safe_psql('postgres', "CREATE DATABASE $db"), $_->safe_psql($db, $tables) for $publisher, $subscriber;
	$publisher->safe_psql($db, q{
		INSERT INTO parent SELECT generate_series(1, 9);
		INSERT INTO child SELECT 10 + n, n FROM generate_series(1, 4) n;
		INSERT INTO owned SELECT 10 + n, n FROM generate_series(1, 4) n;
		INSERT INTO place SELECT 10 + n, n, true FROM generate_series(1, 4) n;
		INSERT INTO item SELECT 10 + n, 1, n FROM generate_series(1, 4) n;
	});
	$publisher->safe_psql($db, $relationships) if $on_publisher;
	$subscriber->safe_psql($db, $relationships) if $on_subscriber;
	if ($mode)
	{
		$subscriber->safe_psql($db, qq{
			DO \$\$ DECLARE t record; BEGIN
				FOR t IN SELECT tgrelid::regclass AS tab, tgname FROM pg_trigger WHERE tgname LIKE '~relmap%' LOOP
					EXECUTE format('ALTER TABLE %s $mode %I', t.tab, t.tgname);
				END LOOP;
			END \$\$});
	}
	$publisher->safe_psql($db, "CREATE PUBLICATION pub FOR TABLE parent, child, owned, place, item");
	$subscriber->safe_psql($db, "CREATE SUBSCRIPTION sub$number CONNECTION '" . ($publisher->connstr =~ s{'}{''}gr) . " dbname=$db" .
		"' PUBLICATION pub");
	$subscriber->wait_for_subscription_sync($publisher, "sub$number", $db);
	is($subscriber->safe_psql($db, $rows), $publisher->safe_psql($db, $rows), "$name: initial copy");

	for (@statements)
	{
		my ($what, $sql) = @$_;
		# without relmap there, what only it makes possible is an error, which is replicated to nobody
		$publisher->psql($db, $sql);
		$publisher->wait_for_catchup("sub$number");
		is($subscriber->safe_psql($db, $rows), $publisher->safe_psql($db, $rows), "$name: $what");
	}
	if ($on_subscriber)
	{
		is($subscriber->safe_psql($db, q{SELECT count(*) FROM relmap.check() WHERE severity = 'error'}), 0, "$name: check()")
			unless $mode =~ /REPLICA/;
		is($subscriber->safe_psql($db, 'SELECT count(*) FROM parent p WHERE (p.child).id IS NOT NULL'),
			$publisher->safe_psql($db, 'SELECT count(parent_id) FROM child'), "$name: accessors");
	}
	$subscriber->safe_psql($db, "DROP SUBSCRIPTION sub$number");
}

done_testing();
