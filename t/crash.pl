# Under load the server is stopped at once and started again, several times; a
# streaming standby is promoted.  What was committed is there, and every parent
# has one child.
#
#	RELMAP_CRASHES=n	how often (3)

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $crashes = $ENV{RELMAP_CRASHES} // 3;
my $node = PostgreSQL::Test::Cluster->new('crash');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "max_connections = 30\nwal_log_hints = on");
$node->start;

# The declared children of parents 1 to 5, by both policies, and what each load
# has committed: a row in done for every child that it inserted.
$node->safe_psql('postgres', q{CREATE EXTENSION relmap; CREATE EXTENSION amcheck;
	CREATE TABLE parent (id int PRIMARY KEY);
	INSERT INTO parent SELECT generate_series(1, 5);
	CREATE TABLE child (id serial PRIMARY KEY, parent_id int UNIQUE REFERENCES parent);
	CREATE TABLE orphan (id serial PRIMARY KEY, parent_id int UNIQUE REFERENCES parent);
	CREATE TABLE done (id int);
	CREATE TRIGGER "~relmap_replace_child" BEFORE INSERT OR UPDATE ON child
		FOR EACH ROW EXECUTE FUNCTION relmap_internal.replace_nullify('parent_id');
	CREATE TRIGGER "~relmap_replace_orphan" BEFORE INSERT OR UPDATE ON orphan
		FOR EACH ROW EXECUTE FUNCTION relmap_internal.replace_delete('parent_id');
	CREATE CONSTRAINT TRIGGER "~relmap_orphan_orphan" AFTER UPDATE ON orphan DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION relmap_internal.delete_orphan('parent_id');
	INSERT INTO child (id, parent_id) SELECT -n, n FROM generate_series(1, 5) n;
	INSERT INTO orphan (id, parent_id) SELECT -n, n FROM generate_series(1, 5) n;});

my $file = "${PostgreSQL::Test::Utils::tmp_check}/crash.sql";
open my $f, '>', $file or die;
print $f "\\set p random(1, 5)\nBEGIN;\n"
  . "WITH i AS (INSERT INTO child (parent_id) VALUES (:p) RETURNING id) INSERT INTO done SELECT id FROM i;\n"
  . "INSERT INTO orphan (parent_id) VALUES (:p);\nCOMMIT;\n";
close $f;

sub invariants
{
	my ($server, $when) = @_;
	is($server->safe_psql('postgres', q{SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;
		SELECT (SELECT string_agg(parent_id::text, ' ' ORDER BY parent_id) FROM child WHERE parent_id IS NOT NULL),
		       (SELECT string_agg(parent_id::text, ' ' ORDER BY parent_id) FROM orphan),
		       (SELECT count(*) FROM done FULL JOIN (SELECT id FROM child WHERE id > 0) c USING (id) WHERE done.id IS NULL OR c.id IS NULL),
		       (SELECT count(*) FROM pg_prepared_xacts)}),
		'1 2 3 4 5|1 2 3 4 5|0|0', "$when: one child per parent, none lost, none invented");
	is($server->safe_psql('postgres', "SELECT bt_index_check(c, true) FROM (VALUES ('child_parent_id_key'::regclass), ('orphan_parent_id_key'), ('child_pkey')) v (c)"),
		"\n\n", "$when: the indexes have what the tables have");
}

sub start_load
{
	my ($out, $err);
	return IPC::Run::start([ 'pgbench', '-n', '-c', 6, '-j', 2, '-T', 60, '-f', $file, '-h', $node->host, '-p', $node->port, 'postgres' ],
		'>', \$out, '2>', \$err);
}

for my $n (1 .. $crashes)
{
	my $load = start_load();
	sleep 2;
	$node->stop('immediate');
	$load->finish;
	$node->start;
	invariants($node, "crash $n");
}

$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
my $load = start_load();
sleep 2;
$node->stop('immediate');
$load->finish;
$standby->promote;
invariants($standby, 'standby promoted');
$standby->safe_psql('postgres', 'INSERT INTO child (id, parent_id) VALUES (-100, 1); INSERT INTO orphan (id, parent_id) VALUES (-100, 1)');
is($standby->safe_psql('postgres', 'SELECT (SELECT id FROM child WHERE parent_id = 1), (SELECT id FROM orphan WHERE parent_id = 1)'),
	'-100|-100', 'the promoted standby replaces');
note $standby->safe_psql('postgres', 'SELECT count(*) FROM done') . ' transactions survived';

$standby->stop;
done_testing();
