# What relmap.models() writes is what SQLAlchemy takes: without a warning, and
# what it loads over each relationship is what the accessor gives, row by row.
# Python needs sqlalchemy and psycopg2 (Debian: python3-sqlalchemy,
# python3-psycopg2); PYTHON names one that has them.

use strict;
use warnings;
use IPC::Run qw(run);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($python) = grep {
	my $output;
	eval { run([ $_, '-c', 'import sqlalchemy, psycopg2' ], '>&', \$output) };
} ($ENV{PYTHON} // (), '/usr/bin/python3', 'python3');

plan skip_all => 'python3-sqlalchemy and python3-psycopg2 are not installed'
  unless defined $python;

my $folder = PostgreSQL::Test::Utils::tempdir;
my $node = PostgreSQL::Test::Cluster->new('models');
$node->init;
$node->start;

append_to_file("$folder/compare.py", <<'END');
import datetime
import decimal
import importlib.util
import json
import sys
import warnings

import sqlalchemy as sa
from sqlalchemy.orm import Session, configure_mappers, selectinload

warnings.simplefilter('error')
file, url = sys.argv[1:]
spec = importlib.util.spec_from_file_location('models', file)
models = importlib.util.module_from_spec(spec)
spec.loader.exec_module(models)
configure_mappers()
session = Session(sa.create_engine(url))
mappers = sorted(models.Base.registry.mappers, key=lambda m: m.class_.__name__)
print(len(mappers), 'classes')


def quoted(*names):
    return '.'.join('"' + name.replace('"', '""') + '"' for name in names if name is not None)


def key(row, mapper):
    """The columns of the key, as JSON has them."""
    return tuple(str(row[c.name]) for c in mapper.primary_key)


def as_json(thing):
    """An object's own columns, as JSON has them."""
    row = {}
    for prop in sa.inspect(thing).mapper.column_attrs:
        value = getattr(thing, prop.key)
        if isinstance(value, (datetime.date, datetime.datetime)):
            value = value.isoformat()
        row[prop.columns[0].name] = value
    return row


for mapper in mappers:
    table = mapper.local_table
    source = quoted(table.schema, table.name)
    for relationship in sorted(mapper.relationships, key=lambda r: r.key):
        target = relationship.mapper
        # a relationship of that name, and direction
        rows = session.execute(sa.text(
            "SELECT name, uselist FROM relmap.relationships"
            " WHERE source = CAST(:source AS regclass) AND target = CAST(:target AS regclass)"),
            {'source': source, 'target': quoted(target.local_table.schema, target.local_table.name)}).all()
        found = [(name, uselist) for name, uselist in rows
                 if name == relationship.key or len(rows) == 1]
        if len(found) != 1:
            print(mapper.class_.__name__, relationship.key, 'has another name')
            continue
        name, uselist = found[0]
        if uselist != relationship.uselist:
            print(mapper.class_.__name__, relationship.key, 'uselist differs')
        query = ('SELECT to_jsonb(s)::text, (SELECT jsonb_agg(to_jsonb(t))::text FROM %s(s) t WHERE NOT (t IS NULL)) FROM %s s'
                 % (quoted(table.schema, name), source))
        expected = {}
        for row, related in session.connection().exec_driver_sql(query.replace('%', '%%')):
            row = json.loads(row)
            expected[key(row, mapper)] = json.loads(related or '[]', parse_float=decimal.Decimal)
        session.expunge_all()
        things = session.query(mapper.class_).options(
            selectinload(getattr(mapper.class_, relationship.key))).all()
        different = 0
        count = 0
        for thing in things:
            related = getattr(thing, relationship.key)
            if isinstance(related, dict):
                related = list(related.values())
            if not relationship.uselist:
                related = [] if related is None else [related]
            got = [as_json(r) for r in related]
            want = expected.pop(key(as_json(thing), mapper))
            if not relationship.order_by:
                got.sort(key=lambda r: key(r, target))
                want.sort(key=lambda r: key(r, target))
            count += len(got)
            if got != want:
                different += 1
        print('%s.%s: %s of %d rows' % (mapper.class_.__name__, relationship.key,
              'the same' if different == 0 and not expected else '%d different' % different, count))
END

# Import the models of a schema, or all, and compare what they load.
sub compare
{
	my ($name, $sql, $automap) = @_;
	my ($output, $complaints) = ('', '');

	$node->safe_psql('postgres', "CREATE DATABASE $name ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0");
	$node->safe_psql($name, "SET client_min_messages = warning; CREATE EXTENSION relmap;\n$sql");
	$node->safe_psql($name, 'SET client_min_messages = warning; SELECT relmap.automap()');
	append_to_file("$folder/$name.py", $node->safe_psql($name, 'SELECT relmap.models()') . "\n");
	ok( run([ $python, "$folder/compare.py", "$folder/$name.py",
				'postgresql+psycopg2://@/' . "$name?host=" . $node->host . '&port=' . $node->port ],
			'>', \$output, '2>', \$complaints),
		"$name: SQLAlchemy takes the models");
	is($complaints, '', "$name: without a warning");
	unlike($output, qr/different|differs/, "$name: and loads what the accessors give");
	note($output);
	return $output;
}

my $modelled = compare('modelled', slurp_file('sql/include/modelled.sql'));
like($modelled, qr/^$_$/m, $_)
  foreach 'Parent\.wards: the same of 3 rows', 'Parent\.child: the same of 2 rows', 'Child\.tags: the same of 3 rows',
  'Person\.people_by_person: the same of 2 rows', 'Parent\.bs: the same of 3 rows', 'Person\.badges: the same of 2 rows';

# what a session deletes by single_parent, and what the database has deleted by then
append_to_file("$folder/owned.py", <<'END');
import importlib.util
import sys
import warnings

import sqlalchemy as sa
from sqlalchemy.orm import Session

warnings.simplefilter('error')
file, url = sys.argv[1:]
spec = importlib.util.spec_from_file_location('models', file)
models = importlib.util.module_from_spec(spec)
spec.loader.exec_module(models)
engine = sa.create_engine(url)
Guide, Portrait = models.Guide, models.Portrait


def state():
    with engine.connect() as c:
        return '%s %s' % (c.execute(sa.text('SELECT count(*) FROM guide')).scalar(),
                          sorted(c.execute(sa.text('SELECT id FROM portrait')).scalars()))


with Session(engine) as session:
    for n in range(11, 16):
        session.add(Guide(id=n, portrait=Portrait(id=n)))
    session.commit()
    session.delete(session.get(Guide, 11))
    session.commit()
    print('deleted:', state())
    session.get(Guide, 12).portrait = None
    session.commit()
    print('unset:', state())
    session.get(Guide, 13).portrait = Portrait(id=20)
    session.commit()
    print('exchanged:', state())
    one, other = session.get(Guide, 14), session.get(Guide, 15)
    with session.no_autoflush:
        first, second = one.portrait, other.portrait
        one.portrait, other.portrait = None, None
        one.portrait, other.portrait = second, first
    session.commit()
    print('swapped:', state(), one.portrait.id, other.portrait.id)
END
{
	my ($output, $complaints) = ('', '');

	run([ $python, "$folder/owned.py", "$folder/modelled.py",
			'postgresql+psycopg2://@/modelled?host=' . $node->host . '&port=' . $node->port ],
		'>', \$output, '2>', \$complaints);
	is($complaints, '', 'single_parent: a session has nothing to complain about');
	is($output, <<'END', 'single_parent: what the session and the database have deleted');
deleted: 6 [1, 2, 12, 13, 14, 15]
unset: 6 [1, 2, 13, 14, 15]
exchanged: 6 [1, 2, 14, 15, 20]
swapped: 6 [1, 2, 14, 15, 20] 15 14
END
}
compare('hostile', slurp_file('sql/include/hostile_names.sql'));
compare('dotted', q{
	CREATE SCHEMA "a.b";
	SET search_path = "a.b";
	CREATE TABLE "p.q" ("i.d" int PRIMARY KEY);
	CREATE TABLE "c" (id int PRIMARY KEY, pq int REFERENCES "p.q");
	CREATE TABLE "no.key" (pq int REFERENCES "p.q", c int REFERENCES c);
	INSERT INTO "p.q" VALUES (1), (2);
	INSERT INTO c VALUES (1, 1);
	INSERT INTO "no.key" VALUES (2, 1);
});
my $slots = compare('slots', q{
	CREATE TABLE customer (id int PRIMARY KEY);
	CREATE TABLE address (id int PRIMARY KEY, customer_id int REFERENCES customer, is_default boolean, kind text, gone timestamptz, n int);
	CREATE TABLE word (id int PRIMARY KEY, customer_id int REFERENCES customer, lang text, place text, UNIQUE (customer_id, lang));
	CREATE TABLE node (id int PRIMARY KEY, up int REFERENCES node, first boolean);
	SELECT relmap.relationship('customer', 'default_address', 'address', uselist => false, condition => 'is_default', on_replace => 'set is_default = false');
	SELECT relmap.relationship('customer', 'home', 'address', uselist => false, condition => $$kind = 'home:x' AND gone IS NULL$$, on_replace => 'restrict');
	SELECT relmap.relationship('customer', 'far', 'address', condition => 'n > 10 AND NOT is_default', order_by => 'id DESC');
	SELECT relmap.relationship('customer', 'addresses', 'address', backref => 'customer');
	SELECT relmap.relationship('customer', 'words', 'word', keyed_by => '{lang}', on_replace => 'delete', cascade => 'all, delete-orphan', backref => 'customer');
	SELECT relmap.relationship('customer', 'placed', 'word', keyed_by => '{place,lang}', on_replace => 'set place = NULL');
	SELECT relmap.relationship('node', 'first_child', 'node', uselist => false, condition => 'first', on_replace => 'set first = false', foreign_keys => '{up}');
	INSERT INTO customer VALUES (1), (2);
	INSERT INTO address VALUES (1, 1, true, 'x', NULL, 11), (2, 1, false, 'home:x', NULL, 12), (3, 1, false, 'x', NULL, 13), (4, 2, false, 'home:x', '2026-01-02 03:04:05.123456+00', 1);
	INSERT INTO word VALUES (1, 1, 'de', 'a'), (2, 1, 'en', 'a'), (3, 2, 'de', 'b');
	INSERT INTO node VALUES (1, NULL, true), (2, 1, false), (3, 1, true);
});
like($slots, qr/^$_$/m, $_)
  foreach 'Customer\.default_address: the same of 1 rows', 'Customer\.home: the same of 1 rows', 'Customer\.far: the same of 2 rows',
  'Customer\.words: the same of 3 rows', 'Customer\.placed: the same of 3 rows', 'Node\.first_child: the same of 1 rows';
compare('nothing', '');

my $chinook = '../shared/data/chinook/chinook.sql';
SKIP:
{
	skip "there is no $chinook", 1 unless -r $chinook;
	my $script = slurp_file($chinook);

	$script =~ s/.*^\\c chinook;//ms;
	like(compare('chinook', $script), qr/^Playlist\.tracks: the same of 8715 rows$/m, 'chinook: many-to-many');
}

$node->stop;
done_testing();
