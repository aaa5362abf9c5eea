# Citus: a coordinator and two workers, tables distributed by tenant.  Rows are
# replaced on the shards, attributes are planned as joins, and what can't be had
# is an error.  Skipped where the server has no extension citus.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Readme;
use Test::More;

my ($coordinator, @workers) = map { PostgreSQL::Test::Cluster->new($_) } qw(coordinator worker1 worker2);
my $connect;

$coordinator->init(allows_streaming => 'logical');
plan skip_all => 'the server has no extension citus' unless has_citus();

start($_) for $coordinator, @workers;
$coordinator->safe_psql('postgres', "SELECT citus_set_coordinator_host('localhost', " . $coordinator->port . ')');
$coordinator->safe_psql('postgres', "SELECT citus_add_node('localhost', " . $_->port . ')') for @workers;

# Is the extension there?
sub has_citus
{
	$coordinator->start;
	my $there = $coordinator->safe_psql('postgres', q{SELECT count(*) FROM pg_available_extensions WHERE name = 'citus'});
	$coordinator->stop;
	return $there;
}

# Set up one of the servers.
sub start
{
	my ($node) = @_;

	$node->init(allows_streaming => 'logical') if $node != $coordinator;
	$node->append_conf('postgresql.conf', <<~END);
		listen_addresses = 'localhost'
		shared_preload_libraries = 'citus, relmap'
		citus.enable_unsafe_triggers = on
		citus.node_conninfo = 'sslmode=prefer'
		citus.enable_statistics_collection = off
		citus.shard_count = 4
		max_prepared_transactions = 50
		max_connections = 100
		END
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION citus');
}

