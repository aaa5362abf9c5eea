# A stranger makes rows of the declarations up, and keeps transactions open; a
# victim's relationships follow the victim's DDL as if there were no stranger.
#
# The same DDL, at random, is run in two databases, one with the stranger and
# one without.  RELMAP_SEED makes another run, RELMAP_ROUNDS a longer one.

use strict;
use warnings;
use DBI;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes 'time';

my $seed = $ENV{RELMAP_SEED} // 1;
my $rounds = $ENV{RELMAP_ROUNDS} // 3;
my $rows = 400;
srand($seed);
note "RELMAP_SEED=" . int($seed);

my $node = PostgreSQL::Test::Cluster->new('attack');
$node->init;
$node->append_conf('postgresql.conf', 'max_prepared_transactions = 0');
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE regress_victor LOGIN; CREATE ROLE regress_mallory LOGIN');

# One of a list.
sub one
{
	return $_[ rand @_ ];
}

sub connect_to
{
	my ($db, $user) = @_;
	my $dbh = DBI->connect('dbi:Pg:dbname=' . $db . ';host=' . $node->host . ';port=' . $node->port,
		$user, '', { PrintError => 0, PrintWarn => 0, RaiseError => 1, AutoCommit => 1 });
	return $dbh;
}

# What the victim has, in both databases.
sub make_database
{
	my $db = shift;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, q{
		CREATE EXTENSION relmap;
		CREATE SCHEMA v AUTHORIZATION regress_victor;
		CREATE SCHEMA m AUTHORIZATION regress_mallory;
		GRANT USAGE ON SCHEMA v TO regress_mallory;
		GRANT USAGE ON SCHEMA m TO regress_victor;
		SET client_min_messages = error;
		SET ROLE regress_victor;
		CREATE TYPE v.kind AS ENUM ('a', 'b');
		CREATE TABLE v.p (id int PRIMARY KEY, name text);
		CREATE TABLE v.c (id int PRIMARY KEY, pid int REFERENCES v.p, k v.kind, n int);
		CREATE TABLE v.d (id int PRIMARY KEY, pid int REFERENCES v.p, cid int REFERENCES v.c, n int);
		CREATE TABLE v.link (a int REFERENCES v.p, b int REFERENCES v.c, PRIMARY KEY (a, b));
		CREATE TABLE v.plain (id int PRIMARY KEY, n int);
		INSERT INTO v.p SELECT n, 'p' || n FROM generate_series(1, 20) n;
		INSERT INTO v.c SELECT n, n, 'a', n FROM generate_series(1, 10) n;
		INSERT INTO v.d SELECT n, n, n, n FROM generate_series(1, 10) n;
		INSERT INTO v.link SELECT n, n FROM generate_series(1, 10) n;
		SELECT relmap.relationship('v.p', 'c', 'v.c', uselist => false, cascade => 'all, delete-orphan', backref => 'p');
		SELECT relmap.relationship('v.p', 'ds', 'v.d', order_by => 'n DESC, id', backref => 'p', cascade => 'all');
		SELECT relmap.relationship('v.c', 'd', 'v.d', uselist => false, backref => 'c');
		SELECT relmap.relationship('v.p', 'cs', 'v.c', secondary => 'v.link');
		GRANT SELECT, REFERENCES ON ALL TABLES IN SCHEMA v TO regress_mallory;
		SET ROLE regress_mallory;
		CREATE TABLE m.a (id int PRIMARY KEY, vid int REFERENCES v.p);
		CREATE TABLE m.b (id int PRIMARY KEY, aid int REFERENCES m.a);
		CREATE TABLE m.s (a int REFERENCES m.a, b int REFERENCES m.b);
		GRANT REFERENCES ON m.a TO regress_victor;
		SET ROLE regress_victor;
		CREATE TABLE v.of_m (id int PRIMARY KEY, aid int REFERENCES m.a);
	});
	return;
}

