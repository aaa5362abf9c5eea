# What the documents say is so: the examples of README.md and doc/*.md, their
# links, and that doc/reference.md has every function.
#
# Each ```sql block is run by psql, in the order of its document, in a database
# of the document's own.  A ```text block that follows, with nothing but blank
# lines between, must be what psql then shows, but for the empty results of
# functions that return void.  Without such a block there must be no error.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('readme');
$node->init;
$node->start;

# What psql shows for some SQL, results and messages in order.
sub shown
{
	my ($database, $sql) = @_;
	my $output = '';

	IPC::Run::run(
		[ 'psql', '-X', '-q', '-d', $node->connstr($database) ],
		'<' => \$sql, '>&' => \$output);
	$output =~ s/^ \w+ +\n-+\n +\n\(1 row\)\n\n//mg;
	$output =~ s/\n+\z/\n/;
	return $output;
}

# Run the examples of a document in a database.
sub test_examples
{
	my ($file, $database) = @_;
	my $text = slurp_file($file);
	my $count = 0;

	while ($text =~ /^```sql\n(.*?)^```\n(?:\s*^```text\n(.*?)^```\n)?/msg)
	{
		my ($sql, $expected) = ($1, $2);
		my $line = 1 + (substr($text, 0, $-[0]) =~ tr/\n//);
		my $output = shown($database, $sql);

		if (defined $expected)
		{
			is($output, $expected, "$file, line $line");
		}
		else
		{
			unlike($output, qr/^(ERROR|FATAL):/m, "$file, line $line");
		}
		$count++;
	}
	cmp_ok($count, '>', 0, "$file has examples");
}

# The anchors that GitHub gives the headings of a document.
sub anchors
{
	my ($file) = @_;
	my $text = slurp_file($file);
	my %anchors;

	$text =~ s/^```.*?^```$//msg;
	while ($text =~ /^#+ (.*)$/mg)
	{
		my $anchor = lc $1;

		$anchor =~ s/[^\w -]//g;
		$anchor =~ tr/ /-/;
		$anchors{$anchor} = 1;
	}
	return \%anchors;
}

# Do the links of a document that stay in the project lead somewhere?
sub test_links
{
	my ($file) = @_;
	my ($folder) = $file =~ m{^(.*/)?[^/]+$};
	my $text = slurp_file($file);
	my @dead;

	$text =~ s/^```.*?^```$//msg;
	while ($text =~ /\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)
	{
		my $target = $1 eq '' ? $file : ($folder // '') . $1;

		push @dead, "$1" . (defined $2 ? "#$2" : '')
		  unless -e $target && (!defined $2 || anchors($target)->{$2});
	}
	is_deeply(\@dead, [], "links of $file");
}

# Does the reference have each function with all that it takes and gives; and
# those that are in its tables with the comment that the function has?
sub test_reference
{
	my ($file, $database) = @_;
	my $text = slurp_file($file);
	my $words = $text =~ s/\s+/ /gr =~ s/\( /(/gr;
	my %described = $text =~ /^\| `(relmap\.\w+\([^`]*)` \| (.*) \|$/mg;
	my %pages = map { $_ => 1 } $text =~ /^### relmap\.(\w+)$/mg;
	my $functions = $node->safe_psql($database, q{
		SELECT p.proname, obj_description(p.oid, 'pg_proc'),
			'relmap.' || p.proname || '('
			|| regexp_replace(pg_get_function_arguments(p.oid), '::[a-z ]+(\[\])?', '', 'g')
			|| ') RETURNS ' || pg_get_function_result(p.oid)
		FROM pg_proc p WHERE p.pronamespace = 'relmap'::regnamespace ORDER BY p.oid});

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
		WHERE a.attrelid IN ('relmap.relationship'::regclass, 'relmap.relationships'::regclass) AND a.attnum > 0
		UNION SELECT s.name FROM pg_settings s WHERE s.name LIKE 'relmap.%'});

	is_deeply([ grep { index($text, "`$_`") < 0 } split /\n/, $names ],
		[], "$file has all columns and settings");
}

foreach my $file ('README.md', glob 'doc/*.md')
{
	my ($database) = lc($file) =~ /(\w+)\.md$/;

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	# the README makes the extension itself, as its readers do
	$node->safe_psql($database, 'CREATE EXTENSION relmap') if $file ne 'README.md';
	test_examples($file, $database);
	test_links($file);
}
test_reference('doc/reference.md', 'reference');
test_names('doc/reference.md', 'reference');

$node->stop;
done_testing();
