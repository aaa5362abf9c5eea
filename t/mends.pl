# relmap.check() mends what it finds: a declared schema is damaged at random, and
# the statements of its errors are run, again and again, until there are none.
# Then every relationship, constraint and row is there, and replaces as before.
# RELMAP_SEED repeats a run, RELMAP_ROUNDS says how many schemas.

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $rounds = $ENV{RELMAP_ROUNDS} // 8;
my $seed = $ENV{RELMAP_SEED} // 21;

srand $seed;
note("RELMAP_SEED=$seed");

my $node = PostgreSQL::Test::Cluster->new('mends');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE mason; CREATE ROLE other');

my $schema = q{
	CREATE EXTENSION relmap;
	CREATE TABLE parent (id int PRIMARY KEY, name text);
	CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, guardian_id int REFERENCES parent);
	CREATE TABLE tenant (t int, id int, PRIMARY KEY (t, id));
	CREATE TABLE room (t int, id int, of_id int, PRIMARY KEY (t, id), FOREIGN KEY (t, of_id) REFERENCES tenant);
	CREATE TABLE tag (id int PRIMARY KEY);
	CREATE TABLE tagged (c int REFERENCES child, tag int REFERENCES tag);
	SELECT relmap.relationship('parent', 'child', 'child', uselist => false, foreign_keys => '{parent_id}', backref => 'parent');
	SELECT relmap.relationship('parent', 'wards', 'child', foreign_keys => '{guardian_id}', cascade => 'all, delete-orphan',
		backref => 'guardian', order_by => 'id');
	SELECT relmap.relationship('tenant', 'room', 'room', uselist => false, cascade => 'all', backref => 'tenant');
	SELECT relmap.relationship('child', 'tags', 'tag', secondary => 'tagged', backref => 'children');
	CREATE INDEX ON child (guardian_id);
	INSERT INTO parent SELECT n, 'p' || n FROM generate_series(1, 5) n;
	INSERT INTO child SELECT 10 + n, n, 6 - n FROM generate_series(1, 5) n;
	INSERT INTO tenant SELECT 1, n FROM generate_series(1, 3) n;
	INSERT INTO room SELECT 1, n, n FROM generate_series(1, 3) n;
	INSERT INTO tag VALUES (1);
	INSERT INTO tagged VALUES (11, 1);
};

# What can happen where no event trigger sees it, or behind relmap's back.
my $quiet = 'SET session_replication_role = replica;';
my @damages = (
	"$quiet ALTER TABLE child RENAME COLUMN parent_id TO pid",
	"$quiet ALTER TABLE child RENAME COLUMN guardian_id TO gid",
	"$quiet ALTER TABLE parent RENAME COLUMN id TO no",
	"$quiet ALTER TABLE room RENAME COLUMN of_id TO tenant_id",
	"$quiet ALTER TABLE tagged RENAME COLUMN tag TO tag_id",
	"$quiet ALTER TABLE child RENAME CONSTRAINT child_parent_id_fkey TO of_parent",
	"$quiet ALTER TABLE room RENAME CONSTRAINT room_t_of_id_fkey TO of_tenant",
	"$quiet ALTER TABLE tagged RENAME CONSTRAINT tagged_tag_fkey TO to_tag",
	"$quiet ALTER TABLE child RENAME CONSTRAINT child_parent_id_key TO only_one",
	"$quiet ALTER TABLE child RENAME TO kid",
	"$quiet ALTER TABLE child DROP CONSTRAINT child_guardian_id_fkey",
	'ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey',
	'ALTER TABLE child DROP CONSTRAINT child_parent_id_key',
	'ALTER TABLE room DROP CONSTRAINT room_t_of_id_fkey',
	'ALTER TABLE room DROP CONSTRAINT room_t_of_id_key',
	'ALTER TABLE tagged DROP CONSTRAINT tagged_c_fkey',
	'DROP TRIGGER "~relmap_replace_child_parent_id_fkey" ON child',
	'DROP TRIGGER "~relmap_orphan_child_guardian_id_fkey" ON child',
	'DROP TRIGGER "!relmap_cascade_room_t_of_id_fkey" ON tenant',
	'ALTER TABLE child DISABLE TRIGGER ALL',
	'ALTER TABLE room DISABLE TRIGGER USER',
	'ALTER TRIGGER "~relmap_replace_child_parent_id_fkey" ON child RENAME TO a',
	'ALTER TRIGGER "!relmap_cascade_room_t_of_id_fkey" ON tenant RENAME TO z',
	'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;'
	  . ' CREATE TRIGGER "~~~last" BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION f()',
	'DROP FUNCTION child(parent)',
	'DROP FUNCTION tags(child)',
	"$quiet DROP FUNCTION wards(parent)",
	'ALTER TABLE child ALTER COLUMN parent_id SET NOT NULL',
	'ALTER TABLE child OWNER TO mason',
	'ALTER TABLE parent OWNER TO other',
	'ALTER FUNCTION parent(child) OWNER TO other');