# Rows that a stranger makes up, and functions that look like accessors.
sub forge
{
	my $dbh = connect_to('attacked', 'regress_mallory');
	my @tables = qw(v.p v.c v.d v.link v.of_m m.a m.b m.s v.plain);
	my @keys = qw(c_pid_fkey d_pid_fkey d_cid_fkey link_a_fkey link_b_fkey of_m_aid_fkey a_vid_fkey b_aid_fkey c_pid_key d_cid_key p_pkey none);
	my @columns = qw(pid cid a b aid vid id n name none);
	my $accepted = 0;

	$dbh->do('SET client_min_messages = error');
	foreach my $i (1 .. $rows)
	{
		my $direction = one(qw(ONETOMANY ONETOMANY MANYTOONE MANYTOMANY x));
		my $scalar = $direction eq 'MANYTOONE' || rand() < 0.3;
		my %row = (
			source => one(qw(m.a m.a m.b m.s v.p)), name => one("x$i", "x$i", 'c', 'p', 'ds'),
			target => one(@tables), direction => $direction, uselist => $scalar ? 'f' : 't',
			back_populates => one(undef, undef, 'c', 'p', 'ds', "x$i"), foreign_key => one(@keys, undef),
			foreign_columns => '{' . join(',', map { one(@columns) } 1 .. one(1, 1, 1, 2)) . '}',
			secondary => $direction eq 'MANYTOMANY' || rand() < 0.05 ? one('v.link', 'm.s', 'v.d') : undef,
			secondary_key => $direction eq 'MANYTOMANY' || rand() < 0.05 ? one(@keys) : undef,
			cascade => one('none', 'none', 'save-update, merge', 'delete', 'delete, delete-orphan', 'delete-orphan', 'all'),
			on_replace => $scalar && $direction ne 'MANYTOONE' ? one('nullify', 'delete', 'restrict') : undef,
			order_by => one(undef, undef, undef, 'id', 'n DESC', 'n; DROP TABLE v.p'),
			enforce => $scalar && $direction ne 'MANYTOONE' && rand() < 0.7 ? 'f' : 't',
			own_constraint => one(undef, undef, 'c_pid_key', 'd_cid_key', 'p_pkey'),
			accessor => one('t', 'f'), doc => one(undef, 'x' x 60000), condition => one(undef, undef, undef, 'id > 0', "id > (SELECT 1)"));
		$row{former_key} = one(@keys) if !defined $row{foreign_key};
		if ($direction eq 'MANYTOMANY' && !defined $row{secondary_key}) { $row{former_secondary_key} = one(@keys); }
		$row{referenced_columns} = '{id}' if rand() < 0.5;
		my @names = sort keys %row;
		$accepted += eval {
			$dbh->do('INSERT INTO relmap_internal.relationship (' . join(', ', @names) . ') VALUES (' . join(', ', ('?') x @names) . ')',
				undef, @row{@names});
		} // 0;
		eval {
			$dbh->do("CREATE FUNCTION m.$row{name}($row{source}) RETURNS " . one('', 'SETOF ') .
				"$row{target} LANGUAGE sql AS '/* relmap */ SELECT * FROM $row{target}'");
		};
	}
	# and what is really there
	eval { $dbh->do(q{SELECT relmap.relationship('m.a', 'v', 'v.p', accessor => false)}) };
	eval { $dbh->do(q{SELECT relmap.relationship('m.a', 'of_m', 'v.of_m')}) };
	return $accepted;
}