# Run statements on the coordinator, in the schema of the test; they must pass.
sub run_sql
{
	my ($sql, %options) = @_;

	return ($options{on} // $coordinator)->safe_psql('postgres', "SET client_min_messages = error; SET search_path = app;\n$sql");
}

# The error that a statement ends in, with its detail and hint.
sub error_of
{
	my ($sql, %options) = @_;
	my (undef, undef, $error) = $coordinator->psql('postgres',
		"\\set VERBOSITY verbose\nSET client_min_messages = error; SET search_path = app;\n$sql", %options);

	return $error;
}

# Does a query show these rows, but for the empty results of functions that
# return void?
sub shows
{
	my ($what, $query, $expected, %options) = @_;

	is(run_sql($query, %options) =~ s/^\n//mgr, $expected =~ s/^\s+|\s+$//gr =~ s/\s*\n\s*/\n/gr, $what);
}

# ---- The page ----

my $page = slurp_file('doc/distributed.md');

if ($ENV{RELMAP_ACCEPT})
{
	$page = Readme::accepted($coordinator->connstr('postgres'), $page, 'pgsql');
	open my $handle, '>', 'doc/distributed.md' or die $!;
	print $handle $page;
	close $handle;
}
else
{
	Readme::check($coordinator->connstr('postgres'), $page, 'doc/distributed.md', 'pgsql');
}
is($_->safe_psql('postgres', q{SELECT count(*) FROM pg_extension WHERE extname = 'relmap'}), 1, $_->name . ' has the extension')
	for @workers;

# ---- Tables, some of whose relationships are declared before they are distributed ----

run_sql(q{
	CREATE SCHEMA app;
	CREATE TABLE parent (tenant_id int, id int, gone int, name text, PRIMARY KEY (tenant_id, id));
	CREATE TABLE child (tenant_id int, gone int, id int, parent_id int, note text, PRIMARY KEY (tenant_id, id),
		FOREIGN KEY (tenant_id, parent_id) REFERENCES parent);
	CREATE TABLE owned (tenant_id int, id int, parent_id int, PRIMARY KEY (tenant_id, id),
		FOREIGN KEY (tenant_id, parent_id) REFERENCES parent);
	CREATE TABLE kid (tenant_id int, id int, gone int, parent_id int, pos int, PRIMARY KEY (tenant_id, id),
		FOREIGN KEY (tenant_id, parent_id) REFERENCES parent);
	CREATE TABLE flagged (tenant_id int, id int, parent_id int, flag boolean DEFAULT false, PRIMARY KEY (tenant_id, id),
		FOREIGN KEY (tenant_id, parent_id) REFERENCES parent);
	CREATE TABLE said (tenant_id int, id int, parent_id int, lang text NOT NULL, word text, PRIMARY KEY (tenant_id, id),
		FOREIGN KEY (tenant_id, parent_id) REFERENCES parent);
	ALTER TABLE parent DROP COLUMN gone;
	ALTER TABLE child DROP COLUMN gone;
	ALTER TABLE kid DROP COLUMN gone;
	SELECT relmap.relationship('parent', 'child', 'child', uselist => false, backref => 'parent');
	SELECT relmap.relationship('parent', 'kids', 'kid', cascade => 'all, delete-orphan', backref => 'parent', order_by => 'pos');

	-- rows that the coordinator's own storage keeps
	INSERT INTO parent VALUES (1, 1, 'stale');
	INSERT INTO child VALUES (1, 1, 1, 'stale');
	SELECT create_distributed_table('parent', 'tenant_id');
	SELECT create_distributed_table(t::text, 'tenant_id', colocate_with => 'parent') FROM unnest('{child,owned,kid,flagged,said}'::text[]) t;
	SELECT relmap.relationship('parent', 'owned', 'owned', uselist => false, cascade => 'all, delete-orphan');
	SELECT relmap.relationship('parent', 'chosen', 'flagged', uselist => false, condition => 'flag', on_replace => 'set flag = false');
	SELECT relmap.relationship('parent', 'words', 'said', keyed_by => '{lang}', on_replace => 'delete', cascade => 'all, delete-orphan');
	DELETE FROM child;
	DELETE FROM parent;
	INSERT INTO parent SELECT t, p, 'p' || t || p FROM generate_series(1, 8) t, generate_series(1, 4) p;
	INSERT INTO child SELECT t, p, p, 'c' || t || p FROM generate_series(1, 8) t, generate_series(1, 4) p;
	INSERT INTO owned SELECT t, p, p FROM generate_series(1, 8) t, generate_series(1, 4) p;
	INSERT INTO kid SELECT t, k, 1 + k % 4, k FROM generate_series(1, 8) t, generate_series(1, 8) k;
});
shows('nothing is wrong with them', q{SELECT rule FROM relmap.check('app') WHERE severity = 'error'}, '');

# ---- Reading ----

my %joins = (
	'a scalar' => [ q{SELECT p.tenant_id, p.id, (p.child).note FROM parent p},
		q{SELECT p.tenant_id, p.id, c.note FROM parent p LEFT JOIN child c ON c.tenant_id = p.tenant_id AND c.parent_id = p.id} ],
	'a whole row' => [ q{SELECT p.tenant_id, p.id, p.child FROM parent p},
		q{SELECT p.tenant_id, p.id, c FROM parent p LEFT JOIN child c ON c.tenant_id = p.tenant_id AND c.parent_id = p.id} ],
	'all columns' => [ q{SELECT (c.parent).* FROM child c WHERE c.parent_id IS NOT NULL},
		q{SELECT p.* FROM child c JOIN parent p ON c.tenant_id = p.tenant_id AND c.parent_id = p.id} ],
	'one tenant' => [ q{SELECT p.id, (p.child).note FROM parent p WHERE tenant_id = 3},
		q{SELECT p.id, c.note FROM parent p LEFT JOIN child c ON c.tenant_id = p.tenant_id AND c.parent_id = p.id WHERE p.tenant_id = 3} ],
	'a collection' => [ q{SELECT p.id, k.id, k.pos FROM parent p, kids(p) k},
		q{SELECT p.id, k.id, k.pos FROM parent p JOIN kid k ON k.tenant_id = p.tenant_id AND k.parent_id = p.id} ],
	'rows of a collection' => [ q{SELECT p.id, k FROM parent p LEFT JOIN LATERAL kids(p) k ON true},
		q{SELECT p.id, k FROM parent p LEFT JOIN kid k ON k.tenant_id = p.tenant_id AND k.parent_id = p.id} ],
	'from row to row' => [ q{SELECT k.tenant_id, k.id, ((k.parent).child).note FROM kid k},
		q{SELECT k.tenant_id, k.id, c.note FROM kid k LEFT JOIN child c ON k.tenant_id = c.tenant_id AND c.parent_id = k.parent_id} ],
	'from a collection' => [ q{SELECT p.id, k.id, (k.parent).name FROM parent p, kids(p) k},
		q{SELECT p.id, k.id, p.name FROM parent p JOIN kid k ON k.tenant_id = p.tenant_id AND k.parent_id = p.id} ],
	'in WHERE and GROUP BY' => [ q{SELECT (k.parent).name, count(*) FROM kid k WHERE (k.parent).id < 3 GROUP BY 1},
		q{SELECT p.name, count(*) FROM kid k JOIN parent p ON k.tenant_id = p.tenant_id AND k.parent_id = p.id WHERE p.id < 3 GROUP BY 1} ],
	'in EXISTS' => [ q{SELECT p.tenant_id, p.id FROM parent p WHERE EXISTS (SELECT 1 FROM kids(p) k WHERE k.pos > 6)},
		q{SELECT DISTINCT k.tenant_id, k.parent_id FROM kid k WHERE k.pos > 6} ],
	'in a CTE' => [ q{WITH x AS (SELECT p.id, (p.child).note FROM parent p) SELECT * FROM x},
		q{SELECT p.id, c.note FROM parent p LEFT JOIN child c ON c.tenant_id = p.tenant_id AND c.parent_id = p.id} ],
	'loaded from what an attribute leads to' => [ q{SELECT relmap.load(k.parent, 'child') FROM kid k},
		q{SELECT to_jsonb(p) || jsonb_build_object('child', to_jsonb(c)) FROM kid k
			LEFT JOIN parent p ON k.tenant_id = p.tenant_id AND p.id = k.parent_id
			LEFT JOIN child c ON c.tenant_id = p.tenant_id AND c.parent_id = p.id} ],
	'loaded' => [ q{SELECT relmap.load(p, 'child', 'kids') FROM parent p},
		q{SELECT to_jsonb(p) || jsonb_build_object('child', to_jsonb(c), 'kids',
			(SELECT jsonb_agg(to_jsonb(k) ORDER BY k.pos) FROM kid k WHERE k.tenant_id = p.tenant_id AND k.parent_id = p.id))
			FROM parent p LEFT JOIN child c ON c.tenant_id = p.tenant_id AND c.parent_id = p.id} ],
);
for my $what (sort keys %joins)
{
	my ($attributes, $join) = map { run_sql("SELECT x::text FROM ($_) x ORDER BY 1") } @{ $joins{$what} };

	is($attributes, $join, "attributes: $what");
}
shows('in PL/pgSQL, what is there now', q{
	CREATE TEMP TABLE seen (n serial, what text);
	DO $$
	DECLARE p parent; k kid;
	BEGIN
		FOR i IN 1..7 LOOP
			SELECT * INTO p FROM parent WHERE tenant_id = 1 AND id = 1;
			INSERT INTO seen (what) VALUES ((child(p)).note), (relmap.load(p, 'child') #>> '{child,note}');
			UPDATE child SET note = note || i WHERE tenant_id = 1 AND parent_id = 1;
		END LOOP;
		FOR k IN SELECT * FROM kids(p) LOOP
			INSERT INTO seen (what) VALUES ('kid ' || k.id || (parent(k)).name);
		END LOOP;
	END $$;
	SELECT string_agg(what, ' ' ORDER BY n) FROM seen},
	'c11 c11 c111 c111 c1112 c1112 c11123 c11123 c111234 c111234 c1112345 c1112345 c11123456 c11123456 kid 4p11 kid 8p11');
shows('a row made up on the coordinator', q{SELECT (child(ROW(2, 1, 'x')::parent)).note}, 'c21');
shows('prepared, and the table changes', q{
	PREPARE q(int) AS SELECT count((p.child).note) FROM parent p WHERE tenant_id = $1;
	EXECUTE q(1); EXECUTE q(1); EXECUTE q(1); EXECUTE q(1); EXECUTE q(1); EXECUTE q(1);
	ALTER TABLE child ADD extra int DEFAULT 1;
	ALTER TABLE child RENAME note TO remark;
	EXECUTE q(2);
	ALTER TABLE child RENAME remark TO note;
	DELETE FROM child WHERE tenant_id = 2 AND id = 4;
	EXECUTE q(2)}, "4\n4\n4\n4\n4\n4\n4\n3");
shows('as another role, past whose policies nobody sees', q{
	CREATE ROLE regress_reader LOGIN;
	GRANT USAGE ON SCHEMA app TO regress_reader;
	GRANT SELECT ON parent, child TO regress_reader;
	ALTER TABLE child ENABLE ROW LEVEL SECURITY;
	CREATE POLICY two ON child USING (id > 2);
	SET ROLE regress_reader;
	SELECT count(*), count((p.child).id) FROM parent p WHERE tenant_id = 1;
	RESET ROLE;
	ALTER TABLE child DISABLE ROW LEVEL SECURITY;
	REVOKE SELECT ON child FROM regress_reader}, '4|2');
like(error_of(q{SET ROLE regress_reader; SELECT (p.child).id FROM parent p}), qr/42501.*permission denied for table child/s, 'without the privilege');
like(error_of(q{SELECT c.id FROM parent p, child(p) c}), qr/0A000.*accessor of relationship "parent.child" cannot be called here/s,
	'a scalar in FROM');
like(error_of(q{SELECT kids(p) FROM parent p}), qr/0A000.*"parent.kids" cannot be called here.*Call it in FROM/s, 'a collection in the select list');
like(error_of(q{SELECT relmap.assign(p, 'child', NULL) FROM parent p}),
	qr/0A000: relationship "child" cannot be followed from a row of shard "app\.parent_\d+".*write the UPDATE/s, 'assigning on the shards');

# ---- Writing ----

shows('replaced, over several shards, the last one wins', q{
	INSERT INTO child (tenant_id, id, parent_id) SELECT t, i, 1 FROM generate_series(1, 8) t, generate_series(11, 13) i;
	SELECT count(*), min(id), max(id) FROM child WHERE parent_id = 1}, '8|13|13');
shows('swapped, over several shards', q{
	UPDATE child SET parent_id = 5 - parent_id WHERE parent_id IN (2, 3);
	SELECT DISTINCT id, parent_id FROM child WHERE parent_id IN (2, 3) ORDER BY 1}, "2|3\n3|2");
shows('upserts', q{
	INSERT INTO child (tenant_id, id, parent_id) VALUES (1, 2, 4), (5, 99, 4)
		ON CONFLICT (tenant_id, id) DO UPDATE SET parent_id = EXCLUDED.parent_id;
	INSERT INTO child (tenant_id, id, parent_id, note) VALUES (1, 100, 4, 'held') ON CONFLICT (tenant_id, parent_id) DO UPDATE SET note = 'kept';
	SELECT tenant_id, id, note FROM child WHERE parent_id = 4 AND tenant_id IN (1, 5) ORDER BY 1}, "1|2|kept\n5|99|");
shows('COPY', q{
	COPY child (tenant_id, id, parent_id) FROM PROGRAM 'printf "6\t50\t4\n7\t50\t4\n6\t51\t4\n"';
	SELECT tenant_id, id FROM child WHERE parent_id = 4 AND tenant_id IN (6, 7) ORDER BY 1}, "6|51\n7|50");
shows('orphans of several shards are deleted at COMMIT', q{
	INSERT INTO owned SELECT t, 20, 1 FROM generate_series(1, 8) t;
	UPDATE owned SET parent_id = NULL WHERE id = 2;
	SELECT DISTINCT id, parent_id FROM owned ORDER BY 1}, "3|3\n4|4\n20|1");
shows('a swap in two statements loses nobody', q{
	BEGIN;
	UPDATE owned SET parent_id = 4 WHERE id = 3 AND tenant_id < 5;
	UPDATE owned SET parent_id = 3 WHERE id = 4 AND tenant_id < 5;
	COMMIT;
	SELECT id, parent_id, count(*) FROM owned WHERE id IN (3, 4) GROUP BY 1, 2 ORDER BY 1, 2}, "3|3|4\n3|4|4\n4|3|4\n4|4|4");
shows('from a worker', q{
	INSERT INTO child (tenant_id, id, parent_id) SELECT t, 60, 1 FROM generate_series(1, 8) t;
	SELECT count(*), min(id), max(id) FROM child WHERE parent_id = 1}, '8|60|60', on => $workers[0]);
shows('a condition', q{
	INSERT INTO flagged SELECT t, i, 1, true FROM generate_series(1, 8) t, generate_series(1, 3) i;
	UPDATE flagged SET flag = (id = 2) WHERE tenant_id < 5;
	SELECT id, count(*) FROM flagged WHERE flag GROUP BY 1 ORDER BY 1}, "2|4\n3|4");
shows('a key', q{
	INSERT INTO said SELECT t, i, 1, CASE i WHEN 1 THEN 'de' ELSE 'en' END, i FROM generate_series(1, 8) t, generate_series(1, 2) i;
	INSERT INTO said VALUES (1, 3, 1, 'de', 'new');
	UPDATE said SET lang = CASE lang WHEN 'de' THEN 'en' ELSE 'de' END WHERE tenant_id < 3;
	SELECT p.tenant_id, (words_by_lang(p, 'en')).word FROM parent p WHERE p.id = 1 AND p.tenant_id < 4 ORDER BY 1}, "1|new\n2|1\n3|2");
shows('one that is required', q{
	DELETE FROM flagged;
	INSERT INTO flagged SELECT tenant_id, 100 + id, id, true FROM parent;
	SELECT relmap.alter_relationship('parent', 'chosen', required => true);
	BEGIN;
	INSERT INTO parent VALUES (1, 9, 'new');
	INSERT INTO flagged VALUES (1, 9, 9, true);
	COMMIT;
	SELECT count(*) FROM parent WHERE id = 9}, '1');
like(error_of(q{UPDATE flagged SET flag = false WHERE id = 9}), qr/23514: row of table "app\.parent_\d+" has no "chosen"/, '... can not be taken away');
like(error_of(q{INSERT INTO parent VALUES (2, 9, 'alone')}), qr/23514: row of table "app\.parent_\d+" has no "chosen"/, '... nor be missing');
shows('a parent is deleted with its children', q{
	SELECT relmap.alter_relationship('parent', 'chosen', required => false);
	DELETE FROM child;
	DELETE FROM flagged;
	SELECT count(*) FROM kid WHERE parent_id = 1;
	DELETE FROM parent WHERE id = 1;
	SELECT count(*) FROM kid WHERE parent_id = 1;
	SELECT count(*) FROM owned WHERE parent_id = 1;
	SELECT count(*) FROM said}, "16\n0\n0\n0");
shows('a row with its only owner', q{
	CREATE TABLE image (tenant_id int, id int, PRIMARY KEY (tenant_id, id));
	CREATE TABLE person (tenant_id int, id int, image_id int, PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, image_id) REFERENCES image);
	SELECT relmap.relationship('person', 'avatar', 'image', single_parent => true, cascade => 'all, delete-orphan');
	SELECT create_distributed_table('image', 'tenant_id', colocate_with => 'parent');
	SELECT create_distributed_table('person', 'tenant_id', colocate_with => 'parent');
	INSERT INTO image SELECT t, i FROM generate_series(1, 8) t, generate_series(1, 3) i;
	INSERT INTO person SELECT t, p, p FROM generate_series(1, 8) t, generate_series(1, 2) p;
	DELETE FROM person WHERE id = 1;
	UPDATE person SET image_id = 3 WHERE tenant_id < 5;
	SELECT id, count(*) FROM image GROUP BY 1 ORDER BY 1}, "2|4\n3|8");
shows('assigned, appended, removed', q{
	DO $$
	DECLARE p parent; q parent; c child; k kid;
	BEGIN
		INSERT INTO child (tenant_id, id) VALUES (1, 1), (1, 2);
		SELECT * INTO p FROM parent WHERE tenant_id = 1 AND id = 2;
		SELECT * INTO q FROM parent WHERE tenant_id = 1 AND id = 3;
		SELECT * INTO c FROM child WHERE tenant_id = 1 AND id = 1;
		SELECT * INTO k FROM kid WHERE tenant_id = 1 AND parent_id = 2 LIMIT 1;
		PERFORM relmap.assign(p, 'child', c), relmap.append(q, 'kids', k);
		SELECT * INTO c FROM child WHERE tenant_id = 1 AND id = 2;
		PERFORM relmap.assign(p, 'child', c);
		SELECT * INTO k FROM kid WHERE tenant_id = 1 AND parent_id = 3 AND id <> k.id LIMIT 1;
		PERFORM relmap.remove(q, 'kids', k);
	END $$;
	SELECT id, parent_id FROM child WHERE tenant_id = 1 ORDER BY 1;
	SELECT parent_id, count(*) FROM kid WHERE tenant_id = 1 GROUP BY 1 ORDER BY 1}, "1|\n2|2\n2|1\n3|2\n4|2");
like(error_of(q{BEGIN; SET LOCAL citus.propagate_set_commands = 'local'; SET LOCAL relmap.replacement = off;
	INSERT INTO child (tenant_id, id, parent_id) VALUES (1, 70, 2)}), qr/23505/, 'without replacement, plain UNIQUE');

# ---- DDL ----

shows('renamed, with the shards', q{
	ALTER TABLE kid RENAME TO grandkid;
	ALTER TABLE grandkid RENAME parent_id TO up;
	SELECT count(*) FROM parent p, kids(p);
	DELETE FROM child;
	DELETE FROM parent WHERE id = 2 AND tenant_id > 1;
	SELECT count(*) FROM grandkid WHERE up = 2;
	ALTER TABLE grandkid RENAME up TO parent_id;
	ALTER TABLE grandkid RENAME TO kid;
	SELECT count(*) FROM relmap.check('app') WHERE severity = 'error'}, "47\n1\n0");
shows('suspended and resumed', q{
	ALTER TABLE kid DROP CONSTRAINT kid_tenant_id_parent_id_fkey;
	SELECT name, suspended FROM relmap.relationships WHERE suspended IS NOT NULL AND name = 'kids';
	ALTER TABLE kid ADD CONSTRAINT kid_tenant_id_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES parent;
	DELETE FROM parent WHERE id = 3 AND tenant_id > 1;
	SELECT count(*) FROM kid WHERE parent_id = 3 AND tenant_id > 1;
	SELECT count(*) FROM relmap.relationships WHERE suspended IS NOT NULL},
	"kids|foreign key \"kid_tenant_id_parent_id_fkey\" was dropped\n0\n0");
shows('names that are cut in the shards', q{
	CREATE TABLE a_child_with_a_very_long_name_that_is_cut_when_it_is_in_shards (tenant_id int, id int, parent_id int,
		PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, parent_id) REFERENCES parent);
	SELECT create_distributed_table('a_child_with_a_very_long_name_that_is_cut_when_it_is_in_shards', 'tenant_id', colocate_with => 'parent');
	SELECT relmap.relationship('parent', 'long', 'a_child_with_a_very_long_name_that_is_cut_when_it_is_in_shards', uselist => false, cascade => 'all');
	INSERT INTO a_child_with_a_very_long_name_that_is_cut_when_it_is_in_shards SELECT t, i, 4 FROM generate_series(1, 8) t, generate_series(1, 2) i;
	SELECT count((p.long).id) FROM parent p;
	DELETE FROM parent WHERE id = 4 AND tenant_id < 4;
	SELECT count(*) FROM a_child_with_a_very_long_name_that_is_cut_when_it_is_in_shards WHERE parent_id IS NOT NULL;
	DROP TABLE a_child_with_a_very_long_name_that_is_cut_when_it_is_in_shards}, "8\n5");
shows('what is not set', q{
	SET citus.enable_unsafe_triggers = off;
	SELECT DISTINCT rule, severity, statement FROM relmap.check('app') WHERE rule = 'triggers_refused'},
	'triggers_refused|warning|ALTER SYSTEM SET citus.enable_unsafe_triggers = on;');
like(error_of(q{SET citus.enable_unsafe_triggers = off; SELECT relmap.drop_relationship('parent', 'owned')}),
	qr/triggers are not supported on distributed tables/, 'a trigger that Citus refuses');

# ---- Six clients, and shards that move ----

run_sql(q{
	CREATE TABLE place (tenant_id int, id int, PRIMARY KEY (tenant_id, id));
	CREATE TABLE holder (tenant_id int, id int, place_id int, PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, place_id) REFERENCES place);
	CREATE TABLE guest (tenant_id int, id int, place_id int, flag boolean DEFAULT false, PRIMARY KEY (tenant_id, id),
		FOREIGN KEY (tenant_id, place_id) REFERENCES place);
	SELECT create_distributed_table('place', 'tenant_id');
	SELECT create_distributed_table('holder', 'tenant_id', colocate_with => 'place');
	SELECT create_distributed_table('guest', 'tenant_id', colocate_with => 'place');
	SELECT relmap.relationship('place', 'holder', 'holder', uselist => false);
	SELECT relmap.relationship('place', 'guest', 'guest', uselist => false, condition => 'flag', on_replace => 'set flag = false');
	INSERT INTO place SELECT t, p FROM generate_series(1, 6) t, generate_series(1, 4) p;
	INSERT INTO holder SELECT t, h, CASE WHEN h <= 4 THEN h END FROM generate_series(1, 6) t, generate_series(1, 40) h;
	INSERT INTO guest SELECT t, g, 1 + g % 4 FROM generate_series(1, 6) t, generate_series(1, 40) g;
});

