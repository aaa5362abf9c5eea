# What relmap.diagram() writes is read by those it is for: Graphviz draws it,
# and mermaid's own parser takes it.  Either is skipped where it is not to be
# had; mermaid is installed by npm into a temporary folder, or found in the
# node_modules that RELMAP_NODE_MODULES names.

use strict;
use warnings;
use IPC::Run qw(run timeout);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('pictures');
$node->init;
$node->start;

# A database with the extension and some tables.
sub make_database
{
	my ($name, $sql) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, "SET client_min_messages = warning; CREATE EXTENSION relmap;\n$sql");
}

# Pictures of a database, before and after automap(), in both formats.
my %pictures;

sub draw
{
	my ($name) = @_;

	foreach my $step ('before', 'after')
	{
		$node->safe_psql($name, 'SET client_min_messages = warning; SELECT relmap.automap()') if $step eq 'after';
		foreach my $format ('mermaid', 'dot')
		{
			my $file = PostgreSQL::Test::Utils::tempdir . "/$name.$step.$format";

			append_to_file($file, $node->safe_psql($name, "SELECT relmap.diagram('$format')") . "\n");
			$pictures{$format}{"$name, $step automap()"} = $file;
		}
	}
}

make_database('plain', q{
	CREATE TABLE parent (id int PRIMARY KEY);
	CREATE TABLE child (id int PRIMARY KEY, parent_id int NOT NULL UNIQUE REFERENCES parent, words text[]);
	CREATE TABLE empty ();
	CREATE SCHEMA other;
	CREATE TABLE other.child (id numeric(8,2) PRIMARY KEY, "parentId" int REFERENCES parent);
});
draw('plain');
make_database('nothing', '');
draw('nothing');
make_database('hostile', slurp_file('sql/include/hostile_names.sql'));
draw('hostile');

my $chinook = '../shared/data/chinook/chinook.sql';
if (-r $chinook)
{
	my $script = slurp_file($chinook);

	$script =~ s/.*^\\c chinook;//ms;
	make_database('chinook', $script);
	draw('chinook');
}
else
{
	diag("there is no $chinook");
}

SKIP:
{
	my $version = '';

	skip 'graphviz is not installed', 1
	  unless eval { run [ 'dot', '-V' ], '>&', \$version };
	foreach my $picture (sort keys %{ $pictures{dot} })
	{
		my ($drawn, $complaints) = ('', '');

		ok(run([ 'dot', '-Tsvg', $pictures{dot}{$picture} ], '>', \$drawn, '2>', \$complaints), "Graphviz draws $picture");
		is($complaints, '', "... without a complaint");
		like($drawn, qr{</svg>\s*\z}, '... to the end');
	}
}

SKIP:
{
	my $folder = PostgreSQL::Test::Utils::tempdir;
	my $log = '';
	my $modules = $ENV{RELMAP_NODE_MODULES};

	skip 'node is not installed', 1
	  unless eval { run [ 'node', '--version' ], '>&', \$log };
	if (defined $modules)
	{
		symlink $modules, "$folder/node_modules" or die "$modules: $!";
	}
	else
	{
		local $ENV{HOME} = $folder;
		my $installed = eval {
			run [ 'npm', 'install', '--prefix', $folder, '--ignore-scripts', '--no-audit', '--no-fund', 'mermaid@11' ],
			  '<', \undef, '>&', \$log, timeout(180);
		};

		skip 'npm has no mermaid to install', 1 unless $installed;
	}

	append_to_file("$folder/parse.mjs", <<'END');
import { readFileSync } from 'node:fs';
import mermaid from 'mermaid';
for (const file of process.argv.slice(2)) {
    try {
        console.log((await mermaid.parse(readFileSync(file, 'utf8'))).diagramType);
    } catch (e) {
        console.log(e.message.replaceAll('\n', ' | '));
    }
}
END
	my @names = sort keys %{ $pictures{mermaid} };
	my $output = '';

	run [ 'node', "$folder/parse.mjs", map { $pictures{mermaid}{$_} } @names ], '>', \$output, '2>', \$log;
	my @results = split /\n/, $output;
	is($results[$_] // $log, 'er', "mermaid parses $names[$_]") foreach 0 .. $#names;
}

$node->stop;
done_testing();
