# The key's index under REINDEX CONCURRENTLY in a loop, under load: a clause on
# the key never replaces, plain INSERTs never fail.  Locks and memory stay flat.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = $ENV{RELMAP_SECONDS} // 5;
my $node = PostgreSQL::Test::Cluster->new('reindex');
$node->init;
$node->append_conf('postgresql.conf', "max_connections = 30\nfsync = off");
$node->start;
$node->safe_psql('postgres', q{CREATE EXTENSION relmap;
	CREATE TABLE parent (id int PRIMARY KEY);
	INSERT INTO parent SELECT generate_series(1, 30000);
	CREATE TABLE child (id serial PRIMARY KEY, parent_id int UNIQUE REFERENCES parent);
	CREATE TRIGGER "~relmap_replace_child_parent_id_fkey" BEFORE INSERT OR UPDATE ON child
		FOR EACH ROW EXECUTE FUNCTION relmap_internal.replace_nullify('parent_id');
	INSERT INTO child (id, parent_id) VALUES (-1, 1), (-2, 2);});

sub script
{
	my ($name, $sql) = @_;
	my $file = "${PostgreSQL::Test::Utils::tmp_check}/$name.sql";
	open my $f, '>', $file or die;
	print $f $sql;
	close $f;
	return $file;
}

my $nothing = script('nothing', "INSERT INTO child (parent_id) VALUES (1) ON CONFLICT (parent_id) DO NOTHING;\n"
	  . "INSERT INTO child (parent_id) VALUES (2) ON CONFLICT DO NOTHING;\n");
my $plain = script('plain', "\\set p random(3, 5)\nINSERT INTO child (parent_id) VALUES (:p);\n");
my $bench = IPC::Run::start(
	[ 'pgbench', '-n', '-M', 'prepared', '-c', 6, '-j', 2, '-T', $seconds, '-f', $nothing, '-f', $plain, '-h', $node->host, '-p', $node->port, 'postgres' ],
	'>', \my $out, '2>', \my $err);
my $loops = 0;
my $end = time + $seconds - 1;
while (time < $end)
{
	$node->safe_psql('postgres', 'REINDEX INDEX CONCURRENTLY child_parent_id_key');
	$loops++;
}
$bench->finish;
note "$loops times reindexed; " . ($out =~ /actually processed: (\d+)/)[0] . ' transactions';
unlike($err, qr/ERROR|aborted/, 'no error under REINDEX CONCURRENTLY') or diag substr($err, 0, 2000);
is($node->safe_psql('postgres', 'SELECT string_agg(id::text, $$ $$ ORDER BY parent_id) FROM child WHERE parent_id < 3'),
	'-1 -2', 'ON CONFLICT DO NOTHING on a held parent replaced nobody');
is($node->safe_psql('postgres', 'SELECT count(parent_id) FROM child WHERE parent_id BETWEEN 3 AND 5'), 3, 'the others have a child each');

# Locks and memory.  The measure is taken in one session, before and after.
my $flat = $node->safe_psql('postgres', q{
	BEGIN;
	INSERT INTO child (parent_id) VALUES (6);
	CREATE TEMP TABLE before AS SELECT (SELECT count(*) FROM pg_locks) AS locks,
		(SELECT sum(used_bytes) FROM pg_backend_memory_contexts WHERE name ILIKE '%relmap%') AS relmap;
	INSERT INTO child (parent_id) SELECT generate_series(100, 20000);
	DO 'BEGIN FOR n IN 20001 .. 25000 LOOP INSERT INTO child (parent_id) VALUES (n); END LOOP; END';
	SELECT (SELECT count(*) FROM pg_locks) - locks < 10,
		coalesce((SELECT sum(used_bytes) FROM pg_backend_memory_contexts WHERE name ILIKE '%relmap%'), 0) - coalesce(relmap, 0) < 100000
	FROM before;
	UPDATE child SET parent_id = parent_id + 1 WHERE parent_id >= 100;
	INSERT INTO child (parent_id) SELECT generate_series(101, 3000);
	SELECT (SELECT count(*) FROM pg_locks) - locks < 10,
		coalesce((SELECT sum(used_bytes) FROM pg_backend_memory_contexts WHERE name ILIKE '%relmap%'), 0) - coalesce(relmap, 0) < 100000
	FROM before;
	COMMIT;
	SELECT count(*) = count(DISTINCT parent_id) FROM child WHERE parent_id IS NOT NULL;});
is($flat, "t|t\nt|t\nt", 'lock table and memory stay flat in a large transaction');

$node->stop;
done_testing();
