# How things are measured: connections, rounds in which the ways take turns,
# medians and their spread.
package Measure;

use strict;
use warnings;
use DBI;
use List::Util qw(max min);
use Time::HiRes qw(time);

# A connection, with a search_path; an error is fatal.
sub connection
{
	my ($schema) = @_;
	my $dbh = DBI->connect('dbi:Pg:', undef, undef,
		{ RaiseError => 1, PrintError => 0, PrintWarn => 0, AutoCommit => 1, pg_server_prepare => 0 });

	$dbh->do("SET client_min_messages = warning; SET search_path = $schema");
	return $dbh;
}

# Do something with a connection; the milliseconds that this took: of the
# processor time of the server's process, which other work on the machine does
# not change much, or by the clock where that is not to be had.
sub milliseconds
{
	my ($dbh, $work) = @_;
	my $start = processor_time($dbh) // 1000 * time;

	$work->();
	return (processor_time($dbh) // 1000 * time) - $start;
}

# The processor time, in milliseconds, that a connection's process has had, as
# Linux tells it.
sub processor_time
{
	my ($dbh) = @_;

	open my $in, '<', "/proc/$dbh->{pg_pid}/schedstat" or return undef;
	return (split ' ', <$in>)[0] / 1e6;
}

# Execute statements, each by itself; the time that took in ms.
sub execute
{
	my ($dbh, @statements) = @_;

	return milliseconds($dbh, sub { $dbh->do($_) foreach @statements });
}

# The only value of a query's only row.
sub value
{
	my ($dbh, $query) = @_;

	return scalar $dbh->selectrow_array($query);
}

sub median
{
	my @sorted = sort { $a <=> $b } @_;

	return ($sorted[ $#sorted / 2 ] + $sorted[ @sorted / 2 ]) / 2;
}

# Measure some ways in so many rounds.  In each round the ways take turns, another
# one first each time, and every other round the other way about, so that none
# always follows the same one; $measure is called with the way and the number of
# the round, and returns a figure.  Returns way => [figures].
sub rounds
{
	my ($rounds, $ways, $measure) = @_;
	my %figures;

	foreach my $round (0 .. $rounds - 1)
	{
		my $first = int($round / 2) % @$ways;
		my @turns = (@$ways[ $first .. $#$ways ], @$ways[ 0 .. $first - 1 ]);

		foreach my $way ($round % 2 ? reverse @turns : @turns)
		{
			push @{ $figures{$way} }, $measure->($way, $round);
		}
	}
	return \%figures;
}

# The ratio of two ways: the median of the rounds' ratios, with the least and the
# greatest.  What the machine does besides changes from round to round, and both
# ways have about the same of it in one.
sub ratio
{
	my ($figures, $way, $base) = @_;
	my ($above, $below) = @$figures{ $way, $base };
	my @each = map { $above->[$_] / $below->[$_] } 0 .. $#$above;

	return {
		value => round(median(@each)),
		least => round(min(@each)),
		most => round(max(@each)),
	};
}

# A figure as it is shown.
sub round
{
	my ($figure) = @_;

	return 0 + sprintf '%.3f', $figure;
}

# What a table has, with keys: two that differ have the same sums only by an
# accident.
sub state_of
{
	my ($dbh, $table, @keys) = @_;

	return join ' ', $dbh->selectrow_array(
		join(', ', 'SELECT count(*)', map { "count($_)" } @keys) . ", sum(hashtextextended($table\::text, 0)) FROM $table");
}

# Die unless all ways have come to the same.  Takes way => what it came to.
sub same
{
	my ($what, $results) = @_;
	my ($first, @others) = sort keys %$results;

	foreach my $other (@others)
	{
		die "$what: $first and $other do not do the same work:\n$results->{$first}\n$results->{$other}\n"
		  if $results->{$first} ne $results->{$other};
	}
}

# Run pgbench on a script, with options; dies if a transaction failed.  Returns
# the mean time of a transaction in ms, and how many were done in a second.
sub pgbench
{
	my ($schema, $script, @options) = @_;

	local $ENV{PGOPTIONS} = "-c search_path=$schema";
	open my $out, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', 'pgbench', '-n', '-M', 'prepared', '-f', $script, @options
	  or die "pgbench: $!\n";
	my $text = do { local $/; <$out> };
	close $out or die "pgbench failed on $script in $schema:\n$text\n";
	my ($failed) = $text =~ /^number of failed transactions: (\d+)/m;
	my ($latency) = $text =~ /^latency average = ([\d.]+) ms/m;
	my ($tps) = $text =~ /^tps = ([\d.]+)/m;
	die "pgbench: $failed transactions failed on $script in $schema\n" if $failed // 1;
	return ($latency, $tps);
}

1;
