# A round of t/random.pl that diverged, as short as it gets.
package Random::Shrinker;

use strict;
use warnings;

use Random::Round;

# Does the round still diverge with these ops?  One that can't be played at all
# does not count.
sub diverges
{
	my ($table, $log, @ops) = @_;
	my $bad = eval { Random::Round::play($table, [@ops], 0, $log) };
	return $@ ? undef : $bad;
}

# Rows or values of a statement are not left out: its text is what diverged.
sub shrink
{
	my ($table, @ops) = @_;
	# halves, quarters, ... of what came before the last; then one by one
	for (my $size = int(@ops / 2); $size >= 1; $size = int($size / 2))
	{
		for (my $i = $#ops - $size; $i >= 0; $i -= $size)
		{
			my @less = @ops;
			splice @less, $i, $size;
			@ops = @less if @less && diverges($table, [], @less);
			$i = $#ops if $i > $#ops;
		}
	}
	return @ops;
}

# The diverging round as a script of its own, and what it shows.
sub report
{
	my ($table, $bad, @ops) = @_;
	my @log;
	my @less = shrink($table, @ops);
	my $again = diverges($table, \@log, @less);
	if (!$again)
	{
		@log = ();
		$again = diverges($table, \@log, @ops) // "$bad\n(not reproduced by replay)";
	}
	return "CREATE EXTENSION IF NOT EXISTS relmap;\n" . Random::Tables::common_sql() . Random::Tables::create_sql($table)
	  . join("\n", @log) . "\n" . join '', map {"-- $_\n"} "$table->{text}: " . join(', ', @{ $table->{columns} }), split /\n/, $again;
}

1;
