# Real ORMs write one-to-ones, each in its own idiom: first over plain UNIQUE,
# where it is only recorded what happens, then, on the same tables, declared to
# relmap, where all must work.  What came out is the table in doc/orms.md.
#
# A client in clients/ is told the names of scenarios, one a line, and answers
# each; see clients/serve.py.  What rows there then are is asked past the ORM.
# A client whose ORM is not installed is skipped.  With RELMAP_ACCEPT=1 the
# table of doc/orms.md is written instead of compared.

use strict;
use warnings;
use File::Basename qw(dirname);
use IPC::Run qw(run start timeout);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $missing = 'script/test --clients installs them';

# The scenarios: name, words in doc/orms.md, table, and the rows that it must
# leave there: id (of the two that were there), name, parent.
my @scenarios = (
	[ create         => 'create a child for a parent that has one',       'child',   '1a:- 2b:2 n:1' ],
	[ assign         => '`parent.child = new`',                           'child',   '1a:- 2b:2 n:1' ],
	[ save_twice     => '... and save the new one again',                 'child',   '1a:- 2b:2 m:1' ],
	[ unset          => '`parent.child = null`',                          'child',   '1a:- 2b:2' ],
	[ move           => '`child.parent = other`, which has a child',      'child',   '1a:2 2b:-' ],
	[ swap           => 'swap the children of two parents',               'child',   '1a:2 2b:1' ],
	[ swap_bulk      => '... in one statement',                           'child',   '1a:2 2b:1' ],
	[ create_bulk    => 'create many, for parents that have one',         'child',   '1a:- 2b:- m:2 n:1' ],
	[ two_sessions   => 'two assign that both saw no child',              'child',   '1a:1 2b:2 m:3 n:-' ],
	[ at_once        => 'six create for one parent at once',              'child',   '1a:- 2b:2 n:1 n:- n:- n:- n:- n:-' ],
	[ upsert_id      => 'upsert by primary key: takes the parent',        'child',   '1n:2 2b:-' ],
	[ upsert         => 'upsert by parent: edits in place',               'child',   '1n:1 2b:2' ],
	[ ignore         => 'insert, ignoring conflicts',                     'child',   '1a:1 2b:2 m:3' ],
	[ find_or_create => 'find or create',                                 'child',   '1a:1 2b:2 n:3' ],
	[ stale          => 'save an object that was replaced meanwhile',     'child',   '1m:- 2b:2 n:1' ],
	[ stale_changed  => '... but only what changed',                      'child',   '1m:- 2b:2 n:1' ],
	[ draft_create   => 'delete-orphan: create',                          'draft',   '2b:2 n:1' ],
	[ draft_assign   => 'delete-orphan: assign',                          'draft',   '2b:2 n:1' ],
	[ draft_unset    => 'delete-orphan: unset',                           'draft',   '2b:2' ],
	[ draft_move     => 'delete-orphan: move',                            'draft',   '1a:2' ],
	[ draft_swap     => 'delete-orphan: swap',                            'draft',   '1a:2 2b:1' ],
	[ draft_parent   => 'delete-orphan: delete the parent',               'draft',   '2b:2' ],
	[ profile_create => 'NOT NULL: create',                               'profile', '2b:2 n:1' ],
	[ profile_assign => 'NOT NULL: assign',                               'profile', '2b:2 n:1' ],
	[ profile_move   => 'NOT NULL: move',                                 'profile', '1a:2' ]);

# What else may come out, in words; an ORM that writes a whole object back
# takes the parent with it, as its user asked for.
my %otherwise = (
	stale        => { '1m:1 2b:2 n:-' => 'takes it back' },
	draft_assign => { '1a:- 2b:2 n:1' => 'orphan' },
	draft_unset  => { '1a:- 2b:2'     => 'orphan' },
	draft_move   => { '1a:2 2b:-'     => 'orphan' },
	draft_parent => { '1a:- 2b:2'     => 'orphan' });

# How the tables are declared to relmap.
my %cascade = (child => 'save-update, merge', draft => 'all, delete-orphan', profile => 'all, delete-orphan');

