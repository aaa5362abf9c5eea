# An old version, updated by ALTER EXTENSION relmap UPDATE, equals a fresh
# install, object by object; and the library serves the old version meanwhile.
#
# While there is one release, the old version is 0.9: the script of today
# without its last section, that an update script brings.

use strict;
use warnings;
use File::Copy;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('upgrade');
$node->init;
$node->start;

my ($version) = slurp_file('relmap.control') =~ /^default_version *= *'(.*)'/m;
my $folder = $node->config_data('--sharedir') . '/extension';
plan skip_all => "cannot write to $folder" unless -w $folder;

# Cut the script.
my $script = slurp_file("relmap--$version.sql");
my ($head) = $script =~ /\A(.*?\\quit\n)/s;
my ($old, $rest) = $script =~ m{\A(.*)(^/\* src/sql/ddl\.sql \*/\n.*)\z}ms;
ok($rest, 'the script has a last section');
my @files = ("$folder/relmap--0.9.sql", "$folder/relmap--0.9--$version.sql");
write_file($files[0], $old);
write_file($files[1], $head . $rest);
END { unlink @files if @files }

sub write_file
{
	my ($name, $text) = @_;
	open my $file, '>', $name or die "$name: $!";
	print $file $text;
	close $file;
}

# All that belongs to the extension, with what is said of it.
my $members = q{
	SELECT line FROM (
		SELECT concat_ws('|', pg_describe_object(classid, objid, 0), obj_description(objid, classid::regclass::name))
		FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
			AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'relmap')
		UNION ALL
		SELECT concat_ws('|', pg_get_functiondef(oid), proacl, proowner::regrole)
		FROM pg_proc WHERE pronamespace IN ('relmap'::regnamespace, 'relmap_internal'::regnamespace) AND prokind = 'f'
		UNION ALL
		SELECT concat_ws('|', c.oid::regclass, relkind, relacl, relowner::regrole, attnum, attname, atttypid::regtype, attnotnull)
		FROM pg_class c JOIN pg_attribute ON attrelid = c.oid
		WHERE relnamespace IN ('relmap'::regnamespace, 'relmap_internal'::regnamespace) AND attnum > 0
		UNION ALL
		SELECT pg_get_viewdef(oid) FROM pg_class WHERE relnamespace IN ('relmap'::regnamespace, 'relmap_internal'::regnamespace) AND relkind = 'v'
		UNION ALL
		SELECT concat_ws('|', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace IN ('relmap'::regnamespace, 'relmap_internal'::regnamespace)
		UNION ALL
		SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid IN ('relmap_internal.relationship'::regclass, 'relmap_internal.relationship_dump'::regclass)
		UNION ALL
		SELECT concat_ws('|', evtname, evtevent, evtfoid::regprocedure, evtenabled, evttags, evtowner::regrole) FROM pg_event_trigger
		UNION ALL
		SELECT concat_ws('|', nspname, nspacl) FROM pg_namespace WHERE nspname IN ('relmap', 'relmap_internal')
		UNION ALL
		SELECT concat_ws('|', extversion, extowner::regrole, extnamespace::regnamespace, extrelocatable, extconfig::regclass[], extcondition)
		FROM pg_extension WHERE extname = 'relmap') AS x (line)
	ORDER BY line COLLATE "C"
};

my $work = q{
	CREATE TABLE parent (id int PRIMARY KEY);
	CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
	SELECT relmap.relationship('parent', 'child', 'child', uselist => false, backref => 'parent');
	INSERT INTO parent VALUES (1);
	INSERT INTO child VALUES (1, 1), (2, 1);
};
my $read = 'SELECT (p.child).id, ((p.child).parent).id FROM parent p';

# A database owner who is no superuser does it all.
$node->safe_psql('postgres', 'CREATE ROLE regress_app LOGIN');
$node->safe_psql('postgres', "CREATE DATABASE $_ OWNER regress_app") for 'fresh', 'old';
my @app = (extra_params => [ '-U', 'regress_app' ]);

$node->safe_psql('fresh', 'CREATE EXTENSION relmap', @app);
$node->safe_psql('fresh', $work, @app);

$node->safe_psql('old', "CREATE EXTENSION relmap VERSION '0.9'", @app);
is($node->safe_psql('old', q{SELECT extversion FROM pg_extension WHERE extname = 'relmap'}), '0.9', 'the old version is installed');
$node->safe_psql('old', $work, @app);
is($node->safe_psql('old', $read), '2|1', 'the library serves the old version');
isnt($node->safe_psql('old', $members), $node->safe_psql('fresh', $members), 'the old version is another');

# A session that is at work during the update goes on.
my $session = $node->background_psql('old');
is($session->query_safe($read), '2|1', 'a session at work');
$node->safe_psql('old', 'ALTER EXTENSION relmap UPDATE', @app);
is($node->safe_psql('old', q{SELECT extversion FROM pg_extension WHERE extname = 'relmap'}), $version, 'updated');
is($node->safe_psql('old', $members), $node->safe_psql('fresh', $members), 'the updated version equals a fresh one, object by object');

$session->query_safe('INSERT INTO child VALUES (3, 1)');
is($session->query_safe($read), '3|1', 'the session goes on');
$session->query_safe('ALTER TABLE child RENAME parent_id TO mother_id');
$session->query_safe('INSERT INTO child VALUES (4, 1)');
is($session->query_safe($read), '4|1', 'and has what is new');
$session->quit;
is($node->safe_psql('old', 'SELECT count(*) FROM relmap_internal.relationship'), 2, 'the declarations are there');
is($node->safe_psql('old', q{SELECT count(*) FROM relmap.check() WHERE severity = 'error'}), 0, 'and nothing is wrong');

# The old version goes as cleanly as the new one.
$node->safe_psql('old', 'SET client_min_messages = warning; DROP EXTENSION relmap CASCADE', @app);
$node->safe_psql('old', "CREATE EXTENSION relmap VERSION '0.9'", @app);
$node->safe_psql('old', 'DROP EXTENSION relmap', @app);
is($node->safe_psql('old', q{SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'relmap%'}), 0, 'the old version can be dropped');

# A server without the library: other DDL goes on, and relmap can be removed.
$node->safe_psql('fresh', q{
	UPDATE pg_proc SET probin = '$libdir/gone' WHERE pronamespace IN ('relmap'::regnamespace, 'relmap_internal'::regnamespace) AND probin <> '';
});
$node->safe_psql('fresh', 'CREATE TABLE other (id int); CREATE VIEW seen AS TABLE other; CREATE ROLE x; DROP ROLE x; TRUNCATE other');
my ($status, $out, $err) = $node->psql('fresh', 'ALTER TABLE other RENAME TO another');
like($err, qr/could not access file/, 'without the library ALTER TABLE fails');
($status, $out, $err) = $node->psql('fresh', 'DROP EXTENSION relmap CASCADE', extra_params => ['-v', 'ON_ERROR_STOP=1']);
is($status, 0, 'DROP EXTENSION does not');
like($err, qr/WARNING:  accessors that were restored from a dump may remain\nDETAIL:  could not access file/, 'and tells what it cannot do');
$node->safe_psql('fresh', q{
	DROP VIEW seen;
	ALTER TABLE other RENAME TO another;
	INSERT INTO child VALUES (9, NULL);
});
is($node->safe_psql('fresh', q{SELECT count(*) FROM pg_proc WHERE prosrc LIKE '/* relmap */%'}), 0, 'no accessor is left');

done_testing();