my $script = "$PostgreSQL::Test::Utils::tmp_check/mix.sql";
append_to_file($script, <<~'END');
	\set t random(1, 6)
	\set h random(1, 40)
	\set p random(1, 4)
	\set what random(1, 7)
	\if :what = 1
	UPDATE app.holder SET place_id = :p WHERE tenant_id = :t AND id = :h;
	\elif :what = 2
	INSERT INTO app.holder VALUES (:t, :h, :p) ON CONFLICT (tenant_id, id) DO UPDATE SET place_id = EXCLUDED.place_id;
	\elif :what = 3
	UPDATE app.holder SET place_id = 1 + place_id % 4 WHERE tenant_id = :t AND place_id IS NOT NULL;
	\elif :what = 4
	UPDATE app.guest SET flag = (id = :h) WHERE tenant_id = :t AND place_id = 1 + :h % 4;
	\elif :what = 5
	BEGIN;
	DELETE FROM app.holder WHERE tenant_id = :t AND id = :h;
	INSERT INTO app.holder VALUES (:t, :h, :p) ON CONFLICT (tenant_id, id) DO NOTHING;
	COMMIT;
	\elif :what = 6
	UPDATE app.guest SET place_id = :p, flag = true WHERE tenant_id = :t AND id = :h;
	\else
	SELECT count((app.holder(p)).id), count((app.guest(p)).id) FROM app.place p WHERE tenant_id = :t;
	\endif
	END

