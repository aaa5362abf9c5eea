# A physical standby: accessors and views read, declarations are refused, and
# what the primary does to tables is seen at the next statement.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->start;
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;

# Wait until the standby has what the primary has.
sub catch_up
{
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
}

$primary->safe_psql('postgres', q{
	CREATE EXTENSION relmap;
	CREATE TABLE parent (id int PRIMARY KEY);
	CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, note text);
	SELECT relmap.relationship('parent', 'child', 'child', uselist => false, backref => 'parent');
	SELECT relmap.relationship('parent', 'children', 'child');
	INSERT INTO parent VALUES (1), (2);
	INSERT INTO child VALUES (11, 1), (12, 1);
	CREATE TABLE place (id int PRIMARY KEY, parent_id int REFERENCES parent, chosen boolean, lang text);
	SELECT relmap.relationship('parent', 'place', 'place', uselist => false, condition => 'chosen', on_replace => 'set chosen = false');
	SELECT relmap.relationship('parent', 'places', 'place', keyed_by => '{lang}', on_replace => 'set lang = NULL');
	INSERT INTO place VALUES (1, 1, true, 'de'), (2, 1, true, 'en');
});
catch_up();

my $session = $standby->background_psql('postgres');
my $read = q{SELECT p.id, (p.child).id, (SELECT count(*) FROM children(p)), ((p.child).parent).id FROM parent p ORDER BY 1};
is($session->query_safe($read), "1|12|1|1\n2||0|", 'accessors read on the standby');
is($session->query_safe(q{SELECT (p.place).id, (places_by_lang(p, 'de')).id FROM parent p WHERE id = 1}), '2|1', 'by condition and key, too');
is($session->query_safe(q{SELECT suspended, unique_index FROM relmap.relationships WHERE name = 'place'}), '|place_parent_id_idx', 'conditions can be read');
is($session->query_safe(q{SELECT name, enforced FROM relmap.relationships WHERE target <> 'place'::regclass ORDER BY 1}), "child|t\nchildren|\nparent|", 'the view, too');
is($session->query_safe(q{SELECT count(*) FROM relmap.check() WHERE severity = 'error'}), 0, 'check(), too');
is($session->query_safe(q{SELECT count(*) FROM relmap.violations('parent', 'children')}), 0, 'violations(), too');

for my $call (
	q{relmap.relationship('parent', 'x', 'child')},
	q{relmap.alter_relationship('parent', 'child', doc => 'x')},
	q{relmap.drop_relationship('parent', 'child')})
{
	my ($status, $out, $err) = $standby->psql('postgres', "SELECT $call");
	like($err, qr/cannot execute relmap\.\w+\(\) (in a read-only transaction|during recovery)/, "$call is refused");
}

# A session with warm caches sees what happens on the primary.
$primary->safe_psql('postgres', 'INSERT INTO child VALUES (13, 1), (14, 2)');
catch_up();
is($session->query_safe($read), "1|13|1|1\n2|14|1|2", 'rows');
$primary->safe_psql('postgres', q{
	ALTER TABLE child RENAME parent_id TO mother_id;
	ALTER TABLE child RENAME TO kid;
	ALTER TABLE kid DROP COLUMN note, ADD COLUMN more int;
	ALTER TABLE parent ALTER id TYPE bigint;
});
catch_up();
is($session->query_safe($read), "1|13|1|1\n2|14|1|2", 'renames and other types');
$primary->safe_psql('postgres', q{
	SELECT relmap.alter_relationship('parent', 'child', new_name => 'one');
	CREATE SCHEMA s;
	ALTER TABLE kid SET SCHEMA s;
});
catch_up();
is($session->query_safe('SELECT p.id, (p.one).id FROM parent p ORDER BY 1'), "1|13\n2|14", 'another name, another schema');
$primary->safe_psql('postgres', 'DROP TABLE s.kid; DROP TABLE place');
catch_up();
is($session->query_safe('SELECT count(*) FROM relmap.relationships'), 0, 'a dropped table takes its relationships along');
$session->quit;

# Promoted, it is a primary like any other.
$primary->safe_psql('postgres', q{
	CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
	SELECT relmap.relationship('parent', 'child', 'child', uselist => false);
});
catch_up();
$primary->stop;
$standby->promote;
$standby->safe_psql('postgres', 'INSERT INTO child VALUES (1, 1), (2, 1)');
is($standby->safe_psql('postgres', 'SELECT id, parent_id FROM child ORDER BY 1'), "1|\n2|1", 'promoted, it replaces');

done_testing();
