# The examples of the README and other documents, as tests.
#
# All ```sql blocks of a document are pasted, in its order, into one psql
# session.  A ```text block that follows one, with nothing but blank lines
# between, must be what psql then shows, but for the empty results of functions
# that return void.  Without such a block there must be no error.  ```pgsql
# blocks are not run but where they are asked for: they need another server.
package Readme;

use strict;
use warnings;

use IPC::Run;
use Test::More;

# psql comes back from the shell with all that went before written.
my $mark = '@@ end of block @@';

# A block of SQL, and what it shows.
sub block
{
	my ($language) = @_;

	return qr/^```$language\n(.*?)^```\n(?:\s*^```text\n(.*?)^```\n)?/ms;
}

# What psql shows for each of some blocks of SQL, results and messages in order.
sub shown
{
	my ($connstr, @blocks) = @_;
	my $input = join '', map { "$_\n\\! echo '$mark'\n" } @blocks;
	my $output = '';

	IPC::Run::run([ 'psql', '-X', '-q', '-d', $connstr ],
		'<' => \$input, '>&' => \$output);
	$output =~ s/^ \w+ +\n-+\n +\n\(1 row\)\n\n//mg;
	return map { s/\n+\z/\n/r } split /^\Q$mark\E\n/m, $output, -1;
}

# Test all examples of a text, which is that of a file, in that language.
sub check
{
	my ($connstr, $text, $file, $language) = @_;
	my $block = block($language // 'sql');
	my (@lines, @blocks, @expected);

	while ($text =~ /$block/g)
	{
		push @blocks, $1;
		push @expected, $2;
		push @lines, 1 + (substr($text, 0, $-[0]) =~ tr/\n//);
	}
	return if !@blocks;

	my @output = shown($connstr, @blocks);

	foreach my $i (0 .. $#blocks)
	{
		if (defined $expected[$i])
		{
			is($output[$i], $expected[$i], "$file, line $lines[$i]");
		}
		else
		{
			unlike($output[$i], qr/^(ERROR|FATAL):/m, "$file, line $lines[$i]");
		}
	}
	is(scalar @output, @blocks + 1, "$file: psql has run all blocks");
}

# The text with what psql shows now in its ```text blocks.
sub accepted
{
	my ($connstr, $text, $language) = @_;
	my $block = block($language //= 'sql');
	my @output = shown($connstr, $text =~ /^```$language\n(.*?)^```\n/msg);

	$text =~ s{$block}{
		my ($whole, $expected, $shown) = ($&, $2, shift @output);

		$whole =~ s/\Q$expected\E```\n\z/$shown```\n/ if defined $expected;
		$whole;
	}ge;
	return $text;
}

1;