my $seconds = $ENV{RELMAP_SECONDS} // 20;
my ($output, $errors) = ('', '');
my $bench = IPC::Run::start([ 'pgbench', '-n', '-c', 6, '-T', $seconds, '--max-tries=20', '--failures-detailed', '-f', $script, '-h', $coordinator->host,
	'-p', $coordinator->port, 'postgres' ], '>', \$output, '2>', \$errors);

my $moves = 0;
for my $from (@workers, @workers)
{
	my ($to) = grep { $_ != $from } @workers;
	my $shard = run_sql(q{SELECT min(shardid) FROM citus_shards WHERE table_name = 'app.place'::regclass AND nodeport = } . $from->port);

	next if $shard eq '';
	run_sql("SELECT citus_move_shard_placement($shard, 'localhost', " . $from->port . ", 'localhost', " . $to->port . ", 'force_logical')");
	$moves++;
}
run_sql(q{SELECT rebalance_table_shards(shard_transfer_mode => 'force_logical')});
$bench->finish;
note $output, $errors;
my ($transactions) = $output =~ /number of transactions actually processed: (\d+)/;
cmp_ok($moves, '>', 0, "$moves shards were moved");
cmp_ok($transactions // 0, '>', 100, ($transactions // 'no') . ' transactions');
unlike($errors, qr/23505|duplicate key|27000/, 'nobody has met the unique index');
unlike($errors, qr/aborted in command/, 'no client was stopped');
shows('one holder each', q{
	SELECT count(*) FROM (SELECT FROM holder WHERE place_id IS NOT NULL GROUP BY tenant_id, place_id HAVING count(*) > 1) x;
	SELECT count(*) FROM (SELECT FROM guest WHERE flag GROUP BY tenant_id, place_id HAVING count(*) > 1) x;
	SELECT count(*) FROM relmap.violations('place', 'holder')}, "0\n0\n0");

# ---- Without the library before the query ----

$_->append_conf('postgresql.conf', "shared_preload_libraries = 'citus'"), $_->restart for $coordinator, @workers;
like(error_of(q{SELECT (p.child).note FROM parent p}),
	qr/0A000: relationship "child" cannot be followed from a row of shard "app\.parent_\d+".*LEFT JOIN app.child t ON t.tenant_id = s.tenant_id AND t.parent_id = s.id/s,
	'the library is loaded too late: the join to write');
shows('... which check() tells', q{SELECT DISTINCT rule, statement FROM relmap.check('app') WHERE rule = 'library_late'},
	'library_late|ALTER SYSTEM SET session_preload_libraries = relmap;');
run_sql('ALTER SYSTEM SET session_preload_libraries = relmap');
$coordinator->reload;
shows('... and mends', 'SELECT count(*) FROM (SELECT (p.child).note FROM parent p) x', run_sql('SELECT count(*) FROM parent'));

run_sql('DROP EXTENSION relmap CASCADE');
is($_->safe_psql('postgres', q{SET citus.override_table_visibility = off; SELECT count(*) FROM pg_trigger WHERE tgname ~ 'relmap'}), 0,
	'DROP EXTENSION leaves no trigger on ' . $_->name) for $coordinator, @workers;

done_testing();