# The ORMs, in the table's order, and their clients.
my @orms = qw(SQLAlchemy Django ActiveRecord TypeORM MikroORM Sequelize Prisma Objection Drizzle
  Doctrine Eloquent Sequel DBIx::Class EclipseLink);
my %files = (
	SQLAlchemy    => 'sqlalchemy_orm.py',
	Django        => 'django_orm.py',
	ActiveRecord  => 'activerecord.rb',
	Doctrine      => 'doctrine.php',
	Eloquent      => 'eloquent.php',
	Sequel        => 'sequel.rb',
	'DBIx::Class' => 'dbix_class.pl',
	EclipseLink   => 'eclipselink/Client.java',
	map { $_ => lc . '.js' } @orms[ 3 .. 8 ]);

# What EclipseLink is made of, as Debian has it.
my @jars = map { "/usr/share/java/$_.jar" } qw(eclipselink eclipselink-jpa-2.1-spec postgresql);

# The table in doc/orms.md: ORM => { version, words => cell }.
my %table;

my $node;

# ---- The clients ------------------------------------------------------------

# Does a command succeed?
sub succeeds
{
	my @command = @_;
	my $output;

	return eval { run(\@command, '>&', \$output) };
}

# The command that runs a client, and the reason if there is nothing to run it.
sub client
{
	my ($file) = @_;

	if ($file =~ /sqlalchemy|django/)
	{
		my $module = $file =~ /django/ ? 'django' : 'sqlalchemy';
		my ($python) = grep { succeeds($_, '-c', "import $module, psycopg2") } ($ENV{PYTHON} // (), '/usr/bin/python3', 'python3');

		return ([ $python, '-B', $file ], defined $python ? undef : "Python has no $module and psycopg2");
	}
	if ($file =~ /\.rb$/)
	{
		my $library = $file =~ /sequel/ ? 'sequel' : 'active_record';

		return ([ 'ruby', $file ], succeeds('ruby', '-e', qq{require "$library"; require "pg"}) ? undef : "Ruby has no $library and pg");
	}
	if ($file =~ /\.php$/)
	{
		my $library = $file =~ /doctrine/ ? 'Doctrine/ORM' : 'Illuminate/Database';
		my $code = qq{error_reporting(0); if (!extension_loaded("pdo_pgsql") || !extension_loaded("pcntl")) exit(1); require "$library/autoload.php";};

		return ([ 'php', $file ], succeeds('php', '-r', $code) ? undef : "PHP has no $library, pdo_pgsql and pcntl");
	}
	if ($file =~ /\.pl$/)
	{
		return ([ 'perl', $file ], succeeds('perl', '-e', 'use DBIx::Class; use DBD::Pg') ? undef : 'Perl has no DBIx::Class and DBD::Pg');
	}
	return eclipselink($file) if $file =~ /\.java$/;
	my $new_enough = 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)';

	return ([ 'node', $file ],
		!succeeds('node', '-e', $new_enough) ? 'there is no node 20.19 or newer'
		: !-d 'clients/node_modules' ? 'clients/node_modules is not there'
		: $file =~ /prisma/ && !-d 'clients/generated' ? 'prisma generate has not been run'
		: undef);
}

# The same for a program in Java, which is compiled first.
sub eclipselink
{
	my ($file) = @_;
	my $folder = PostgreSQL::Test::Utils::tempdir;
	my $output = '';

	return (undef, 'there is no javac') unless succeeds('javac', '-version');
	return (undef, "there is no $_") foreach grep { !-r } @jars;
	run([ 'javac', '-d', $folder, '-cp', join(':', @jars), $file ], '>&', \$output) or die $output;
	return ([ 'java', '-cp', join(':', $folder, dirname($file), @jars), 'Client' ], undef);
}

