# Sessions that fight for few parents: no error, one holder each, nothing lost.
#
#	RELMAP_SECONDS=n	how long each load runs (3)

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = $ENV{RELMAP_SECONDS} // 3;
my $node = PostgreSQL::Test::Cluster->new('stress');
$node->init;
$node->append_conf('postgresql.conf', "max_connections = 30\nfsync = off");
$node->start;

# The only place that knows how a one-to-one is declared.
sub one_to_one
{
	my ($child, $policy) = @_;
	my $sql = qq{CREATE TRIGGER "~relmap_replace_${child}_parent_id_fkey" BEFORE INSERT OR UPDATE ON $child
		FOR EACH ROW EXECUTE FUNCTION relmap_internal.replace_$policy('parent_id');};
	$sql .= qq{CREATE CONSTRAINT TRIGGER "~relmap_orphan_${child}_parent_id_fkey" AFTER UPDATE ON $child
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION relmap_internal.delete_orphan('parent_id');}
	  if $policy eq 'delete';
	return $sql;
}

$node->safe_psql('postgres', "CREATE EXTENSION relmap; CREATE EXTENSION amcheck;
	CREATE TABLE parent (id int PRIMARY KEY);
	INSERT INTO parent SELECT generate_series(1, 1000);
	CREATE TABLE child (id serial PRIMARY KEY, parent_id int UNIQUE REFERENCES parent, v int DEFAULT 0);
	CREATE TABLE orphan (id serial PRIMARY KEY, parent_id int UNIQUE REFERENCES parent, v int DEFAULT 0);
	CREATE TABLE strict (id serial PRIMARY KEY, parent_id int NOT NULL UNIQUE REFERENCES parent, v int DEFAULT 0);"
	  . "CREATE INDEX ON child (v); CREATE INDEX ON orphan (v); CREATE INDEX ON strict (v);"
	  . one_to_one('child', 'nullify') . one_to_one('orphan', 'delete') . one_to_one('strict', 'delete'));

my %script = (
	insert => 'INSERT INTO :table (parent_id, v) VALUES (:p, 1);',
	upsert_id => 'INSERT INTO :table (parent_id, v) VALUES (:p, 1) ON CONFLICT (id) DO NOTHING;',
	upsert_fk => 'INSERT INTO :table (parent_id, v) VALUES (:p, 1) ON CONFLICT (parent_id) DO UPDATE SET v = excluded.v;',
	# no heap-only update: the holder's entry in the key's index moves
	touch => 'UPDATE :table SET v = v + 1 WHERE parent_id = :p;',
	# a row without parent takes one; moving a held row would deadlock by itself
	update => "INSERT INTO :table (parent_id) VALUES (NULL) RETURNING id \\gset\nUPDATE :table SET parent_id = :p WHERE id = :id;",
	transaction => "BEGIN;\nINSERT INTO :table (parent_id) VALUES (:p);\nSAVEPOINT s;\nINSERT INTO :table (parent_id) VALUES (:p);\nROLLBACK TO s;\nCOMMIT;",
);

sub load
{
	my ($name, $table, $parents, @kinds) = @_;
	my $before = $node->safe_psql('postgres', "SELECT count(*) FROM $table");
	my @files;
	for my $kind (@kinds)
	{
		my $file = "${PostgreSQL::Test::Utils::tmp_check}/$kind.sql";
		append_to_file($file, "") unless -e $file;
		open my $f, '>', $file or die;
		print $f "\\set p random(1, $parents)\n" . $script{$kind} =~ s/:table/$table/gr . "\n";
		close $f;
		push @files, '-f', $file;
	}
	my ($out, $err) = run_command([ 'pgbench', '-n', '-c', 8, '-j', 2, '-T', $seconds, @files,
			'-h', $node->host, '-p', $node->port, 'postgres' ]);
	unlike($err, qr/ERROR|aborted/, "$name: no error") or diag substr($err, 0, 2000);
	my ($failed) = $out =~ /failed transactions: (\d+)/;
	is($failed // 0, 0, "$name: no failed transaction");
	is($node->safe_psql('postgres', "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off;
		SELECT count(*) FROM (SELECT FROM $table WHERE parent_id IS NOT NULL GROUP BY parent_id HAVING count(*) > 1) x"), 0,
		"$name: one holder per parent");
	is($node->safe_psql('postgres', "SELECT bt_index_check('${table}_parent_id_key', true)"), '', "$name: the index has what the table has");
	my ($done) = $out =~ /transactions actually processed: (\d+)/;
	note "$name: $done transactions";
	return ($done, $before);
}

sub held { my ($table, $n) = @_; return $node->safe_psql('postgres', "SELECT count(parent_id) FROM $table WHERE parent_id <= $n"); }

for my $parents (1, 10)
{
	for my $table ('child', 'orphan', 'strict')
	{
		my ($done, $before) = load("INSERT, $parents parents of $table", $table, $parents, 'insert');
		is(held($table, $parents), $parents, "... every parent has its child");
		my $rows = $node->safe_psql('postgres', "SELECT count(*) FROM $table");
		is($rows, $table eq 'child' ? $before + $done : $parents, '... no row lost, none invented');
		load("all kinds, $parents parents of $table", $table, $parents, sort grep { $_ ne 'update' } keys %script);
		is(held($table, $parents), $parents, "... every parent has its child");
	}
}
load('UPDATE onto one parent', 'child', 1, 'update');
load('INSERT and UPDATE onto 10 parents', 'child', 10, 'insert', 'update');

# Rows that are always there, upserted by their primary key: nobody replaces a
# row by itself, however fast it moves on.  (Core's own arbiter check may miss a
# row that is being updated; then the next unique index refuses it, or waits for
# a session that waits for it.  Without relmap it is the same.)
$node->safe_psql('postgres', "CREATE TABLE always (id int PRIMARY KEY, parent_id int UNIQUE REFERENCES parent, v int DEFAULT 0);
	CREATE INDEX ON always (v);
	INSERT INTO always SELECT id, id FROM generate_series(1, 3) id;
	CREATE FUNCTION upsert(k int) RETURNS void LANGUAGE plpgsql AS \$\$
	BEGIN
		INSERT INTO always VALUES (k, k) ON CONFLICT (id) DO UPDATE SET v = always.v + 1;
	EXCEPTION WHEN unique_violation OR deadlock_detected THEN NULL;
	END \$\$;" . one_to_one('always', 'nullify'));
$script{always} = 'SELECT upsert(:p);';
load('upserts of rows that are there', 'always', 3, 'always');
is($node->safe_psql('postgres', 'SELECT count(*) FROM always WHERE id = parent_id'), 3, '... every row has its parent');

$node->stop;
done_testing();
