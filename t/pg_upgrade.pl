# pg_upgrade from an older major version, with data.  Both must have relmap:
# RELMAP_OLD_INSTALL names the older one's folder (with bin/), else those of
# Debian are looked at.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# The newest older major version that has relmap.
sub old_install
{
	my ($major) = @_;
	my ($best, $best_major) = (undef, 0);
	for my $path ($ENV{RELMAP_OLD_INSTALL} // glob '/usr/lib/postgresql/*')
	{
		next unless -x "$path/bin/postgres" && -x "$path/bin/pg_config";
		my ($old) = `$path/bin/pg_config --version` =~ /(\d+)/;
		my ($share) = `$path/bin/pg_config --sharedir` =~ /(.*)/;
		next unless -e "$share/extension/relmap.control" && $old < $major && $old > $best_major;
		($best, $best_major) = ($path, $old);
	}
	return $best;
}

my ($major) = `pg_config --version` =~ /(\d+)/;
my $path = old_install($major);
plan skip_all => "no major version older than $major is installed with relmap" unless $path;

# Make a cluster of the same kind with each: 18 has checksums by default, older ones have not.
sub init
{
	my ($node) = @_;

	$node->init(extra => [ '--locale', 'C', '--encoding', 'UTF8', $node->pg_version >= 18 ? '--no-data-checksums' : () ]);
}

my $old = PostgreSQL::Test::Cluster->new('old', install_path => $path);
init($old);
$old->start;
$old->safe_psql('postgres', q{
	CREATE EXTENSION relmap;
	CREATE SCHEMA app;
	CREATE TABLE app.parent (id int PRIMARY KEY, name text);
	CREATE TABLE app.child (id int PRIMARY KEY, parent_id int REFERENCES app.parent);
	CREATE TABLE app.tag (id int PRIMARY KEY);
	CREATE TABLE app.parent_tag (p int REFERENCES app.parent, t int REFERENCES app.tag, PRIMARY KEY (p, t));
	CREATE TABLE app.part (id int, parent_id int REFERENCES app.parent) PARTITION BY HASH (parent_id);
	CREATE TABLE app.part_0 PARTITION OF app.part FOR VALUES WITH (MODULUS 1, REMAINDER 0);
	INSERT INTO app.parent SELECT n, 'p' || n FROM generate_series(1, 5) n;
	INSERT INTO app.child SELECT 10 + n, n FROM generate_series(1, 5) n;
	INSERT INTO app.tag VALUES (1), (2);
	INSERT INTO app.parent_tag VALUES (1, 1), (1, 2);
	INSERT INTO app.part SELECT n, n FROM generate_series(1, 5) n;
	SELECT relmap.relationship('app.parent', 'child', 'app.child', uselist => false,
		cascade => 'all, delete-orphan', backref => relmap.backref('parent'), doc => 'the one child');
	SELECT relmap.relationship('app.parent', 'children', 'app.child', order_by => 'id');
	SELECT relmap.relationship('app.parent', 'tags', 'app.tag', secondary => 'app.parent_tag');
	SELECT relmap.relationship('app.parent', 'part', 'app.part', uselist => false, on_replace => 'delete');
	CREATE TYPE app.kind AS ENUM ('home', 'work');
	CREATE TABLE app.place (id int PRIMARY KEY, parent_id int REFERENCES app.parent, chosen boolean, kind app.kind);
	CREATE TABLE app.word (id int PRIMARY KEY, parent_id int REFERENCES app.parent, lang text);
	INSERT INTO app.place VALUES (1, 1, true, 'home');
	INSERT INTO app.word VALUES (1, 1, 'de'), (2, 1, 'en');
	SELECT relmap.relationship('app.parent', 'place', 'app.place', uselist => false,
		condition => $$chosen AND kind = 'home'$$, on_replace => $$set chosen = false, kind = 'work'$$);
	SELECT relmap.relationship('app.parent', 'words', 'app.word', keyed_by => '{lang}', on_replace => 'set lang = NULL');
	SET search_path = app;
	CREATE VIEW app.family AS SELECT p.id, (p.child).id AS child FROM app.parent p;
});
my $objects = q{
	SELECT (to_jsonb(r) - 'unique_index')::text FROM relmap.relationships r UNION ALL
	SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname LIKE '~relmap%' UNION ALL
	SELECT evtname FROM pg_event_trigger ORDER BY 1
};
my $want = $old->safe_psql('postgres', $objects);
$old->stop;

my $new = PostgreSQL::Test::Cluster->new('new');
init($new);
my $folder = PostgreSQL::Test::Utils::tempdir;
chdir $folder;
command_ok(
	[
		'pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $old->config_data('--bindir'),
		'-B', $new->config_data('--bindir'), '-s', $new->host, '-p', $old->port, '-P', $new->port
	],
	'pg_upgrade');
$new->start;

is($new->safe_psql('postgres', $objects), $want, 'everything is there');
is($new->safe_psql('postgres', q{SELECT count(*) FROM relmap.check() WHERE severity = 'error'}), 0, 'nothing is wrong');
is($new->safe_psql('postgres', q{
	SET search_path = app;
	INSERT INTO child VALUES (99, 1);
	INSERT INTO part VALUES (99, 3);
	SELECT p.id, (p.child).id, (p.part).id, ((p.child).parent).name, (SELECT count(*) FROM tags(p)) FROM parent p ORDER BY 1;
	SELECT c.id FROM parent p, children(p) c ORDER BY 1;
	SELECT * FROM family WHERE id = 1;
}), "1|99|1|p1|2\n2|12|2|p2|0\n3|13|99|p3|0\n4|14|4|p4|0\n5|15|5|p5|0\n12\n13\n14\n15\n99\n1|99", 'everything works');

is($new->safe_psql('postgres', q{
	SET search_path = app;
	INSERT INTO place VALUES (2, 1, true, 'home');
	INSERT INTO word VALUES (3, 1, 'de');
	SELECT id, chosen, kind FROM place ORDER BY 1;
	SELECT (p.place).id, (words_by_lang(p, 'de')).id FROM parent p WHERE id = 1;
	ALTER TYPE kind RENAME VALUE 'home' TO 'house';
	INSERT INTO place VALUES (3, 1, true, 'house');
	SELECT id FROM place WHERE chosen;
}), "1|f|work\n2|t|home\n2|3\n3", 'conditions and keys work');

# What pg_upgrade loses of dependencies is put right when it matters.
is($new->safe_psql('postgres', q{
	SET client_min_messages = warning;
	ALTER TABLE app.child RENAME parent_id TO mother_id;
	BEGIN;
	DROP VIEW app.family;
	DROP TABLE app.child;
	SELECT count(*) FROM relmap_internal.relationship WHERE name IN ('child', 'children', 'parent');
	ROLLBACK;
	BEGIN;
	DROP EXTENSION relmap CASCADE;
	SELECT count(*) FROM pg_proc WHERE prosrc LIKE '/* relmap */%' AND proname <> 'child';
	SELECT count(*) FROM app.child;
	ROLLBACK;
}), "0\n0\n5", 'drops need nothing else');

done_testing();