# Start a client on a database.
sub start_client
{
	my ($command, $database) = @_;
	my %client = (in => '', out => '', err => '', timer => timeout(60));
	local %ENV = (
		%ENV,
		PGHOST      => $node->host,
		PGPORT      => $node->port,
		PGUSER      => scalar getpwuid($<),
		PGDATABASE  => $database,
		# Java knows no sockets of the system
		RELMAP_JDBC => 'jdbc:postgresql://127.0.0.1:' . $node->port . "/$database");

	$client{process} = start $command, '<', \$client{in}, '>', \$client{out}, '2>', \$client{err}, $client{timer};
	return \%client;
}

# The next line of a client; what it wrote on stderr, if it has no more.
sub answer
{
	my ($client) = @_;
	my $line;

	$client->{timer}->start(60);
	until (($line) = $client->{out} =~ /^(.*)\n/)
	{
		return "died: $client->{err}" unless eval { $client->{process}->pump };
	}
	$client->{out} =~ s/^.*\n//;
	return $line;
}

# What a client answers to the name of a scenario.
sub ask
{
	my ($client, $scenario) = @_;

	$client->{in} .= "$scenario\n";
	return answer($client);
}

# ---- The database -----------------------------------------------------------

# Three parents and two children; in the scenario's table alone.
sub fresh
{
	my ($database, $name) = @_;

	$node->safe_psql($database, qq{
		TRUNCATE parent, child, draft, profile RESTART IDENTITY;
		INSERT INTO parent (name) VALUES ('p1'), ('p2'), ('p3');
		INSERT INTO $name (name, parent_id) VALUES ('a', 1), ('b', 2)});
}

# The rows of a table, as @scenarios has them.
sub rows
{
	my ($database, $name) = @_;

	return $node->safe_psql($database, qq{
		SELECT string_agg(concat(CASE WHEN id < 3 THEN id END, name, ':', coalesce(parent_id::text, '-')), ' '
						  ORDER BY least(id, 3), name, parent_id)
		FROM $name});
}

# What makes a table's foreign key unique: constraint, index or none.
sub uniqueness
{
	my ($database, $name) = @_;

	return $node->safe_psql($database, qq{
		SELECT coalesce((SELECT CASE WHEN c.oid IS NULL THEN 'index' ELSE 'constraint' END
						 FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'u'
						 WHERE i.indrelid = '$name'::regclass AND i.indisunique AND NOT i.indisprimary), 'none')});
}

# The cell of a scenario, and what to say if it is no "ok"; nothing if the ORM
# has no such thing.
sub result
{
	my ($client, $database, $scenario) = @_;
	my ($name, undef, $table, $expected) = @$scenario;

	fresh($database, $table);
	my $answer = ask($client, $name);
	my $rows = rows($database, $table);
	my ($cell) = split / /, $answer;

	return if $cell eq 'none';
	if ($cell eq 'ok' && $rows ne $expected)
	{
		$cell = $otherwise{$name}{$rows} // 'wrong rows';
	}
	return ($cell, "$answer, rows are $rows");
}

# ---- The document -------------------------------------------------------------

# The table between the document's markers.
my $marked = qr/(?<=<!-- t\/clients.pl -->\n)(.*?)(?=<!-- -->\n)/s;

# The words of each line of the table, in order.
my @lines = ('its own UNIQUE', map { $_->[1] } @scenarios);

