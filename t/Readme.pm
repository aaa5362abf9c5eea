# The examples of the README and other documents, as tests.
#
# Each ```sql block is run by psql, in the document's order, in one database.  A
# ```text block that follows, with nothing but blank lines between, must be what
# psql then shows, but for the empty results of functions that return void.
# Without such a block there must be no error.
package Readme;

use strict;
use warnings;

use IPC::Run;
use Test::More;

# What psql shows for some SQL, results and messages in order.
sub shown
{
	my ($connstr, $sql) = @_;
	my $output = '';

	IPC::Run::run([ 'psql', '-X', '-q', '-d', $connstr ],
		'<' => \$sql, '>&' => \$output);
	$output =~ s/^ \w+ +\n-+\n +\n\(1 row\)\n\n//mg;
	$output =~ s/\n+\z/\n/;
	return $output;
}

# Test all examples of a text, or those up to the end of one of its sections.
# The text is the README's, if no other file is named.
sub check
{
	my ($connstr, $text, $section, $file) = @_;
	my $count = 0;

	$file //= 'README.md';
	if (defined $section)
	{
		$text =~ s/^## \Q$section\E\n.*?^\K## .*//ms
		  or die "there is no section \"$section\" with another one after it";
	}
	while ($text =~ /^```sql\n(.*?)^```\n(?:\s*^```text\n(.*?)^```\n)?/msg)
	{
		my ($sql, $expected) = ($1, $2);
		my $line = 1 + (substr($text, 0, $-[0]) =~ tr/\n//);
		my $output = shown($connstr, $sql);

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

1;
