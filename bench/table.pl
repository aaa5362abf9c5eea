# Print the tables of a benchmark's results, in Markdown.
#
# usage: table.pl RESULTS.json [FILE.md...]
#
# With files, write them there instead: what users want to know between lines
# that say <!-- bench --> and <!-- /bench -->, what relmap is to reach between
# <!-- targets --> and <!-- /targets -->.

use strict;
use warnings;
use JSON::PP;

# The columns of the tables: what a way is called.
my @writing = ([ 'plain', 'deferrable' ], ['relmap'], ['plpgsql'], ['locking']);
my @reading = ([ 'subselect', 'join', 'lateral', 'written' ], ['relmap'], ['function']);

# A ratio with its spread.
sub shown
{
	my ($ratio) = @_;

	return sprintf '%.2f (%.2f to %.2f)', @$ratio{qw(value least most)};
}

# A cell for the first of some ways that a row has: its time, and what it costs
# in units of the plain way.
sub cell
{
	my ($row, @ways) = @_;
	my ($way) = grep { $row->{ways}{$_} } @ways or return '–';
	my $time = $row->{ways}{$way};
	my $ratio = $row->{ratios}{$way};
	my $text = sprintf $time < 10 ? '%.1f' : '%.0f', $time;

	return $ratio && $row->{base} ne 'locking' ? sprintf('%s, %.2f', $text, $ratio->{value}) : $text;
}

# A table of rows, of which each column is that of some ways.
sub table
{
	my ($rows, $columns, @titles) = @_;

	return (
		'| ' . join(' | ', @titles) . ' |',
		'|---|' . '--:|' x @$columns,
		map { my $row = $_; sprintf '| %s | %s |', $row->{title}, join ' | ', map { cell($row, @$_) } @$columns } @$rows);
}

# A table of how costs grow.
sub growth_table
{
	my ($growth) = @_;
	my %title = (
		rows => 'rows of the table',
		relationships => 'relationships on the table',
		partitions => 'partitions');
	my @lines = ('| | | free parent: plain | relmap | ratio | replaced: plain | relmap | ratio |', '|---|--:|--:|--:|--:|--:|--:|--:|');

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

# What users want to know.  A note may have been written into the results.
sub for_users
{
	my ($result) = @_;
	my @rows = @{ $result->{rows} // [] };
	my ($declare) = grep { $_->{name} eq 'declare' } @rows;
	my @of_reading = grep { my $row = $_; grep { $row->{ways}{$_} } @{ $reading[0] } } @rows;
	my @of_writing = grep { my $row = $_; $row->{unit} eq 'us' && !grep { $row eq $_ } @of_reading } @rows;
	my @lines;

	push @lines, table(\@of_writing, \@writing, 'writing', 'plain', 'relmap', 'by hand, wrong', 'by hand, right'), '' if @of_writing;
	push @lines, table(\@of_reading, \@reading, 'reading', 'plain', 'relmap', 'by hand'), '' if @of_reading;
	push @lines, sprintf('%s: %.1f ms, %.0f ms; %d blocks read of %d.', ucfirst $declare->{title}, @{ $declare->{ways} }{qw(relmap count)},
		@{ $declare->{blocks} }{qw(relmap count)}), '' if $declare;
	push @lines, growth_table($result->{growth}), '' if $result->{growth};
	push @lines, sprintf 'PostgreSQL %s, %s with %d cores, %s, relmap %s; %d rows a statement, medians of %d rounds.',
	  $result->{server}, $result->{machine}{cpu}, $result->{machine}{cores}, @$result{qw(date commit scale rounds)};
	push @lines, $result->{note} if defined $result->{note};
	return @lines;
}

# What relmap is to reach, and whether it does.
sub targets
{
	my ($result) = @_;
	my @lines = ('| the work | against | relmap / that | to reach | reached |', '|---|---|--:|--:|---|');

	foreach my $row (@{ $result->{rows} // [] })
	{
		push @lines, map {
			my $ratio = $row->{against}{$_};

			sprintf '| %s | %s | %s | %.2f | %s |', $row->{title}, $_, shown($ratio), $row->{reach}{$_},
			  $ratio->{value} <= $row->{reach}{$_} ? 'yes' : '**no**'
		} sort keys %{ $row->{against} };
		push @lines, sprintf '| %s | join | %s | the same plan | %s |', $row->{title}, shown($row->{ratios}{relmap}),
		  $row->{reached} ? 'yes' : '**no**' if defined $row->{same_plan};
		push @lines, sprintf '| %s | count | %s | no scan | %s |', $row->{title}, shown($row->{ratios}{relmap}),
		  $row->{reached} ? 'yes' : '**no**' if $row->{blocks};
	}
	return @lines;
}

sub slurp
{
	my ($file) = @_;

	open my $in, '<', $file or die "$file: $!\n";
	local $/;
	return scalar <$in>;
}

# Put lines between a file's marks; false if it has none.
sub fill
{
	my ($text, $mark, @lines) = @_;
	my $between = join '', map { "$_\n" } @lines;

	return $$text =~ s/(<!-- \Q$mark\E -->\n).*(<!-- \/\Q$mark\E -->\n)/$1\n$between\n$2/s;
}

my ($results, @files) = @ARGV;
my $result = decode_json(slurp($results));
my @users = for_users($result);
my @targets = targets($result);

print map { "$_\n" } @users, '', @targets unless @files;
foreach my $file (@files)
{
	my $text = slurp($file);
	my $filled = fill(\$text, 'bench', @users) + fill(\$text, 'targets', @targets);

	die "$file has no place for it\n" unless $filled;
	open my $out, '>', $file or die "$file: $!\n";
	print $out $text;
	close $out or die "$file: $!\n";
}
