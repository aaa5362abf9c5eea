# Sessions that replace, move and swap rows over slots that must be held, and
# that add and remove rows of collections that must not be empty: no errors but
# those that a transaction deserves by itself, and every parent has its child
# at the end.
#
#	RELMAP_TRANSACTIONS=n	how many in each load (20000)

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $transactions = $ENV{RELMAP_TRANSACTIONS} // 20000;
my $clients = 8;
$transactions -= $transactions % $clients;
my $parents = 40;
my $node = PostgreSQL::Test::Cluster->new('required_stress');
$node->init;
$node->append_conf('postgresql.conf', "max_connections = 30\nfsync = off\nlog_min_messages = fatal");
$node->start;

$node->safe_psql('postgres', qq{
	CREATE EXTENSION relmap;
	CREATE TABLE parent (id int PRIMARY KEY);
	CREATE TABLE child (id serial PRIMARY KEY, parent_id int REFERENCES parent, spare int);
	CREATE TABLE item (id serial PRIMARY KEY, parent_id int REFERENCES parent);
	CREATE INDEX ON item (parent_id);
	SELECT relmap.relationship('parent', 'child', 'child', uselist => false, required => true);
	SELECT relmap.relationship('parent', 'items', 'item', required => true);
	BEGIN;
	INSERT INTO parent SELECT generate_series(1, $parents);
	INSERT INTO child (parent_id) SELECT generate_series(1, $parents);
	INSERT INTO item (parent_id) SELECT 1 + n % $parents FROM generate_series(1, $parents * 3) n;
	COMMIT;

	CREATE FUNCTION pick(n int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1 + floor(random() * n)::int';

	-- a newcomer replaces the holder; the slot is held all the time
	CREATE PROCEDURE replace() LANGUAGE plpgsql AS \$\$
	BEGIN INSERT INTO child (parent_id) VALUES (pick($parents)); END \$\$;
	-- two rows change places, in one statement; nothing if somebody has replaced one of them.
	-- They are locked by id: parents change, so that by parent two sessions could wait for one another
	CREATE PROCEDURE swap() LANGUAGE plpgsql AS \$\$
	DECLARE a int := pick($parents); b int := pick($parents); ids int[];
	BEGIN
		ids := ARRAY(SELECT id FROM child WHERE parent_id IN (a, b) ORDER BY id FOR UPDATE);
		IF cardinality(ids) = 2 THEN
			UPDATE child SET parent_id = a + b - parent_id WHERE id = ANY (ids);
		END IF;
	END \$\$;
	-- a row moves to another parent, and a new one takes its place
	CREATE PROCEDURE move() LANGUAGE plpgsql AS \$\$
	DECLARE a int := pick($parents); b int := pick($parents); ids int[];
	BEGIN
		ids := ARRAY(SELECT id FROM child WHERE parent_id IN (a, b) ORDER BY id FOR UPDATE);
		IF cardinality(ids) = 2 THEN
			UPDATE child SET parent_id = greatest(a, b) WHERE parent_id = least(a, b);
			INSERT INTO child (parent_id) VALUES (least(a, b));
		END IF;
	END \$\$;
	-- the same without a new one: that must fail
	CREATE PROCEDURE leave() LANGUAGE plpgsql AS \$\$
	DECLARE a int := pick($parents); b int := pick($parents); ids int[];
	BEGIN
		ids := ARRAY(SELECT id FROM child WHERE parent_id IN (a, b) ORDER BY id FOR UPDATE);
		IF cardinality(ids) < 2 THEN RETURN; END IF;
		BEGIN
			UPDATE child SET parent_id = greatest(a, b) WHERE parent_id = least(a, b);
			SET CONSTRAINTS ALL IMMEDIATE;
			RAISE 'a row has left parent %', least(a, b);
		EXCEPTION WHEN check_violation THEN
		END;
	END \$\$;

	-- items come, go and move, of several parents in any order; the last one can't go
	CREATE PROCEDURE add() LANGUAGE plpgsql AS \$\$
	BEGIN INSERT INTO item (parent_id) VALUES (pick($parents)); END \$\$;
	CREATE PROCEDURE remove(n int) LANGUAGE plpgsql AS \$\$
	BEGIN
		FOR i IN 1 .. n LOOP
			DELETE FROM item WHERE id = (SELECT id FROM item WHERE parent_id = pick($parents) ORDER BY random() LIMIT 1
				FOR UPDATE SKIP LOCKED);
		END LOOP;
		SET CONSTRAINTS ALL IMMEDIATE;
	EXCEPTION WHEN check_violation THEN
	END \$\$;
	CREATE PROCEDURE move_item() LANGUAGE plpgsql AS \$\$
	BEGIN
		UPDATE item SET parent_id = pick($parents) WHERE id = (SELECT id FROM item WHERE parent_id = pick($parents) LIMIT 1
			FOR UPDATE SKIP LOCKED);
		SET CONSTRAINTS ALL IMMEDIATE;
	EXCEPTION WHEN check_violation THEN
	END \$\$;
});

sub load
{
	my ($name, $level, @calls) = @_;
	my @files;
	for my $call (@calls)
	{
		my $file = "${PostgreSQL::Test::Utils::tmp_check}/required_" . ($call =~ s/\W//gr) . '.sql';
		open my $f, '>', $file or die;
		print $f "BEGIN ISOLATION LEVEL $level;\nCALL $call;\nCOMMIT;\n";
		close $f;
		push @files, '-f', $file;
	}
	# what a snapshot forbids is tried again; nothing else is
	my ($out, $err) = run_command([ 'pgbench', '-n', '-c', $clients, '-j', 2, '-t', int($transactions / $clients), @files,
			'--max-tries', $level eq 'READ COMMITTED' ? 1 : 1000,
			'-h', $node->host, '-p', $node->port, 'postgres' ]);
	unlike($err, qr/ERROR|aborted/, "$name: no error but those that were expected") or diag substr($err, 0, 2000);
	like($out, qr/transactions actually processed: $transactions\b/, "$name: all transactions were processed") or diag $out;
	is($node->safe_psql('postgres', q{SELECT (SELECT count(*) FROM relmap.violations('parent', 'child')),
		(SELECT count(*) FROM relmap.violations('parent', 'items'))}), '0|0', "$name: every parent has its child");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT FROM child WHERE parent_id IS NOT NULL
		GROUP BY parent_id HAVING count(*) > 1) x}), 0, "$name: and one only");
}

load('replace, swap and move over required slots', 'READ COMMITTED', 'replace()', 'swap()', 'move()');
load('... and leave them', 'READ COMMITTED', 'replace()', 'swap()', 'move()', 'leave()');
load('items come and go', 'READ COMMITTED', 'add()', 'remove(1)', 'remove(3)', 'move_item()');
load('... at REPEATABLE READ', 'REPEATABLE READ', 'add()', 'remove(1)', 'remove(3)', 'move_item()');
load('... at SERIALIZABLE', 'SERIALIZABLE', 'add()', 'remove(1)', 'move_item()');
$node->stop;
done_testing();
