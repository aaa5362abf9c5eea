# Dumps of a part of a database, and parts of a dump: what is restored has its
# declarations, and one warning names those of tables that are not there.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('dump_partial');
$node->init;
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;

# Two schemas with two relationships each, and one that leads from one to the
# other and back.
$node->safe_psql('postgres', 'CREATE ROLE regress_app LOGIN');
$node->safe_psql('postgres', 'CREATE DATABASE src OWNER regress_app');
as_app('src', q{
	CREATE EXTENSION relmap;
	CREATE SCHEMA mine;
	CREATE SCHEMA "Their's";
	CREATE TABLE mine.owner (id int PRIMARY KEY);
	CREATE TABLE "Their's".kind (id int PRIMARY KEY);
	CREATE TABLE mine.item (id int PRIMARY KEY, owner_id int REFERENCES mine.owner, kind_id int REFERENCES "Their's".kind);
	CREATE TABLE "Their's"."A.b" (id int PRIMARY KEY, kind_id int REFERENCES "Their's".kind);
	INSERT INTO mine.owner VALUES (1);
	INSERT INTO "Their's".kind VALUES (1);
	INSERT INTO mine.item VALUES (1, 1, 1);
	INSERT INTO "Their's"."A.b" VALUES (1, 1);
	SELECT relmap.relationship('mine.owner', 'item', 'mine.item', uselist => false, backref => 'owner');
	SELECT relmap.relationship('mine.item', 'kind', '"Their''s".kind', backref => 'items');
	SELECT relmap.relationship('"Their''s".kind', 'ab', '"Their''s"."A.b"', uselist => false, backref => 'kind');
});
my @mine = qw(mine.item.owner mine.owner.item);
my @theirs = (q{"Their's"."A.b".kind}, q{"Their's".kind.ab});
my @between = (q{"Their's".kind.items}, 'mine.item.kind');
is_deeply(declared('src'), [ sort @mine, @theirs, @between ], 'there is something to dump');

# Run SQL as the owner of the database.
sub as_app
{
	my ($db, $sql) = @_;
	return $node->safe_psql($db, $sql, extra_params => [ '-U', 'regress_app' ]);
}

# A new database, with an extension that an administrator has made or without.
my $count = 0;

sub fresh
{
	my ($extension) = @_;
	my $db = 'db' . ++$count;
	$node->safe_psql('postgres', "CREATE DATABASE $db OWNER regress_app");
	$node->safe_psql($db, 'CREATE EXTENSION relmap') if $extension;
	return $db;
}

# What is declared in it, and that nothing is left where a dump loads it.
sub declared
{
	my ($db) = @_;
	is($node->safe_psql($db, 'SELECT count(*) FROM ONLY relmap_internal.relationship_dump'), 0, 'nothing waits to be restored');
	return [ sort split /\n/, $node->safe_psql($db, q{SELECT source || '.' || name FROM relmap_internal.relationship}) ];
}

sub connection
{
	return ('-h', $node->host, '-p', $node->port);
}

sub dump_src
{
	my ($file, @options) = @_;
	command_ok([ 'pg_dump', '-U', 'regress_app', connection(), '-f', "$dir/$file", @options, 'src' ], "pg_dump @options");
	return;
}

# Restore a file; errors do not stop it.  Returns what it writes on stderr.
sub restore
{
	my ($db, $file, @options) = @_;
	my @command = $file =~ /\.sql$/ ? ('psql', '-Xq') : ('pg_restore');
	my @names = $file =~ /\.sql$/ ? ('-f', "$dir/$file") : ("$dir/$file");
	my ($out, $err) = run_command([ @command, '-U', 'regress_app', connection(), '-d', $db, @options, @names ]);
	return $err;
}

