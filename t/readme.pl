# What the documents say is so: the examples of README.md and doc/*.md, and that
# doc/reference.md has every function.  Each document has a database of its own.
# With RELMAP_ACCEPT in the environment what psql shows is written into the
# documents instead of compared.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Readme;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('readme');
$node->init;
$node->start;

# Does the reference have each function that users call, or that their dumps
# name, with all that it takes and gives; and those that are in its tables with
# the comment that the function has?
sub test_reference
{
	my ($file, $database) = @_;
	my $text = slurp_file($file);
	my $words = $text =~ s/\s+/ /gr =~ s/\( /(/gr;
	my %described = $text =~ /^\| `(relmap\w*\.\w+\([^`]*)` \| (.*) \|$/mg;
	my %pages = map { $_ => 1 } $text =~ /^### relmap\.(\w+)$/mg;
	my $functions = $node->safe_psql($database, q{
		SELECT p.proname, obj_description(p.oid, 'pg_proc'),
			p.pronamespace::regnamespace || '.' || p.proname || '('
			|| regexp_replace(pg_get_function_arguments(p.oid), '::[a-z ]+(\[\])?', '', 'g')
			|| ') RETURNS ' || pg_get_function_result(p.oid)
		FROM pg_proc p WHERE p.pronamespace = 'relmap'::regnamespace
			OR p.pronamespace = 'relmap_internal'::regnamespace
				AND (p.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype) OR p.proname IN ('related', 'related_by', 'replacing'))
		ORDER BY p.oid});

	foreach my $function (split /\n/, $functions)
	{
		my ($name, $comment, $signature) = split /\|/, $function;

		if ($pages{$name})
		{
			ok(index($words, $signature) >= 0, "$file: $signature");
		}
		else
		{
			is($described{$signature}, $comment, "$file: $signature");
		}
		delete $described{$signature};
	}
	is_deeply([ keys %described ], [], "$file has no function that is not there");
}

# Does the reference have every column of the view and the table, and every
# setting?
sub test_names
{
	my ($file, $database) = @_;
	my $text = slurp_file($file);
	my $names = $node->safe_psql($database, q{
		LOAD 'relmap';
		SELECT a.attname FROM pg_attribute a
		WHERE a.attrelid IN ('relmap_internal.relationship'::regclass, 'relmap.relationships'::regclass) AND a.attnum > 0
		UNION SELECT s.name FROM pg_settings s WHERE s.name LIKE 'relmap.%'});

	is_deeply([ grep { index($text, "`$_`") < 0 } split /\n/, $names ],
		[], "$file has all columns and settings");
}

foreach my $file ('README.md', glob 'doc/*.md')
{
	my ($database) = lc($file) =~ /([\w-]+)\.md$/;

	$database =~ tr/-/_/;

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	# the README makes the extension itself, as its readers do
	$node->safe_psql($database, 'CREATE EXTENSION relmap') if $file ne 'README.md';
	if ($ENV{RELMAP_ACCEPT})
	{
		my $text = Readme::accepted($node->connstr($database), slurp_file($file));

		open my $handle, '>', $file or die "$file: $!";
		print $handle $text;
		close $handle;
	}
	else
	{
		Readme::check($node->connstr($database), slurp_file($file), $file);
	}
}
test_reference('doc/reference.md', 'reference');
test_names('doc/reference.md', 'reference');

$node->stop;
done_testing();
