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
my $seed = $ENV{RELMAP_SEED} // 1;

srand $seed;
note("RELMAP_SEED=$seed");

my $node = PostgreSQL::Test::Cluster->new('mends');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE regress_mason; CREATE ROLE regress_other');

my $schema = q{
	CREATE EXTENSION relmap;
	CREATE TABLE parent (id int PRIMARY KEY, name text);
	CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, guardian_id int REFERENCES parent);
	CREATE TABLE tenant (t int, id int, PRIMARY KEY (t, id));
	CREATE TABLE room (t int, id int, of_id int, PRIMARY KEY (t, id), FOREIGN KEY (t, of_id) REFERENCES tenant);
	CREATE TABLE tag (id int PRIMARY KEY);
	CREATE TABLE tagged (c int REFERENCES child, tag int REFERENCES tag);
	CREATE TABLE address (id int PRIMARY KEY, of int REFERENCES parent, is_default bool NOT NULL DEFAULT false,
		label text, rank int);
	SELECT relmap.relationship('parent', 'child', 'child', uselist => false, foreign_keys => '{parent_id}', backref => 'parent');
	SELECT relmap.relationship('parent', 'wards', 'child', foreign_keys => '{guardian_id}', cascade => 'all, delete-orphan',
		backref => 'guardian', order_by => 'id');
	SELECT relmap.relationship('tenant', 'room', 'room', uselist => false, cascade => 'all', backref => 'tenant');
	SELECT relmap.relationship('child', 'tags', 'tag', secondary => 'tagged', backref => 'children');
	SELECT relmap.relationship('parent', 'default_address', 'address', uselist => false, condition => 'is_default',
		on_replace => 'set is_default = false', backref => 'parent');
	SELECT relmap.relationship('parent', 'addresses', 'address', keyed_by => '{label}', on_replace => 'nullify',
		order_by => 'rank');
	CREATE INDEX ON child (guardian_id);
	INSERT INTO parent SELECT n, 'p' || n FROM generate_series(1, 5) n;
	INSERT INTO child SELECT 10 + n, n, 6 - n FROM generate_series(1, 5) n;
	INSERT INTO tenant SELECT 1, n FROM generate_series(1, 3) n;
	INSERT INTO room SELECT 1, n, n FROM generate_series(1, 3) n;
	INSERT INTO tag VALUES (1);
	INSERT INTO tagged VALUES (11, 1);
	INSERT INTO address SELECT n, 1, n = 1, 'a' || n, n FROM generate_series(1, 3) n;
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
	"$quiet ALTER TABLE address RENAME COLUMN of TO owner",
	"$quiet ALTER TABLE address RENAME COLUMN is_default TO preferred",
	"$quiet ALTER TABLE address RENAME COLUMN label TO lang",
	"$quiet ALTER TABLE address RENAME COLUMN rank TO pos",
	"$quiet ALTER TABLE address RENAME COLUMN label TO x; ALTER TABLE address RENAME COLUMN rank TO label;"
	  . ' ALTER TABLE address RENAME COLUMN x TO rank',
	"$quiet ALTER TABLE child RENAME COLUMN parent_id TO x; ALTER TABLE child RENAME COLUMN guardian_id TO parent_id;"
	  . ' ALTER TABLE child RENAME COLUMN x TO guardian_id',
	'ALTER TABLE address RENAME COLUMN of TO owner',
	'ALTER TABLE address RENAME COLUMN label TO word',
	'ALTER TABLE child RENAME COLUMN parent_id TO mother_id',
	'ALTER TABLE parent RENAME COLUMN id TO number',
	"$quiet ALTER TABLE address DROP CONSTRAINT address_of_fkey",
	'ALTER TABLE address DROP CONSTRAINT address_of_fkey',
	"$quiet ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey",
	"$quiet ALTER TABLE child DROP CONSTRAINT child_parent_id_key",
	"$quiet ALTER TABLE tagged DROP CONSTRAINT tagged_c_fkey, DROP CONSTRAINT tagged_tag_fkey",
	'DROP INDEX address_of_idx',
	"$quiet DROP INDEX address_of_idx",
	"$quiet ALTER TABLE address DROP CONSTRAINT address_of_label_key",
	'ALTER TABLE address DISABLE TRIGGER USER',
	'DO $$ DECLARE t name; BEGIN FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = \'address\'::regclass'
	  . ' AND NOT tgisinternal LOOP EXECUTE format(\'DROP TRIGGER %I ON address\', t); END LOOP; END $$',
	'DROP FUNCTION default_address(parent)',
	'DROP FUNCTION child(parent)',
	'DROP FUNCTION tags(child)',
	"$quiet DROP FUNCTION wards(parent)",
	# that of the one-to-one, whatever it is called by now
	'DO $$ BEGIN EXECUTE format(\'ALTER TABLE child ALTER COLUMN %I SET NOT NULL\','
	  . ' (SELECT attname FROM pg_attribute WHERE attrelid = \'child\'::regclass AND attnum = 2)); END $$',
	'ALTER TABLE child OWNER TO regress_mason',
	'ALTER TABLE parent OWNER TO regress_other',
	'ALTER FUNCTION parent(child) OWNER TO regress_other');