# Transactions that the stranger keeps open.
sub hold
{
	# Not those that lead to the victim's tables: replacing a function that
	# returns a table's rows locks the row type, without relmap, too.
	my @held;
	my $names = connect_to('attacked', 'regress_mallory')
	  ->selectcol_arrayref(q{SELECT quote_literal(source) || ', ' || quote_literal(name) FROM relmap_internal.relationship
		WHERE source::regclass::text LIKE 'm.%' AND name LIKE 'x%' AND target::regclass::text NOT LIKE 'v.%'
		ORDER BY name LIMIT 40});

	foreach my $statement (
		'DROP EXTENSION IF EXISTS nope', 'DROP OWNED BY regress_mallory',
		(map { "SELECT relmap.alter_relationship($_, doc => 'held')" } @$names),
		(map { "SELECT relmap.drop_relationship($_)" } @$names[ 0 .. 5 ]))
	{
		my $dbh = connect_to('attacked', 'regress_mallory');
		$dbh->do(q{SET client_min_messages = error});
		$dbh->do(q{SET lock_timeout = '100ms'});
		$dbh->begin_work;
		# what her own foreign keys lock is hers to lock without relmap, too
		if ($statement =~ /DROP OWNED/ || !eval { $dbh->do($statement); 1 })
		{
			$dbh->rollback;
			next;
		}
		push @held, $dbh;
		last if @held > 15;
	}
	return @held;
}

# DDL of the victim's, the same in both databases.
my $count = 0;
my %column = (pid => 'pid', n => 'n', cid => 'cid');
my %key = (c => 'c_pid_fkey', d => 'd_pid_fkey');

sub ddl
{
	$count++;
	my $old;
	my $kind = int rand 10;
	if ($kind == 0) { $old = $column{pid}; $column{pid} = "pid_$count"; return "ALTER TABLE v.c RENAME $old TO $column{pid}"; }
	if ($kind == 1) { $old = $column{n}; $column{n} = "n_$count"; return "ALTER TABLE v.d RENAME $old TO $column{n}"; }
	if ($kind == 2) { $old = $column{cid}; $column{cid} = "cid_$count"; return "ALTER TABLE v.d RENAME $old TO $column{cid}"; }
	if ($kind == 3) { $old = $key{c}; $key{c} = "key_$count"; return "ALTER TABLE v.c RENAME CONSTRAINT $old TO $key{c}"; }
	if ($kind == 4) { $old = $key{d}; $key{d} = "key_$count"; return "ALTER TABLE v.d RENAME CONSTRAINT $old TO $key{d}"; }
	if ($kind == 5) { return "ALTER TABLE v.p RENAME TO q; ALTER TABLE v.q RENAME TO p"; }
	if ($kind == 6) { return "ALTER TABLE v.c ADD COLUMN more_$count int DEFAULT 1; ALTER TABLE v.c DROP COLUMN more_$count"; }
	if ($kind == 7) { return "ALTER TYPE v.kind RENAME TO kind_$count; ALTER TYPE v.kind_$count RENAME TO kind"; }
	if ($kind == 8) { return "CREATE TABLE v.t_$count (id int PRIMARY KEY); CREATE INDEX i_$count ON v.t_$count (id); DROP INDEX v.i_$count; DROP TABLE v.t_$count"; }
	return "SELECT relmap.alter_relationship('v.p', 'c', doc => 'doc $count')";
}

# All that the victim has of relmap.
my $state = q{
	SELECT string_agg(line, E'\n' ORDER BY line COLLATE "C") FROM (
		SELECT (to_jsonb(r) - 'unique_index')::text FROM relmap.relationships r WHERE source::regclass::text LIKE 'v.%'
		UNION ALL
		SELECT concat_ws('|', p.oid::regprocedure, p.prosrc, p.proowner::regrole) FROM pg_proc p WHERE p.pronamespace = 'v'::regnamespace
		UNION ALL
		SELECT concat_ws('|', t.tgrelid::regclass, pg_get_triggerdef(t.oid), t.tgenabled) FROM pg_trigger t
		WHERE t.tgrelid::regclass::text LIKE 'v.%' AND NOT t.tgisinternal
		UNION ALL
		SELECT concat_ws('|', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) FROM pg_constraint c
		WHERE c.connamespace = 'v'::regnamespace
		UNION ALL
		SELECT 'c ' || c::text FROM v.c UNION ALL SELECT 'd ' || d::text FROM v.d) AS x (line)
};

make_database('attacked');
make_database('alone');
my $accepted = forge();
cmp_ok($accepted, '>', 20, "$accepted of $rows rows that are made up are accepted");

