# What relmap.check(), automap(), models() and diagram() take of schemas of
# growing size, and DDL beside their declarations: seconds of the backend's
# processor time, which other sessions do not change.  For bench/scale.
#
# usage: perl bench/scale.pl MOST FACTS >RESULTS.json

use strict;
use warnings;
use DBI;
use JSON::PP;
use POSIX ();

my ($most, $facts) = @ARGV;
my @works = (
	[ check => 'SELECT count(*) FROM relmap.check()' ],
	[ automap => 'SELECT count(*) FROM relmap.automap()' ],
	[ models => 'SELECT length(relmap.models())' ],
	[ diagram => 'SELECT length(relmap.diagram())' ]);

# 20 hubs, and tables of 20 columns with three keys without index to them.
sub make_tables
{
	my ($dbh, $tables) = @_;

	$dbh->do("CREATE TABLE hub$_ (id int PRIMARY KEY)") foreach 1 .. 20;
	foreach my $i (1 .. $tables)
	{
		my @columns = ('id int PRIMARY KEY', map { "c$_ text" } 1 .. 16);
		push @columns, map { "k$_ int REFERENCES hub" . (($i + 7 * $_) % 20 + 1) } 1 .. 3;
		$dbh->do("CREATE TABLE t$i (" . join(', ', @columns) . ')');
	}
	$dbh->do('ANALYZE');
}

# Seconds of processor time that the backend has had.
sub cpu
{
	my ($dbh) = @_;

	open my $in, '<', "/proc/$dbh->{pg_pid}/stat" or die "/proc: $!";
	my @fields = split ' ', (split /\)/, <$in>)[1];
	return ($fields[11] + $fields[12]) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# What some work takes, the mean of so many.
sub measure
{
	my ($dbh, $times, @statements) = @_;

	my $before = cpu($dbh);
	foreach my $i (1 .. $times)
	{
		foreach my $statement (@statements)
		{
			$dbh->do($statement);
		}
	}
	return (cpu($dbh) - $before) / $times;
}

sub measure_ddl
{
	my ($dbh) = @_;

	$dbh->do('CREATE TABLE unrelated (id int)');
	return (alter_unrelated => measure($dbh, 200, 'ALTER TABLE unrelated ALTER id SET NOT NULL'),
		drop_unrelated => measure($dbh, 100, 'CREATE TABLE dropped (id int)', 'DROP TABLE dropped'),
		alter_related => measure($dbh, 20, 'ALTER TABLE t1 ALTER c1 SET NOT NULL'));
}

sub measure_point
{
	my ($tables) = @_;
	my $admin = DBI->connect('dbi:Pg:', undef, undef, { RaiseError => 1, PrintWarn => 0 });

	$admin->do('CREATE DATABASE scale');
	my $dbh = DBI->connect('dbi:Pg:dbname=scale', undef, undef, { RaiseError => 1, PrintWarn => 0 });
	$dbh->do('SET client_min_messages = warning');
	make_tables($dbh, $tables);
	my %point = (tables => $tables, before => { measure_ddl($dbh) });
	$dbh->do('CREATE EXTENSION relmap');
	foreach my $work (@works)
	{
		$point{empty}{ $work->[0] } = measure($dbh, 1, $work->[1]) unless $work->[0] eq 'automap';
	}
	$point{automap} = measure($dbh, 1, 'SELECT count(*) FROM relmap.automap()');
	($point{declarations}) = $dbh->selectrow_array('SELECT count(*) FROM relmap.relationships');
	foreach my $work (@works)
	{
		$point{declared}{ $work->[0] } = measure($dbh, 1, $work->[1]);
	}
	$dbh->do('DROP TABLE unrelated');
	$point{after} = { measure_ddl($dbh) };
	$dbh->disconnect;
	$admin->do('DROP DATABASE scale');
	$admin->disconnect;
	printf STDERR "%5d tables, %6d declarations: check %.2f (%.2f declared), automap %.2f, models %.2f (%.2f), diagram %.2f s; "
	  . "ALTER TABLE of an unrelated table %.2f ms (%.2f without relmap), of a related one %.2f (%.2f), CREATE and DROP %.2f (%.2f)\n",
	  $tables, $point{declarations}, $point{empty}{check}, $point{declared}{check}, $point{automap}, $point{empty}{models},
	  $point{declared}{models}, $point{declared}{diagram},
	  map { (1000 * $point{after}{$_}, 1000 * $point{before}{$_}) } qw(alter_unrelated alter_related drop_unrelated);
	return \%point;
}

my @points;
for (my $tables = 125; $tables <= $most; $tables *= 2)
{
	push @points, measure_point($tables);
}
print JSON::PP->new->canonical->encode({ %{ decode_json($facts) }, scale => \@points }), "\n";
