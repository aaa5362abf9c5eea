# Random statements of every kind against relmap and against a model that knows
# only the rules of replacement.
#
#	RELMAP_SEED=n		 another run than the usual one
#	RELMAP_STATEMENTS=n	 how many (10000); a long run is a million
#	RELMAP_WORKERS=n	 sessions at once in the second half (4)
#	RELMAP_VARIANTS=a,b	 only these tables, as Random/Tables.pm describes them;
#						 a short run takes some of all
#	RELMAP_FOUND=folder	 where scripts of what diverged go
#
# A run is cut into rounds, each with a table of its own from a fresh state and
# a seed of its own.  A round that diverges is shrunk (statements are left out
# for as long as it still diverges) and printed as SQL.
#
#	Random/Tables.pm	 the tables
#	Random/State.pm		 what a table has
#	Random/Model.pm		 what must come of a statement
#	Random/Generator.pm	 random statements
#	Random/Actions.pm	 statements on parents, and what refers to the table
#	Random/Round.pm		 one session: plays statements, compares
#	Random/Shrinker.pm	 makes a diverging round short
#	Random/Together.pm	 many sessions

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Random::Generator;
use Random::Round;
use Random::Shrinker;
use Random::Tables;
use Random::Together;
use Test::More;
use Time::HiRes 'time';

my $seed = $ENV{RELMAP_SEED} // 778;
my $statements = $ENV{RELMAP_STATEMENTS} // 10000;
my $workers = $ENV{RELMAP_WORKERS} // 4;

note "RELMAP_SEED=$seed RELMAP_STATEMENTS=$statements";

my $node = PostgreSQL::Test::Cluster->new('random');
$node->init;
$node->append_conf('postgresql.conf', "max_connections = 30\nautovacuum_naptime = 1s\ndeadlock_timeout = 100ms\nfsync = off");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION relmap; ' . Random::Tables::common_sql());
Random::Round::use_node($node);

# Does relmap.relationship() take an argument?
sub relmap_takes
{
	my ($argument) = @_;
	my %with = (condition => q{uselist => false, condition => 'f', on_replace => 'set f = false'}, keyed_by => q{keyed_by => '{k}', on_replace => 'delete'});
	return 0 == $node->psql('postgres', "BEGIN;
		CREATE TABLE c (id int PRIMARY KEY, p_id int REFERENCES p, k int, f bool);
		SELECT relmap.relationship('p', 'c', 'c', accessor => false, $with{$argument}); ROLLBACK", on_error_stop => 1, on_error_die => 0);
}

# The tables that this server can have.
my %can = map { $_ => relmap_takes($_) } 'condition', 'keyed_by';
my @texts = map {@$_} \@Random::Tables::single, \@Random::Tables::several, \@Random::Tables::actions, \@Random::Tables::which;
@texts = split /,/, $ENV{RELMAP_VARIANTS} if $ENV{RELMAP_VARIANTS};
@texts = grep { Random::Tables::can($_, \%can) } @texts;
srand($seed);
@texts = Random::Generator::some(1 + $statements / 400, @texts);
my @tables = map { Random::Tables::parse($_) } @texts;
$node->safe_psql('postgres', join '', 'SET client_min_messages = warning; ', map { Random::Tables::create_sql($_) } @tables);

# One session.
my $failures = 0;
my $done = 0;
my $began = time;
for (my $round = 0; $done < $statements && $failures < ($ENV{RELMAP_FAILURES} // 5); $round++)
{
	my $table = $tables[ $round % @tables ];
	srand($seed + $round);
	my (@ops, @log);
	my $bad = eval { Random::Round::play($table, \@ops, 50, \@log) } // $@;
	$done += @ops;
	if ($bad)
	{
		$failures++;
		my $report = Random::Shrinker::report($table, $bad, @ops);
		append_to_file("$ENV{RELMAP_FOUND}/$seed-$round.sql", $report) if $ENV{RELMAP_FOUND};
		diag "round $round of RELMAP_SEED=$seed on $table->{text} diverged:\n$report";
	}
	diag sprintf('%d statements, %.0f a second', $done, $done / (time - $began)) if $statements > 50000 && $round % 1000 == 999;
}
is($failures, 0, "one session: model and database agree over $done statements");
note join ', ', map {"$_ $Random::Round::seen{$_}"} sort keys %Random::Round::seen;

# Many sessions at once.
my $each = int($statements / (2 * @tables) / $workers / 2) + 1;
# (where a tenant's parents move, or go with their owners, most rows would have none;
# where a trigger drops updates, most would be refused; of nested slots a row has both or loses both)
for my $table (grep { !($_->{actions} && $_->{tenant}) && !$_->{guarded} && !$_->{nested} && !Random::Model::owning($_) } @tables)
{
	for my $movers (0, 1)
	{
		my ($bad, $rows, $errors) = Random::Together::together($table, $seed, $workers, $movers, $each);
		is(scalar(@$bad), 0, "$workers sessions on $table->{text}, " . ($movers ? 'all kinds' : 'takers only') . ': invariants hold')
		  or diag join "\n", "RELMAP_SEED=$seed", splice(@$bad, 0, 20);
		note join ', ', "$rows rows", map {"$errors->{$_} times $_"} sort keys %$errors;
	}
}

$node->stop;
done_testing();
