# Dumps of every form, restored: what can be there is there and works, the rest
# is reported by relmap.check() or repaired by declaring again.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('dump');
$node->init;
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;

# The owner of the database, no superuser, makes everything.
$node->safe_psql('postgres', 'CREATE ROLE regress_app LOGIN; CREATE ROLE regress_reader');
$node->safe_psql('postgres', 'CREATE DATABASE src OWNER regress_app');
my $declare = q{
	SELECT relmap.relationship('app.parent', 'child', 'app.child', uselist => false,
		cascade => 'all, delete-orphan', backref => relmap.backref('parent'), doc => 'the one child', info => '{"a": 1}');
	SELECT relmap.relationship('app.parent', 'notes', 'app.note', order_by => '"At" DESC, id');
	SELECT relmap.relationship('app.parent', 'Tag "s"', 'app.tag', secondary => 'app.parent_tag');
	SELECT relmap.relationship('app.tag', 'sub', 'app.tag', uselist => false, on_replace => 'restrict',
		backref => relmap.backref('super'));
	SELECT relmap.relationship('app.parent', 'part', 'app.part', uselist => false, on_replace => 'delete');
	SELECT relmap.relationship('app.parent', 'place', 'app.place', uselist => false,
		condition => 'is_default AND app.fits(kind)', on_replace => $$set is_default = false, note = app.noted(note, 'it''s')$$);
	SELECT relmap.relationship('app.parent', 'words', 'app.word', keyed_by => '{lang}', on_replace => 'delete', doc => 'words');
	SELECT relmap.relationship('app.parent', 'open', 'app.word', keyed_by => '{n}', condition => $$gone IS NULL AND lang <> 'x'$$,
		on_replace => $$set gone = '2026-03-04 05:06+07'$$);
	SELECT relmap.relationship('app.parent', 'places', 'app.place', condition => 'kind IS NOT NULL');
	SELECT relmap.relationship('app.member', 'face', 'app.face', single_parent => true, cascade => 'all, delete-orphan');
};
as_app('src', q{
	CREATE EXTENSION relmap;
	CREATE SCHEMA app;
	CREATE TABLE app.parent (id int PRIMARY KEY, name text);
	CREATE TABLE app.child (id int PRIMARY KEY, parent_id int REFERENCES app.parent);
	CREATE TABLE app.note (id int, parent_id int REFERENCES app.parent, "At" date);
	CREATE TABLE app.tag (id int PRIMARY KEY, super_id int REFERENCES app.tag);
	CREATE TABLE app.parent_tag (p int REFERENCES app.parent, t int REFERENCES app.tag, PRIMARY KEY (p, t));
	CREATE TABLE app.part (id int, parent_id int REFERENCES app.parent) PARTITION BY HASH (parent_id);
	CREATE TABLE app.part_0 PARTITION OF app.part FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE app.part_1 PARTITION OF app.part FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	CREATE TYPE app.kind AS ENUM ('home', 'work');
	CREATE FUNCTION app.fits(app.kind) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 OPERATOR(pg_catalog.=) 'home' $$;
	CREATE FUNCTION app.noted(text, text) RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(' ', $1, $2) $$;
	CREATE TABLE app.place (id int PRIMARY KEY, parent_id int REFERENCES app.parent, is_default boolean, kind app.kind, note text);
	CREATE TABLE app.word (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES app.parent, lang text, n smallint, gone timestamptz);
	CREATE TABLE app.face (id int PRIMARY KEY);
	CREATE TABLE app.member (id int, face_id int REFERENCES app.face) PARTITION BY HASH (face_id);
	CREATE TABLE app.member_0 PARTITION OF app.member FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE app.member_1 PARTITION OF app.member FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO app.face SELECT generate_series(1, 6);
	INSERT INTO app.member SELECT n, n FROM generate_series(1, 5) n;
	INSERT INTO app.parent SELECT n, 'p' || n FROM generate_series(1, 5) n;
	INSERT INTO app.child SELECT 10 + n, n FROM generate_series(1, 5) n;
	INSERT INTO app.note VALUES (1, 1, '2026-01-01'), (2, 1, '2026-01-02');
	INSERT INTO app.tag VALUES (1, NULL), (2, 1);
	INSERT INTO app.parent_tag VALUES (1, 1), (1, 2);
	INSERT INTO app.part SELECT n, n FROM generate_series(1, 5) n;
	INSERT INTO app.place VALUES (1, 1, true, 'home'), (2, 1, true, 'work');
	INSERT INTO app.word VALUES (1, 1, 'de', 1), (2, 1, 'en', 2);
	} . $declare . q{
	ALTER FUNCTION app.child(app.parent) COST 7;
	SET search_path = app;
	CREATE VIEW app.family AS SELECT p.id, (p.child).id AS child FROM app.parent p;
	GRANT SELECT ON ALL TABLES IN SCHEMA app TO regress_reader;
	GRANT USAGE ON SCHEMA app TO regress_reader;
});