# What the owner of the database sees of mine: a newcomer replaces the item of
# an owner.
sub mine_works
{
	my ($db, $name) = @_;
	is( as_app($db, 'BEGIN; INSERT INTO mine.owner VALUES (9); INSERT INTO mine.item VALUES (8, 9), (9, 9);
			SELECT (mine.item(o)).id, (mine.owner((mine.item(o)))).id FROM mine.owner o WHERE id = 9; ROLLBACK'),
		'9|9', "$name: works");
	is($node->safe_psql($db, q{SELECT source, name, rule, problem FROM relmap.check() WHERE severity = 'error'}), '', "$name: nothing is wrong");
	return;
}

# What check() has for accessors that are not there.
sub accessors_return
{
	my ($db) = @_;
	as_app($db, $node->safe_psql($db, q{SELECT statement FROM relmap.check() WHERE rule = 'accessor_missing'}));
	return;
}

my $skipped = qr/WARNING:  skipped 4 relationships of tables that do not exist\nDETAIL:  "\Q"Their's"."A.b".kind", ""Their's".kind.ab", ""Their's".kind.items", "mine.item.kind"\E/;

# One schema with the extension: the COPY has the rows of the other, too.
dump_src('mine.sql', '-n', 'mine', '-e', 'relmap');
my $db = fresh();
my $err = restore($db, 'mine.sql');
like($err, $skipped, 'one schema: one warning names what is not there');
is(() = $err =~ /WARNING/g, 1, '... once');
unlike($err =~ s/.*ERROR:  (?:schema "Their's" does not exist|function mine\.kind\(mine\.item\) does not exist)//gr, qr/ERROR/, '... and the only errors are of the other schema');
is_deeply(declared($db), \@mine, 'one schema: its declarations are there');
mine_works($db, 'one schema');

# The other one after it.
dump_src('theirs.sql', '-n', q{"Their's"}, '-e', 'relmap');
$err = restore($db, 'theirs.sql');
like($err, qr/^psql:\S+ WARNING:  2 relationships are declared already, and stay as they are$/, 'the other schema after it: what is there stays');
is_deeply(declared($db), [ sort @mine, @theirs, @between ], 'the other schema after it: all is declared');
as_app($db, q{
	ALTER TABLE mine.item ADD FOREIGN KEY (kind_id) REFERENCES "Their's".kind});
accessors_return($db);
mine_works($db, 'both schemas');
is(as_app($db, q{SELECT (mine.kind(i)).id, (SELECT count(*) FROM "Their's".items(mine.kind(i))) FROM mine.item i}), '1|1', '... and what leads from one to the other works');

# Tables: accessors are no part of them, and check() brings them back.
dump_src('tables.sql', '-t', 'mine.owner', '-t', 'mine.item', '-e', 'relmap');
$db = fresh();
as_app($db, 'CREATE SCHEMA mine');
like(restore($db, 'tables.sql'), $skipped, 'tables: a warning');
is_deeply(declared($db), \@mine, 'tables: their declarations are there');
is(as_app($db, q{SELECT source, name, rule FROM relmap.check() WHERE name IN ('item', 'owner')}), "mine.item|owner|accessor_missing\nmine.owner|item|accessor_missing", 'tables: check() reports the accessors');
accessors_return($db);
mine_works($db, 'tables');

# All tables but one, as COPY and as INSERTs.
foreach my $options ([], ['--inserts'], ['--column-inserts'], ['--rows-per-insert=3'])
{
	dump_src('but.sql', '-T', '"Their\'s"."A.b"', @$options);
	$db = fresh();
	like(restore($db, 'but.sql'), qr/WARNING:  skipped \d relationships? of/, "-T @$options: a warning");
	is_deeply(declared($db), [ sort @mine, @between ], "-T @$options: the other declarations are there");
}

# Parts of an archive.
dump_src('custom', '-Fc');
$db = fresh(1);
as_app($db, 'CREATE SCHEMA mine');
unlike(restore($db, 'custom', '-n', 'mine'), qr/WARNING/, 'pg_restore -n: no warning');
is_deeply(declared($db), [], 'pg_restore -n: no declarations');
$db = fresh(1);
as_app($db, 'CREATE SCHEMA mine');
# pg_restore shows warnings with -v only
like(restore($db, 'custom', '-v', '-n', 'mine', '-n', 'relmap_internal'), $skipped, 'pg_restore -n with relmap_internal: a warning');
is_deeply(declared($db), \@mine, 'pg_restore -n with relmap_internal: its declarations');
mine_works($db, 'pg_restore -n');

# A list without a table and what belongs to it; in several jobs.
my ($list) = run_command([ 'pg_restore', '-l', "$dir/custom" ]);
append_to_file("$dir/list", join "\n", grep { !/A\.b/ } split /\n/, $list);
$db = fresh();
restore($db, 'custom', '-L', "$dir/list", '-j', 4);
is_deeply(declared($db), [ sort @mine, @between ], 'pg_restore -L -j: the other declarations are there');
mine_works($db, 'pg_restore -L -j');

# The whole, in jobs, without owners and comments, over what is there.
$db = fresh();
foreach my $times (1, 2)
{
	is(restore($db, 'custom', '-e', '-j', 4, '--no-owner', '--no-comments', '--clean', '--if-exists'), '', "-j 4 --no-owner --no-comments --clean, $times: no warning");
	is_deeply(declared($db), [ sort @mine, @theirs, @between ], "... $times: all is declared");
	mine_works($db, "... $times");
}

# Rows alone: into the schema that is there, with and without triggers, under
# the replica role, and once more.
dump_src('schema.sql', '-s');
dump_src('rows.sql', '-a');
dump_src('rows_without.sql', '-a', '--disable-triggers');
foreach my $case ([ 'rows.sql', 'origin' ], [ 'rows_without.sql', 'origin' ], [ 'rows.sql', 'replica' ])
{
	my ($file, $role) = @$case;
	$db = fresh();
	restore($db, 'schema.sql');
	my @command = ('psql', '-Xq', connection(), '-d', "dbname=$db options='-c session_replication_role=$role'", '-f');
	$node->command_ok([ @command, "$dir/$file" ], "$file, $role: restored");
	is_deeply(declared($db), [ sort @mine, @theirs, @between ], "$file, $role: all is declared");
	mine_works($db, "$file, $role");
	$node->safe_psql($db, q{TRUNCATE mine.owner, mine.item, "Their's".kind, "Their's"."A.b"});
	my ($out, $again) = run_command([ @command, "$dir/$file" ]);
	like($again, qr/WARNING:  6 relationships are declared already/, "$file, $role: the same rows again");
}

# Rows of nobody's, and names that are none.
$db = fresh();
restore($db, 'custom');
my ($status, $out, $text) = $node->psql($db, q{
	INSERT INTO relmap_internal.relationship_dump (source, name, target, direction, uselist, foreign_key, foreign_columns, cascade, enforce, accessor)
	SELECT source, 'x' || row_number() OVER (), target, 'ONETOMANY', true, 'k', '{id}', 'none', true, true
	FROM (VALUES ('mine.owner', 'mine.item'), ('mine.nobody', 'mine.item'), ('mine.owner', ''), ('"', 'mine.item'), ('a.b.c.d', 'mine.item'),
		(NULL, 'mine.item'), ('pg_catalog.pg_class', 'mine.item'), ('owner', 'mine.item'), ('mine.owner', '1259'))
		AS v (source, target)}, extra_params => [ '-U', 'regress_app' ]);
is($text =~ s/^psql:<stdin>:\d+: |^LOCATION.*\n//mgr, q{WARNING:  skipped relationship "?.x6"
DETAIL:  23502: source of a relationship must not be null
WARNING:  skipped relationship "pg_class.x7"
DETAIL:  42809: relation "pg_class" cannot have relationships
WARNING:  skipped 6 relationships of tables that do not exist
DETAIL:  "mine.nobody.x2", "mine.owner.x3", "".x4", "a.b.c.d.x5", "owner.x8", "mine.owner.x9"}, 'rows that name no table of their owner');
is_deeply(declared($db), [ sort @mine, @theirs, @between, 'mine.owner.x1' ], '... are not there');

done_testing();
