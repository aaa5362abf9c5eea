# Count the instructions that each row of some work costs the server.
#
# usage: instructions.pl POSTGRES DATA FOLDER [WORK...]
#
# POSTGRES runs in single-user mode, under callgrind, on the cluster DATA, whose
# database bench has the tables of tables.sql.  Prints a line per kind of work,
# or those named: its name, the instructions per row without relmap, and with it.
#
# Each kind of work is done on N and on 2N rows.  The difference is what N rows
# cost, whatever a statement costs besides.  Calls of a marker function, which
# callgrind knows, part the profile in pieces.  FOLDER keeps those of the work
# on 2N rows as WORK.WAY, for callgrind_annotate.

use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__);
use Work;

my $rows = 1000;
my $marker = 'pg_backend_pid';

# The rounds of one kind of work: caches are warm after the first.
my @rounds = (10, $rows, 2 * $rows);

# What the server is to execute for one way: one statement a line.
sub script
{
	my ($way, $folder, @work) = @_;
	my @lines = ("SET search_path = " . Work::schema($way));

	push @lines, map { "COPY (SELECT i, i, 0, 'child ' || i FROM generate_series(1, $_) i) TO '$folder/rows_$_'" } @rounds;
	push @lines, @Work::prepared;
	foreach my $work (@work)
	{
		foreach my $n (@rounds)
		{
			push @lines, Work::before($work, $n);
			push @lines, "SELECT $marker()", Work::statements($work, $way, $n, "$folder/rows_$n"), "SELECT $marker()";
			push @lines, 'SELECT 1 / (' . Work::done($work, $n) . ')';
		}
	}
	return join '', map { "$_;\n" } @lines;
}

# Run the server on a script; dies if a statement has failed.
sub execute
{
	my ($postgres, $data, $folder, $script) = @_;
	my @valgrind = ('valgrind', '--quiet', '--tool=callgrind', "--dump-before=$marker", "--callgrind-out-file=$folder/piece");
	my $log = "$folder/log";

	open my $server, '|-', "@valgrind $postgres --single -D $data bench >$log 2>&1" or die "valgrind: $!";
	print $server $script;
	close $server or die "the server failed: see $log";

	open my $in, '<', $log or die "$log: $!";
	my @wrong = grep { /ERROR|FATAL|PANIC|WARNING/ } <$in>;
	die @wrong if @wrong;
}

# The instructions in a piece of the profile.
sub instructions
{
	my ($file) = @_;

	open my $in, '<', $file or die "$file: $!";
	while (<$in>)
	{
		return $1 if /^(?:summary|totals): (\d+)/;
	}
	die "$file has no total";
}

# Keep a piece of the profile, without the calls that began before it, which
# callgrind_annotate takes for something else.
sub keep
{
	my ($from, $to) = @_;

	open my $in, '<', $from or die "$from: $!";
	open my $out, '>', $to or die "$to: $!";
	while (my $line = <$in>)
	{
		if ($line =~ /^calls=0 /) { <$in> }
		else { print $out $line }
	}
	close $out or die "$to: $!";
}

# Instructions per row of each kind of work, done one way.
sub count
{
	my ($postgres, $data, $folder, $way, @work) = @_;
	my $piece = 0;
	my %count;

	execute($postgres, $data, $folder, script($way, $folder, @work));
	foreach my $work (@work)
	{
		my @total;

		foreach my $n (@rounds)
		{
			# what comes before a marker, and what is between two of them
			unlink sprintf '%s/piece.%d', $folder, ++$piece;
			push @total, instructions(sprintf '%s/piece.%d', $folder, ++$piece);
		}
		keep("$folder/piece.$piece", "$folder/$work->{name}.$way");
		$count{ $work->{name} } = ($total[2] - $total[1]) / $rows;
	}
	unlink glob "$folder/piece*";
	return \%count;
}

# What COPY is compared with: rows are not written by the page where there is any
# BEFORE trigger.
my %base = (copy => 'floor');

my ($postgres, $data, $folder, @chosen) = @ARGV;
my @wanted = grep { my $work = $_; !@chosen || grep { $_ eq $work->{name} } @chosen } @Work::work;
my %count;

foreach my $way (qw(plain deferrable floor relmap))
{
	my @work = grep { $_->{ways}{$way} } @wanted;

	next unless @work;
	$count{$way} = count($postgres, $data, $folder, $way, @work);
}
foreach my $work (@wanted)
{
	my $name = $work->{name};

	printf "%s %.0f %.0f\n", $name, $count{ $base{$name} // $work->{plain} // 'plain' }{$name}, $count{relmap}{$name};
}