# What a restore must bring back.
my $objects = q{
	SELECT line FROM (
		SELECT (to_jsonb(r) - 'unique_index')::text FROM relmap.relationships r
		UNION ALL
		SELECT concat_ws('|', source, name, own_constraint) FROM relmap_internal.relationship WHERE own_constraint <> ''
		UNION ALL
		SELECT concat_ws('|', oid::regprocedure, prosrc, procost, obj_description(oid, 'pg_proc'), proowner::regrole)
		FROM pg_proc WHERE prosrc LIKE '/* relmap */%'
		UNION ALL
		SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid IN ('app.place'::regclass, 'app.word'::regclass)
		UNION ALL
		SELECT concat_ws('|', tgrelid::regclass, pg_get_triggerdef(oid), obj_description(oid, 'pg_trigger'))
		FROM pg_trigger WHERE tgname ~ '^[~!]relmap') AS x (line)
	ORDER BY line COLLATE "C"
};
my $want = $node->safe_psql('src', $objects);
like($want, qr/Tag ""s""/, 'there is something to dump');
works('src', 'before the dump');

# Run SQL as the owner of the database.
sub as_app
{
	my ($db, $sql) = @_;
	return $node->safe_psql($db, $sql, extra_params => [ '-U', 'regress_app' ]);
}

# A new database.
my $count = 0;
sub fresh
{
	my ($extension) = @_;
	my $db = 'db' . ++$count;
	$node->safe_psql('postgres', "CREATE DATABASE $db OWNER regress_app");
	$node->safe_psql($db, 'CREATE EXTENSION relmap') if $extension;
	return $db;
}

# Does everything in it work?  All is undone.
sub works
{
	my ($db, $name) = @_;
	my ($status, $out, $err) = $node->psql($db, q{
		\set ON_ERROR_STOP 1
		SET search_path = app;
		SET client_min_messages = warning;
		SELECT problem FROM relmap.check() WHERE severity = 'error';
		BEGIN;
		INSERT INTO app.child VALUES (99, 1);
		INSERT INTO app.part VALUES (99, 3);
		SELECT p.id, (p.child).id, (p.part).id, ((p.child).parent).name FROM app.parent p WHERE id IN (1, 3) ORDER BY 1;
		SELECT n.id FROM app.parent p, app.notes(p) n;
		SELECT t.id, (t.sub).id FROM app.parent p, app."Tag ""s"""(p) t ORDER BY 1;
		SELECT child FROM app.family WHERE id = 1;
		SET CONSTRAINTS ALL IMMEDIATE;
		SELECT id FROM app.child ORDER BY 1;
		INSERT INTO app.place VALUES (3, 1, true, 'home');
		INSERT INTO app.word VALUES (3, 1, 'de', 2), (4, 1, 'fr', 2);
		SELECT (p.place).id, (words_by_lang(p, 'de')).id, (open_by_n(p, 2)).id, (SELECT count(*) FROM places(p)) FROM app.parent p WHERE id = 1;
		SELECT string_agg(concat_ws(' ', id, is_default::int, note), ', ' ORDER BY id) FROM app.place;
		SELECT string_agg(concat_ws(' ', id, lang, n, gone AT TIME ZONE 'UTC'), ', ' ORDER BY id) FROM app.word;
		DELETE FROM app.member WHERE id = 1;
		UPDATE app.member SET face_id = 6 WHERE id = 2;
		SELECT string_agg(id::text, ' ' ORDER BY id) FROM app.face;
		DROP VIEW app.family;
		DROP TABLE app.child, app.note, app.parent_tag, app.part, app.place, app.word, app.member;
		DROP TABLE app.parent, app.tag, app.face;
		SELECT count(*) FROM relmap_internal.relationship;
		SELECT count(*) FROM pg_proc WHERE prosrc LIKE '/* relmap */%';
		ROLLBACK;
		BEGIN;
		DROP EXTENSION relmap CASCADE;
		SELECT count(*) FROM pg_proc WHERE prosrc LIKE '/* relmap */%';
		SELECT count(*) FROM app.child;
		ROLLBACK;
	}, extra_params => [ '-U', 'regress_app' ]);
	# where an administrator made the extension, the owner can't drop it
	$err = '' if $err =~ s/^.*must be owner of extension relmap\n?//m;
	is($err, '', "$name: no error");
	my $slots = quotemeta("3|3|4|3\n1 0 it's, 2 1, 3 1\n2 en 2 2026-03-03 22:06:00, 3 de 2 2026-03-03 22:06:00, 4 fr 2\n3 4 5 6");
	like($out, qr/^1\|99\|1\|p1\n3\|13\|99\|p3\n2\n1\n1\|2\n2\|\n99\n12\n13\n14\n15\n99\n$slots\n0\n0(\n0\n5)?$/, "$name: everything works");
}