# How many there are of what must not be lost.
my $count = q{
	SELECT concat_ws(' ', (SELECT count(*) FROM relmap_internal.relationship),
		(SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid > 16000),
		(SELECT count(*) FROM parent), (SELECT count(*) FROM room), (SELECT count(*) FROM tagged),
		(SELECT count(*) FROM relmap.relationships WHERE accessor IS NOT NULL),
		(SELECT string_agg(concat(direction, uselist, cascade, left(on_replace, 3), enforced, back_populates,
				order_by IS NULL, condition IS NULL, cardinality(keyed_by)), ',' ORDER BY source, name)
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
			EXECUTE format('INSERT INTO address (id, %I, %I) VALUES (9, 1, true)',
				(SELECT attname FROM pg_attribute WHERE attrelid = 'address'::regclass AND attnum = 2),
				(SELECT attname FROM pg_attribute WHERE attrelid = 'address'::regclass AND attnum = 3));
			SELECT (p.default_address).id INTO n FROM parent p ORDER BY 1 LIMIT 1;
			IF n IS DISTINCT FROM 9 THEN RAISE EXCEPTION 'the default address is %', n; END IF;
			EXECUTE format('INSERT INTO address (id, %I, %I) VALUES (8, 1, ''a2'')',
				(SELECT attname FROM pg_attribute WHERE attrelid = 'address'::regclass AND attnum = 2),
				(SELECT attname FROM pg_attribute WHERE attrelid = 'address'::regclass AND attnum = 4));
			SELECT sum(a.id) INTO n FROM parent p, addresses(p) a;
			IF n IS DISTINCT FROM 21 THEN RAISE EXCEPTION 'the addresses are %', n; END IF;
			INSERT INTO room VALUES (1, 9, 1);
			DELETE FROM tenant WHERE id = 2;
			SELECT count(*) INTO n FROM room WHERE id IN (1, 2);
			IF n <> 1 THEN RAISE EXCEPTION '% rooms', n; END IF;
		END
		$$});
}

$node->safe_psql('postgres', 'CREATE DATABASE declared');
$node->safe_psql('declared', $schema);
my $want = $node->safe_psql('declared', $count);

foreach my $round (1 .. $rounds)
{
	my $database = "round$round";
	my @damage = map { $damages[ int rand @damages ] } 1 .. 1 + int rand 6;
	my ($errors, @found, @ran);

	# each damage may find that another was there before
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE declared");
	@damage = grep { $node->psql($database, $_) == 0 } @damage;

	foreach (1 .. 8)
	{
		my @rows = split /\n/, $node->safe_psql($database,
			q{SELECT concat_ws(' ', source, name, problem), statement FROM relmap.check('public') WHERE severity = 'error'});
		my %statements = map { (split /\|/)[1] => 1 } @rows;
		my $said = '';

		$errors = @rows;
		last if $errors == 0;
		push @found, map { (split /\|/)[0] } @rows;
		push @ran, sort keys %statements;
		$node->psql($database, join("\n", sort keys %statements), on_error_stop => 0, stderr => \$said);
		push @ran, grep { /ERROR/ } split /\n/, $said;
	}
	my $what = join "\n", 'damage:', @damage, 'found:', @found, 'statements:', @ran;

	is($errors, 0, "round $round: no error is left") or diag($what);
	is($node->safe_psql($database, $count), $want, "round $round: nothing is lost") or diag($what);
	is(works($database), 0, "round $round: and all works") or diag($what);
	last unless Test::More->builder->is_passing;
	$node->safe_psql('postgres', "DROP DATABASE $database");
}

$node->stop;
done_testing();
