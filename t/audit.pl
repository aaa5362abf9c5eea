# pgaudit sees what is done to a row that is replaced, as it sees what ON DELETE
# SET NULL does.  Skipped where it is not installed.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $library = `pg_config --pkglibdir`;
chomp $library;
plan skip_all => 'pgaudit is not installed' unless -f "$library/pgaudit.so";

my $node = PostgreSQL::Test::Cluster->new('audit');
$node->init;
$node->append_conf('postgresql.conf', q{
shared_preload_libraries = 'pgaudit'
pgaudit.log = 'write'
pgaudit.log_relation = on
pgaudit.role = 'regress_auditor'
});
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION relmap;
	CREATE ROLE regress_auditor;
	CREATE TABLE parent (id int PRIMARY KEY);
	CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent ON DELETE SET NULL);
	CREATE TABLE part (id int PRIMARY KEY, parent_id int REFERENCES parent);
	GRANT UPDATE (parent_id) ON child TO regress_auditor;
	SELECT relmap.relationship('parent', 'child', 'child', uselist => false, backref => 'parent');
	SELECT relmap.relationship('parent', 'part', 'part', uselist => false, cascade => 'all, delete-orphan', backref => 'parent');
	INSERT INTO parent VALUES (1), (2), (3);
	INSERT INTO child VALUES (1, 1), (2, 2), (3, 3);
	INSERT INTO part VALUES (1, 1), (2, 2)});

# What is logged while a statement runs, without its numbers and its text.
sub audited
{
	my ($statement) = @_;
	my $offset = -s $node->logfile;

	$node->safe_psql('postgres', $statement);
	return join "\n", map { /AUDIT: (\w+),\d+,\d+,(\w+,\w+,TABLE,[^,]*)/ ? "$1 $2" : () }
	  split /\n/, slurp_file($node->logfile, $offset);
}

my $update = "SESSION WRITE,UPDATE,TABLE,public.child";
my $as_object = "OBJECT WRITE,UPDATE,TABLE,public.child";

is(audited('DELETE FROM parent WHERE id = 3'),
	"SESSION WRITE,DELETE,TABLE,public.parent\nSESSION WRITE,DELETE,TABLE,public.part\n$as_object\n$update",
	'ON DELETE SET NULL: the write of the child; and a cascade of relmap\'s');
is(audited('INSERT INTO child VALUES (4, 1)'), "SESSION WRITE,INSERT,TABLE,public.child\n$as_object\n$update",
	'a row that is replaced: the same');
is(audited('INSERT INTO part VALUES (3, 1)'),
	"SESSION WRITE,INSERT,TABLE,public.part\nSESSION WRITE,UPDATE,TABLE,public.part\nSESSION WRITE,DELETE,TABLE,public.part",
	'a row that is replaced and deleted: both');
is(audited('INSERT INTO part VALUES (5, NULL)'), 'SESSION WRITE,INSERT,TABLE,public.part', 'nothing is replaced: nothing more');
is($node->safe_psql('postgres', 'SELECT id, parent_id FROM child WHERE parent_id IS NOT NULL ORDER BY id'),
	"2|2\n4|1", 'and the rows are right');

$node->stop;
done_testing();
