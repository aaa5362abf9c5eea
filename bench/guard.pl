# Compare instructions per row with those recorded.
#
# usage: guard.pl RECORDED COUNTED
#
# Both files have lines as instructions.pl prints them, below comments that say
# what was measured.  Prints all as a table.  Fails if relmap costs more than was
# recorded, by more than 3 %; two runs differ by 0.5 %.  Says so and
# compares nothing if the comments differ:
# another server or compiler counts otherwise.

use strict;
use warnings;

my $tolerance = 1.03;

# The comments of a file, and its counts.
sub parse
{
	my ($file) = @_;
	my ($comments, @counts) = ('');

	open my $in, '<', $file or die "$file: $!\n";
	while (my $line = <$in>)
	{
		if ($line =~ /^#/) { $comments .= $line }
		else { push @counts, [ split ' ', $line ] }
	}
	return ($comments, @counts);
}

my ($file) = @ARGV;
my ($measured_then, @recorded) = parse($file);
my ($measured_now, @counted) = parse($ARGV[1]);
my $comparable = $measured_then eq $measured_now;
my %recorded = map { $_->[0] => $_->[2] } @recorded;
my $wrong = 0;

printf "%-16s %10s %10s %10s %10s\n", 'a row', 'without', 'relmap', 'more', 'recorded';
foreach (@counted)
{
	my ($name, $plain, $relmap) = @$_;
	my $before = $comparable ? $recorded{$name} : undef;
	my $over = defined $before && $relmap > $before * $tolerance;

	printf "%-16s %10d %10d %10d %10s%s\n", $name, $plain, $relmap, $relmap - $plain, $before // '-',
	  $over ? sprintf('  %.1f %% over', 100 * ($relmap / $before - 1)) : '';
	$wrong++ if $over;
}
print "not compared: $file is of\n$measured_then" unless $comparable;
die "$wrong over what $file has by more than 3 %: make them less, or say why and --record\n" if $wrong;