# The same as the original?
sub is_whole
{
	my ($db, $name) = @_;
	is($node->safe_psql($db, $objects), $want, "$name: everything is there");
	works($db, $name);
}

# Run a program of the server as the owner of the database.
sub run_as_app
{
	my ($name, @command) = @_;
	command_ok([ $command[0], '-U', 'regress_app', '-h', $node->host, '-p', $node->port, @command[ 1 .. $#command ] ], $name);
}

sub psql_file
{
	my ($db, $file, $name) = @_;
	run_as_app($name, 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $db, '-f', $file);
}

# Plain, custom, directory.
my $db = fresh();
run_as_app('dump plain', 'pg_dump', '-f', "$dir/plain.sql", 'src');
psql_file($db, "$dir/plain.sql", 'restore plain');
is_whole($db, 'plain');

run_as_app('dump custom', 'pg_dump', '-Fc', '-f', "$dir/custom", 'src');
$db = fresh();
run_as_app('restore custom', 'pg_restore', '-e', '-d', $db, "$dir/custom");
is_whole($db, 'custom');
my $existing = $db;

$db = fresh();
run_as_app('restore custom in one transaction', 'pg_restore', '-1', '-d', $db, "$dir/custom");
is_whole($db, 'one transaction');

run_as_app('dump directory', 'pg_dump', '-Fd', '-j', 2, '-f', "$dir/directory", 'src');
$db = fresh();
run_as_app('restore directory', 'pg_restore', '-e', '-j', 3, '-d', $db, "$dir/directory");
is_whole($db, 'directory with -j');

# A dump of the restored one is the same dump.
run_as_app('dump again', 'pg_dump', '-f', "$dir/again.sql", $db);
my ($first, $second) = map { my $text = slurp_file($_); $text =~ s/^\\(un)?restrict .*\n//mg; $text =~ s/\t\d+\.\d+ \d+:.*$//mg; $text } "$dir/plain.sql", "$dir/again.sql";
is($second, $first, 'the restored database has the same dump');

# By sections, from the archive and as three dumps.
$db = fresh();
run_as_app("restore section $_", 'pg_restore', '-e', "--section=$_", '-d', $db, "$dir/custom") for qw(pre-data data post-data);
is_whole($db, 'by sections');
$db = fresh();
for my $section (qw(pre-data data post-data))
{
	run_as_app("dump section $section", 'pg_dump', "--section=$section", '-f', "$dir/$section.sql", 'src');
	psql_file($db, "$dir/$section.sql", "restore $section");
}
is_whole($db, 'dumped by sections');

# Over a database that is there, twice.  PostgreSQL itself fails on the
# constraint of a partition, which goes with that of the partitioned table.
for (1, 2)
{
	my @command = ('pg_restore', '-U', 'regress_app', '-h', $node->host, '-p', $node->port, '--clean', '--if-exists',
		'-d', $existing, "$dir/custom");
	my ($stdout, $stderr) = run_command(\@command);
	$stderr =~ s/^.*cannot drop inherited constraint .*\n//mg;
	unlike($stderr, qr/ERROR|WARNING: +(relat|acc)/, '--clean --if-exists: no other error');
}
is_whole($existing, '--clean --if-exists');
$db = fresh();
run_as_app('restore --clean into nothing', 'pg_restore', '-e', '--clean', '--if-exists', '-d', $db, "$dir/custom");
is_whole($db, '--clean --if-exists into nothing');

# Schema first, then data.
$db = fresh();
run_as_app('dump schema', 'pg_dump', '-s', '-f', "$dir/schema.sql", 'src');
run_as_app('dump data', 'pg_dump', '-a', '-f', "$dir/data.sql", 'src');
psql_file($db, "$dir/schema.sql", 'restore schema');
is($node->safe_psql($db, 'SELECT count(*) FROM relmap_internal.relationship'), 0, 'schema only: no declarations');
is($node->safe_psql($db, q{SELECT count(*) FROM relmap.check('app') WHERE rule = 'declaration_missing'}),
	$node->safe_psql('src', q{SELECT count(*) FROM (
		SELECT proargtypes[0]::regtype::text FROM pg_proc WHERE prosrc LIKE '/* relmap */%'
		UNION SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname ~ '^[~!]relmap' AND tgparentid = 0) AS t}),
	'schema only: check() reports each table that has accessors or triggers');
psql_file($db, "$dir/data.sql", 'restore data');
is_whole($db, 'schema, then data');

# Schema only, declared again: what is there is found, nothing is scanned.
$db = fresh();
psql_file($db, "$dir/schema.sql", 'restore schema');
declare_again($db, 'schema only');
$node->safe_psql('src', "COPY (SELECT * FROM $_) TO '$dir/rows'"), $node->safe_psql($db, "COPY $_ FROM '$dir/rows'")
	for qw(app.parent app.child app.note app.tag app.parent_tag app.part app.place app.word app.face app.member);
works($db, 'schema only, declared again');

sub declare_again
{
	my ($db, $name) = @_;
	my ($status, $out, $err) = $node->psql($db, $declare, extra_params => [ '-U', 'regress_app' ]);
	is($status, 0, "$name: declared again");
	unlike($err, qr/added (trigger|constraint)|dropped/, "$name: constraints and triggers are found");
	# that a unique constraint is relmap's own its comment tells
	my $got = $node->safe_psql($db, $objects);
	my $expected = $want;
	$expected =~ s/\|7\|the one/|100|the one/ if $got =~ /\|100\|the one/;
	is($got, $expected, "$name: everything is there");
	is($node->safe_psql($db, q{SELECT problem FROM relmap.check() WHERE rule = 'declaration_missing'}), '', "$name: nothing is undeclared");
}

# An administrator has made the extension: its comment is the administrator's.
$db = fresh(1);
run_as_app('restore where the extension is', 'pg_restore', '-e', '--no-comments', '-d', $db, "$dir/custom");
works($db, 'extension made beforehand');
$db = fresh(1);
run_log([ 'pg_restore', '-U', 'regress_app', '-h', $node->host, '-p', $node->port, '-d', $db, "$dir/custom" ]);
is_whole($db, 'extension made beforehand, with comments');

# Of a superuser's dump the owners are kept.
$db = fresh();
$node->command_ok([ 'pg_restore', '-e', '-d', $db, "$dir/custom" ], 'restore as superuser');
is_whole($db, 'restored by a superuser');

# One schema: with the extension, without it.
run_as_app('dump -n -e', 'pg_dump', '-n', 'app', '-e', 'relmap', '-f', "$dir/schema_extension.sql", 'src');
$db = fresh();
psql_file($db, "$dir/schema_extension.sql", 'restore -n -e');
is_whole($db, '-n app -e relmap');
run_as_app('dump -n', 'pg_dump', '-n', 'app', '-f', "$dir/schema_app.sql", 'src');
$db = fresh(1);
psql_file($db, "$dir/schema_app.sql", 'restore -n');
declare_again($db, '-n app');
works($db, '-n app');

# Some tables: constraints and triggers, no declarations, no accessors.
run_as_app('dump -t', 'pg_dump', '-t', 'app.parent', '-t', 'app.child', '-f', "$dir/tables.sql", 'src');
$db = fresh(1);
as_app($db, 'CREATE SCHEMA app');
psql_file($db, "$dir/tables.sql", 'restore -t');
as_app($db, 'INSERT INTO app.child VALUES (99, 1)');
is($node->safe_psql($db, 'SELECT id FROM app.child ORDER BY 1'), "12\n13\n14\n15\n99", '-t: replaces all the same');
is($node->safe_psql($db, q{SELECT source, name FROM relmap.check() WHERE rule = 'declaration_missing'}), "app.child|\napp.parent|",
	'-t: check() reports their triggers');
as_app($db, 'ALTER TABLE app.child RENAME parent_id TO mother_id; INSERT INTO app.child VALUES (98, 1)');
is($node->safe_psql($db, 'SELECT id FROM app.child ORDER BY 1'), "12\n13\n14\n15\n98", '-t: a trigger without declaration follows a rename');

# What can't be restored is not dumped: temporary tables, tables that went unseen.
my $session = $node->background_psql('src');
$session->query_safe(q{
	SET client_min_messages = warning;
	CREATE TEMPORARY TABLE tp (id int PRIMARY KEY);
	CREATE TEMPORARY TABLE tc (id int PRIMARY KEY, p int REFERENCES tp);
	SELECT relmap.relationship('tp', 'tc', 'tc', uselist => false);
});
as_app('src', q{
	CREATE TABLE app.gone (id int PRIMARY KEY, parent_id int REFERENCES app.parent);
	SELECT relmap.relationship('app.parent', 'gone', 'app.gone', backref => 'p');
});
$node->safe_psql('src', 'SET session_replication_role = replica; DROP TABLE app.gone CASCADE');
run_as_app('dump with holes', 'pg_dump', '-f', "$dir/holes.sql", 'src');
$session->quit;
$db = fresh();
psql_file($db, "$dir/holes.sql", 'restore with holes');
is_whole($db, 'with holes');

# A restore that does not go by PostgreSQL's order is not mistaken for a drop.
$db = fresh();
psql_file($db, "$dir/schema.sql", 'restore schema');
as_app($db, 'DROP VIEW app.family; ALTER TABLE app.note DROP CONSTRAINT note_parent_id_fkey');
psql_file($db, "$dir/data.sql", 'rows before their foreign key');
as_app($db, q{
	CREATE TABLE app.other (x int UNIQUE);
	ALTER TABLE app.other DROP CONSTRAINT other_x_key;
	ALTER TABLE app.note ADD COLUMN more int;
	ALTER TABLE app.note DROP COLUMN more;
	DROP TABLE app.other;
	ALTER TABLE app.note ADD CONSTRAINT note_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES app.parent;
});
is($node->safe_psql($db, 'SELECT count(*) FROM relmap_internal.relationship'),
	$node->safe_psql($existing, 'SELECT count(*) FROM relmap_internal.relationship'), 'rows before their foreign key: all are there');

# A whole cluster.
$node->command_ok([ 'pg_dumpall', '-f', "$dir/all.sql", '--no-sync' ], 'pg_dumpall');
my $other = PostgreSQL::Test::Cluster->new('all');
$other->init;
$other->start;
$other->command_ok([ 'psql', '-Xq', '-d', 'postgres', '-f', "$dir/all.sql" ], 'restore pg_dumpall');
is($other->safe_psql($existing, $objects), $want, 'pg_dumpall: everything is there');

# What was suspended when it was dumped is suspended, and resumes, with a key by
# another name; pg_restore --clean over it is right, too.
as_app('src', 'DROP TABLE app.note CASCADE; CREATE TABLE app.note (id int, parent_id int CONSTRAINT k REFERENCES app.parent);'
	  . q{SELECT relmap.relationship('app.parent', 'notes', 'app.note'); ALTER TABLE app.note DROP CONSTRAINT k});
run_as_app('dump of a suspended relationship', 'pg_dump', '-Fc', '-f', "$dir/suspended.dump", 'src');
$db = fresh();
my $suspended = q{SELECT suspended FROM relmap.relationships WHERE name = 'notes'};

foreach my $clean ([], ['--clean'])
{
	# it goes on after errors: what it would drop may be gone
	PostgreSQL::Test::Utils::run_log([ 'pg_restore', '-U', 'regress_app', '-h', $node->host, '-p', $node->port, @$clean, '-d', $db, "$dir/suspended.dump" ]);
	is($node->safe_psql($db, $suspended), 'foreign key "k" was dropped', "a suspended relationship is suspended after a restore @$clean");
	as_app($db, 'ALTER TABLE app.note ADD CONSTRAINT again FOREIGN KEY (parent_id) REFERENCES app.parent');
	is($node->safe_psql($db, $suspended), '', 'and resumes');
	is($node->safe_psql($db, q{SELECT count(*) FROM relmap.check('app') WHERE severity = 'error'}), 0, 'without an error');
}

# In sections: the declarations are rows, loaded before the keys.
run_as_app('dump of all, to be restored in sections', 'pg_dump', '-Fc', '-f', "$dir/sections.dump", 'src');
$db = fresh();
run_as_app("restore --section=$_", 'pg_restore', '-e', "--section=$_", '-d', $db, "$dir/sections.dump")
  foreach qw(pre-data data post-data);
is($node->safe_psql($db, $suspended), 'foreign key "k" was dropped', 'in sections: what was suspended is');
is($node->safe_psql($db, q{SELECT count(*) FROM relmap.check('app') WHERE severity = 'error' AND name <> 'notes'}), 0,
	'and all else is there');

# The numbers of columns are those of the new database.
$node->safe_psql($db, q{
	SET session_replication_role = replica;
	ALTER TABLE app.note RENAME COLUMN parent_id TO pid;
	SET session_replication_role = origin;
	SELECT relmap.alter_relationship('app.parent', 'notes');
	ALTER TABLE app.note ADD FOREIGN KEY (pid) REFERENCES app.parent});
is($node->safe_psql($db, $suspended), '', 'a column that was renamed unseen after a restore is found');

done_testing();
