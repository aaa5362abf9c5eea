# integrations/python: what relmap_sqlalchemy, its Alembic operations and
# relmap_django declare, by real runs of SQLAlchemy, Alembic and Django.  What is
# not installed is skipped; PYTHON names a Python that has more.

use strict;
use warnings;
use IPC::Run qw(run);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $missing = 'script/test --clients installs it';
my $folder = PostgreSQL::Test::Utils::tempdir;
my @pythons = ($ENV{PYTHON} // (), '/usr/bin/python3', 'python3');

$ENV{PYTHONPATH} = 'integrations/python:integrations/python/tests';

# The first Python that has these modules.
sub python
{
	my ($modules) = @_;
	my ($python) = grep {
		my $output;
		eval { run([ $_, '-B', '-c', "import $modules" ], '>&', \$output) };
	} @pythons;

	return $python;
}

plan skip_all => "neither SQLAlchemy nor Django is installed with psycopg2; $missing"
  unless defined(python('sqlalchemy, psycopg2') // python('django, psycopg2'));

my $node = PostgreSQL::Test::Cluster->new('integrations');
$node->init;
$node->start;

# A program's stdout, where it succeeds and says nothing on stderr.
sub output_of
{
	my ($what, @command) = @_;
	my ($output, $complaints) = ('', '');

	ok(run(\@command, '>', \$output, '2>', \$complaints), "$what: runs");
	is($complaints, '', "$what: nothing on stderr");
	return $output;
}

# Run one of the programs in tests/, which report as this one does.
sub test_program
{
	my ($database, $modules, $file, @arguments) = @_;
	my $python = python($modules);

  SKIP:
	{
		skip "there is no $modules; $missing", 1 unless defined $python;
		local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => $database);

		$node->safe_psql('postgres', "CREATE DATABASE $database");
		foreach (split /\n/, output_of($database, $python, '-B', "integrations/python/tests/$file", @arguments))
		{
			my ($not, $name) = /^(not )?ok - (.*)/ or die "$file says $_";

			ok(!$not, "$database: $name");
		}
	}
}

# The URL of a database for SQLAlchemy.
sub url
{
	my ($database) = @_;

	return "postgresql+psycopg2://@/$database?host=" . $node->host . '&port=' . $node->port;
}

# All that is declared.
sub declared
{
	my ($database) = @_;

	return $node->safe_psql($database, q{
		SELECT source, name, target, direction, uselist, back_populates, local_columns, remote_columns,
			   secondary, cascade, on_replace, enforced, order_by, doc, info, condition, keyed_by, required, single_parent
		FROM relmap.relationships ORDER BY source::text COLLATE "C", name COLLATE "C"});
}

# Declare a schema, have SQLAlchemy's models written, import them, declare what
# they map in a second database: it has the same declarations.
sub round_trip
{
	my ($name, $tables, $declarations) = @_;
	my $python = python('sqlalchemy');

  SKIP:
	{
		skip "there is no SQLAlchemy; $missing", 1 unless defined $python;
		foreach my $database ("$name", "${name}_again")
		{
			$node->safe_psql('postgres', "CREATE DATABASE $database ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0");
			$node->safe_psql($database, "SET client_min_messages = warning; CREATE EXTENSION relmap;\n$tables");
		}
		$node->safe_psql($name, "SET client_min_messages = warning;\n$declarations");
		append_to_file("$folder/$name.py", $node->safe_psql($name, 'SELECT relmap.models()') . "\n");
		my $statements = output_of($name, $python, '-B', 'integrations/python/tests/declarations.py', "$folder/$name.py");

		$node->safe_psql("${name}_again", "SET client_min_messages = warning;\n$statements");
		is(declared("${name}_again"), declared($name), "$name: what the models declare is what was declared");
		$node->safe_psql("${name}_again", "SET client_min_messages = warning;\n$statements");
		pass("$name: and may be declared again");
	}
}

round_trip('work', q{
	CREATE TABLE tenant (id int PRIMARY KEY, name text);
	CREATE TABLE person (tenant_id int REFERENCES tenant, id int, boss_id int, born date, PRIMARY KEY (tenant_id, id),
		FOREIGN KEY (tenant_id, boss_id) REFERENCES person (tenant_id, id));
	CREATE TABLE badge (number int PRIMARY KEY, tenant_id int, person_id int, FOREIGN KEY (tenant_id, person_id) REFERENCES person);
	CREATE TABLE friend (tenant_id int, a_id int, b_id int, PRIMARY KEY (tenant_id, a_id, b_id),
		FOREIGN KEY (tenant_id, a_id) REFERENCES person, FOREIGN KEY (tenant_id, b_id) REFERENCES person);
}, q{
	SELECT relmap.relationship('person', 'tenant', 'tenant', doc => E'the tenant''s "name":\n 100%');
	SELECT relmap.relationship('tenant', 'people', 'person', order_by => 'born DESC NULLS LAST, id', back_populates => 'tenant');
	SELECT relmap.relationship('person', 'badge', 'badge', uselist => false, cascade => 'all, delete-orphan', backref => 'person');
	SELECT relmap.relationship('person', 'boss', 'person', remote_side => '{tenant_id, id}', backref => relmap.backref('team', cascade => 'none'));
	SELECT relmap.relationship('person', 'friends', 'person', secondary => 'friend', foreign_keys => '{tenant_id, a_id}', remote_side => '{tenant_id, b_id}',
		backref => 'fans', info => '{"api": ["a:b", {"c": null}]}');
});
round_trip('shops', q{
	CREATE SCHEMA "My Shop";
	CREATE TABLE "My Shop"."Order" ("Id" bigint PRIMARY KEY, total numeric);
	CREATE TABLE "My Shop".bill (id int PRIMARY KEY, "Order Id" bigint REFERENCES "My Shop"."Order", paid_id bigint REFERENCES "My Shop"."Order");
	CREATE TABLE customer (id int PRIMARY KEY, last_id bigint REFERENCES "My Shop"."Order");
}, q{
	SELECT relmap.relationship('"My Shop"."Order"', 'bill', '"My Shop".bill', uselist => false, foreign_keys => '{Order Id}', backref => 'ordered');
	SELECT relmap.relationship('"My Shop"."Order"', 'paid_bills', '"My Shop".bill', foreign_keys => '{paid_id}', backref => 'paid', info => '[1, 2]');
	SELECT relmap.relationship('customer', 'last', '"My Shop"."Order"', backref => 'customers');
});

round_trip('slots', q{
	CREATE TABLE customer (id int PRIMARY KEY);
	CREATE TABLE address (id int PRIMARY KEY, customer_id int REFERENCES customer, is_default boolean, kind text, gone timestamptz, n int);
	CREATE TABLE word (id int PRIMARY KEY, customer_id int REFERENCES customer, lang text, place text);
	CREATE TABLE node (id int PRIMARY KEY, up int REFERENCES node, first boolean);
	CREATE TABLE image (id int PRIMARY KEY);
	CREATE TABLE avatar (id int PRIMARY KEY, image_id int REFERENCES image);
}, q{
	SELECT relmap.relationship('customer', 'addresses', 'address', backref => 'customer');
	SELECT relmap.relationship('customer', 'default_address', 'address', uselist => false, condition => 'is_default',
		on_replace => 'set is_default = false, n = n + 1', required => true, back_populates => 'customer');
	SELECT relmap.relationship('customer', 'home', 'address', uselist => false, condition => $$kind = 'home:x' AND gone IS NULL$$, on_replace => 'restrict');
	SELECT relmap.relationship('customer', 'recent', 'address', uselist => false, enforce => false, condition => $$gone > now() - interval '1 day' AND kind <> E'a''b\\c %:d'$$);
	SELECT relmap.relationship('customer', 'far', 'address', condition => 'n > 10 AND NOT is_default', order_by => 'id DESC');
	SELECT relmap.relationship('customer', 'words', 'word', keyed_by => '{lang}', on_replace => 'delete', cascade => 'all, delete-orphan', backref => 'customer');
	SELECT relmap.relationship('customer', 'placed', 'word', keyed_by => '{place,lang}', on_replace => 'set place = NULL');
	SELECT relmap.relationship('customer', 'spoken', 'word', keyed_by => '{lang}', condition => 'place IS NULL', on_replace => 'restrict', enforce => false);
	SELECT relmap.relationship('node', 'first_child', 'node', uselist => false, condition => 'first', on_replace => 'set first = false', foreign_keys => '{up}');
	SELECT relmap.relationship('avatar', 'image', 'image', single_parent => true, cascade => 'all, delete-orphan');
});

my $chinook = '../shared/data/chinook/chinook.sql';
SKIP:
{
	skip "there is no $chinook", 1 unless -r $chinook;
	my $script = slurp_file($chinook);

	$script =~ s/.*^\\c chinook;//ms;
	$script =~ s/^INSERT INTO .*?;$//gms;
	round_trip('chinook', $script, 'SELECT relmap.automap()');
}

test_program('models', 'sqlalchemy, psycopg2', 'sqlalchemy_models.py', url('models'));
test_program('migrations', 'alembic, psycopg2', 'alembic_migrations.py', url('migrations'));
test_program('project', 'django, psycopg2', 'django_migrations.py');

$node->stop;
done_testing();
