# Print the table of a benchmark's results, in Markdown.
#
# usage: table.pl RESULTS.json [FILE.md]
#
# With a second file, write it there instead, between the lines that say
# <!-- bench --> and <!-- /bench -->.

use strict;
use warnings;
use JSON::PP;

# A ratio with its spread.
sub shown
{
	my ($ratio) = @_;

	return $ratio ? sprintf '%.2f (%.2f to %.2f)', @$ratio{qw(value least most)} : '';
}

# What a row has to reach, and whether it does.
sub target
{
	my ($row) = @_;
	my $target =
	    defined $row->{most} ? sprintf('%.2f or less', $row->{most})
	  : defined $row->{least} ? sprintf('%.2f or more', $row->{least})
	  : defined $row->{same_plan} ? 'the same plan'
	  : 'no scan';
	my $reached = $row->{reached} ? 'yes' : '**no**';

	$reached .= $row->{same_plan} ? ', the same plan' : ', another plan' if defined $row->{same_plan};
	$reached .= ", $row->{blocks}{relmap} blocks read of $row->{blocks}{count}" if $row->{blocks};
	return ($target, $reached);
}

# The main table.
sub main_table
{
	my ($result) = @_;
	my @lines = (
		'| the work | relmap / without | to reach | reached | by hand / without |',
		'|---|--:|---|---|--:|');

	foreach my $row (@{ $result->{rows} // [] })
	{
		my ($by_hand) = grep { $_ ne 'relmap' } sort keys %{ $row->{ratios} };
		my ($target, $reached) = target($row);

		push @lines, sprintf '| %s | %s | %s | %s | %s |', $row->{title}, shown($row->{ratios}{relmap}), $target, $reached,
		  shown($by_hand && $row->{ratios}{$by_hand});
	}
	return @lines;
}

# A table of how costs grow.
sub growth_table
{
	my ($growth) = @_;
	my %title = (
		rows => 'rows of the table',
		relationships => 'relationships on the table',
		partitions => 'partitions');
	my @lines = ('| | | free parent: without | relmap | ratio | replaced: without | relmap | ratio |', '|---|--:|--:|--:|--:|--:|--:|--:|');

	foreach my $curve (qw(rows relationships partitions))
	{
		my $title = $title{$curve};

		foreach my $point (@{ $growth->{$curve} })
		{
			push @lines, sprintf '| %s | %s | %s |', $title, $point->{$curve} =~ s/(?<=\d)(?=(\d{3})+$)/,/gr,
			  join ' | ', map { sprintf('%.1f | %.1f | %.2f', @$_{qw(plain relmap)}, $_->{ratio}{value}) } @$point{qw(free held)};
			$title = '';
		}
	}
	return @lines;
}

# All of it.
sub text
{
	my ($result) = @_;
	my @lines;

	push @lines, main_table($result), '' if $result->{rows};
	push @lines, 'Microseconds a row:', '', growth_table($result->{growth}), '' if $result->{growth};
	push @lines, sprintf 'PostgreSQL %s, %s with %d cores, %s, relmap %s; %d rows a statement, medians of %d rounds, with the least and the greatest ratio of a round.',
	  $result->{server}, $result->{machine}{cpu}, $result->{machine}{cores}, @$result{qw(date commit scale rounds)};
	return join '', map { "$_\n" } @lines;
}

sub slurp
{
	my ($file) = @_;

	open my $in, '<', $file or die "$file: $!\n";
	local $/;
	return scalar <$in>;
}

my ($results, $readme) = @ARGV;
my $text = text(decode_json(slurp($results)));

if (defined $readme)
{
	my $whole = slurp($readme);

	$whole =~ s/(<!-- bench -->\n).*(<!-- \/bench -->\n)/$1\n$text\n$2/s or die "$readme has no place for it\n";
	open my $out, '>', $readme or die "$readme: $!\n";
	print $out $whole;
	close $out or die "$readme: $!\n";
}
else
{
	print $text;
}