foreach my $round (1 .. $rounds)
{
	my @held = hold();
	cmp_ok(scalar @held, '>', 3, "round $round: transactions are kept open");
	my @said;
	foreach my $i (1 .. 20)
	{
		my $statement = ddl();
		my %outcome;
		foreach my $db (qw(attacked alone))
		{
			my ($out, $err) = ('', '');
			my $ret = $node->psql($db, "SET lock_timeout = '10s'; SET client_min_messages = warning; $statement",
				stdout => \$out, stderr => \$err, extra_params => [ '-U', 'regress_victor' ]);
			$outcome{$db} = "$ret: " . join(' ', grep { /ERROR/ } split /\n/, $err);
		}
		push @said, "$statement: $outcome{attacked}" if $outcome{attacked} ne $outcome{alone};
	}
	is(join("\n", @said), '', "round $round: the victim's DDL ends as it does alone");

	# writes
	foreach my $db (qw(attacked alone))
	{
		$node->psql($db, "INSERT INTO v.c (id, $column{pid}) VALUES (100 + $round, $round); UPDATE v.d SET $column{cid} = NULL WHERE id = $round; DELETE FROM v.p WHERE id = 11 + $round",
			extra_params => [ '-U', 'regress_victor' ]);
	}
	is($node->safe_psql('attacked', $state), $node->safe_psql('alone', $state), "round $round: and all is as it is alone");
	$_->rollback foreach @held;
	cmp_ok($node->safe_psql('attacked', q{SELECT count(*) FROM relmap.check()}), '>=', 0, "round $round: check() runs");
	is($node->safe_psql('attacked', q{SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
		WHERE c.relname = 'of_m' AND NOT t.tgisinternal}), 0, "round $round: no trigger on a table whose owner asked for none");
}

# A command that has nothing to do with it, by who owns nothing else.
my %seconds;
foreach my $db (qw(alone attacked))
{
	$node->safe_psql($db, 'CREATE TABLE other (id int)');
	my $dbh = connect_to($db, scalar getpwuid $<);
	$dbh->do("ALTER TABLE other RENAME id TO x; ALTER TABLE other RENAME x TO id");
	my $start = time;
	$dbh->do("ALTER TABLE other RENAME id TO x$_; ALTER TABLE other RENAME x$_ TO id; ALTER TABLE other ADD COLUMN y int; ALTER TABLE other DROP COLUMN y") foreach 1 .. 50;
	$seconds{$db} = time - $start;
}
cmp_ok($seconds{attacked}, '<', 3 * $seconds{alone} + 0.5,
	sprintf('DDL of another table takes as long as before: %.2f s and %.2f s', @seconds{qw(alone attacked)}));

# Dump and restore, by a superuser: what the stranger has made up keeps nobody's
# declarations from being restored.
$node->safe_psql('attacked', q{
	SET client_min_messages = error;
	ALTER TABLE m.s RENAME TO old_s;
	CREATE TABLE m.turned (id int);
	INSERT INTO relmap_internal.relationship (source, name, target, direction, uselist, foreign_key, foreign_columns, cascade, enforce, accessor)
	VALUES ('m.a', 'turned', 'm.turned', 'ONETOMANY', true, 'x', '{x}', 'none', true, false);
});
if ($node->safe_psql('attacked', 'SHOW server_version_num') < 160000)
{
	$node->safe_psql('attacked', q{CREATE RULE "_RETURN" AS ON SELECT TO m.turned DO INSTEAD SELECT 1 AS id});
}
my $dump = PostgreSQL::Test::Utils::tempdir . '/dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, '-d', $node->connstr('attacked') ], 'dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '-d', $node->connstr('restored'), $dump ], 'restore');
is($node->safe_psql('restored', $state), $node->safe_psql('alone', $state), 'the victim has all');
cmp_ok($node->safe_psql('restored', q{SELECT count(*) FROM relmap.check()}), '>=', 0, 'check() runs');

$node->stop;
done_testing();