# How many there are of what must not be lost.
my $count = q{
	SELECT concat_ws(' ', (SELECT count(*) FROM relmap_internal.relationship),
		(SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid > 16000),
		(SELECT count(*) FROM parent), (SELECT count(*) FROM room), (SELECT count(*) FROM tagged),
		(SELECT count(*) FROM relmap.relationships WHERE accessor IS NOT NULL),
		(SELECT string_agg(concat(direction, uselist, cascade, on_replace, enforced, back_populates, order_by), ',' ORDER BY source, name)
		 FROM relmap.relationships))
};

# Names may be those of before or after.
sub works
{
	my ($database) = @_;

	return $node->psql($database, q{
		DO $$
		DECLARE kid text := coalesce(to_regclass('kid'), to_regclass('child'));
			pid name := (SELECT attname FROM pg_attribute WHERE attrelid = kid::regclass AND attnum = 2);
			no name := (SELECT attname FROM pg_attribute WHERE attrelid = 'parent'::regclass AND attnum = 1);
			n int;
		BEGIN
			EXECUTE format('INSERT INTO %s (id, %I) VALUES (99, 1)', kid, pid);
			EXECUTE format('SELECT (p.child).id FROM parent p WHERE %I = 1', no) INTO STRICT n;
			IF n IS DISTINCT FROM 99 THEN RAISE EXCEPTION 'the child is %', n; END IF;
			EXECUTE format('SELECT count(*) FROM parent p, wards(p) w WHERE w.id = 11') INTO n;
			IF n <> 1 THEN RAISE EXCEPTION '% wards', n; END IF;
			EXECUTE format('SELECT count(*) FROM %s c, tags(c) t', kid) INTO n;
			IF n <> 1 THEN RAISE EXCEPTION '% tags', n; END IF;
			INSERT INTO room VALUES (1, 9, 1);
			DELETE FROM tenant WHERE id = 2;
			SELECT count(*) INTO n FROM room WHERE id IN (1, 2);
			IF n <> 1 THEN RAISE EXCEPTION '% rooms', n; END IF;
		END
		$$});
}

foreach my $round (1 .. $rounds)
{
	my $database = "round$round";
	my @done;

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, $schema);
	my $want = $node->safe_psql($database, $count);

	# each damage may find that another was there before
	foreach (1 .. 1 + int rand 5)
	{
		my $damage = $damages[ int rand @damages ];

		# a key that is dropped after its columns were renamed unseen leaves nothing that tells which they were
		next if $damage =~ /_fkey$/ && grep { /replica.*RENAME COLUMN/ } @done;
		# nor does it help to find the key by another name where its rows can't be released as declared
		next if $damage =~ /NOT NULL/ && grep { /replica/ } @done or $damage =~ /replica/ && grep { /NOT NULL/ } @done;
		push @done, $damage if $node->psql($database, $damage) == 0;
	}

	my ($errors, @said, @ran);
	foreach (1 .. 8)
	{
		$errors = $node->safe_psql($database, q{SELECT count(*) FROM relmap.check('public') WHERE severity = 'error'});
		last if $errors == 0;
		push @said, $node->safe_psql($database, q{SELECT source, name, problem FROM relmap.check('public') WHERE severity = 'error'});
		my $statements = $node->safe_psql($database,
			q{SELECT string_agg(DISTINCT statement, E'\n') FROM relmap.check('public') WHERE severity = 'error'});
		push @ran, $statements;
		$node->psql($database, $_, on_error_stop => 0) foreach split /\n/, $statements;
	}
	my $what = join "\n", 'damage:', @done, 'found:', @said, 'statements:', @ran;

	is($errors, 0, "round $round: no error is left") or diag($what);
	my $got = $node->safe_psql($database, $count);
	is($got, $want, "round $round: nothing is lost") or diag($what);
	is(works($database), 0, "round $round: and all works") or diag($what);
	last unless Test::More->builder->is_passing;
	$node->safe_psql('postgres', "DROP DATABASE $database");
}

$node->stop;
done_testing();