# Take a table apart: ORM => { version, words => cell }.
sub parse_table
{
	my ($text) = @_;
	my ($head, undef, @body) = map { [ map { s/^\s+|\s+$//gr } split /\|/, $_ ] } split /\n/, $text // '';
	my %parsed;

	foreach my $column (2 .. $#{ $head // [] })
	{
		my ($orm, $version) = split / /, $head->[$column];

		$parsed{$orm} = { version => $version, map { $_->[1] => $_->[$column] } @body };
	}
	return %parsed;
}

# Put it together.
sub format_table
{
	my (%parsed) = @_;
	my @columns = grep { $parsed{$_} } @orms;

	return join '', map { '| ' . join(' | ', @$_) . " |\n" } [ '', map { "$_ $parsed{$_}{version}" } @columns ],
	  [ map { '---' } '', @columns ],
	  map { my $words = $_; [ $words, map { $parsed{$_}{$words} // '' } @columns ] } @lines;
}

# ---- The tests --------------------------------------------------------------

# Run all scenarios of one client; returns the ORM's name, as the client says it.
sub test_client
{
	my ($command, $database) = @_;
	my $client = start_client($command, $database);
	my $hello = answer($client);
	my ($failures, %cells) = (0);
	my ($orm, $version) = $hello =~ /^([\w:]+) (\d\S*)$/ or return $hello;

	$table{$orm}{version} = $version;
	is(ask($client, 'tables'), 'ok', "$orm $version: makes its tables");
	$table{$orm}{ $lines[0] } = uniqueness($database, 'child');

	# what must be unique, made by the user where the ORM doesn't
	my @unique = grep { uniqueness($database, $_) eq 'none' } sort keys %cascade;

	$node->safe_psql($database, join '', map { "ALTER TABLE $_ ADD CONSTRAINT ${_}_key UNIQUE (parent_id);" } @unique);
	foreach my $scenario (@scenarios)
	{
		my ($cell, $why) = result($client, $database, $scenario);

		next unless defined $cell;
		note("$orm, plain UNIQUE: $scenario->[0]: $cell: $why");
		$cells{ $scenario->[1] } = $cell;
		$failures++ if $cell ne 'ok';
	}
	cmp_ok($failures, '>', 0, "$orm: some fail on plain UNIQUE");

	# the same with relmap, which makes unique what was not
	$node->safe_psql($database, join '', map { "ALTER TABLE $_ DROP CONSTRAINT ${_}_key;" } @unique);
	$node->safe_psql($database, join '', 'CREATE EXTENSION relmap;', map { qq{
		SELECT relmap.relationship('$_', 'parent', 'parent',
			backref => relmap.backref('$_', uselist => false, cascade => '$cascade{$_}'));} } sort keys %cascade);
	foreach my $scenario (@scenarios)
	{
		my ($name, $words) = @$scenario;
		my ($cell, $why) = result($client, $database, $scenario);

		next unless defined $cell;
		ok($cell eq 'ok' || $name eq 'stale' && $cell eq 'takes it back', "$orm with relmap: $name")
		  or diag($why);
		$table{$orm}{$words} = "$cells{$words} / $cell";
	}
	$client->{process}->finish;
	is($client->{err}, '', "$orm says nothing on stderr");
	return $orm;
}

my (%commands, %reasons);

foreach my $orm (@orms)
{
	($commands{$orm}, $reasons{$orm}) = client("clients/$files{$orm}");
}
plan skip_all => "no ORM is installed; $missing" unless grep { !defined } values %reasons;

$node = PostgreSQL::Test::Cluster->new('clients');
$node->init;
$node->append_conf('postgresql.conf', "listen_addresses = '127.0.0.1'");
$node->start;
foreach my $orm (@orms)
{
  SKIP:
	{
		skip "$orm: $reasons{$orm}; $missing", 1 if defined $reasons{$orm};
		my $database = lc $orm =~ s/\W//gr;

		$node->safe_psql('postgres', "CREATE DATABASE $database");
		is(test_client($commands{$orm}, $database), $orm, "$orm has run");
	}
}
$node->stop;

my $document = slurp_file('doc/orms.md');
my ($text) = $document =~ $marked;
my %documented = parse_table($text);

diag("plain UNIQUE / relmap\n" . format_table(%table));
if ($ENV{RELMAP_ACCEPT})
{
	$text = format_table(%documented, %table);
	$document =~ s/$marked/$text/ or die 'doc/orms.md has no place for the table';
	open my $file, '>', 'doc/orms.md' or die "doc/orms.md: $!";
	print $file $document;
	close $file;
}
else
{
	foreach my $orm (sort keys %table)
	{
	  SKIP:
		{
			my $version = $documented{$orm}{version} // 'none';

			skip "$orm: the table is about version $version", 1 if $version ne $table{$orm}{version};
			is_deeply($documented{$orm}, { map { $_ => $table{$orm}{$_} // '' } 'version', @lines }, "doc/orms.md: $orm");
		}
	}
}
done_testing();
