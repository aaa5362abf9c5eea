# Random transactions over required attributes, against a model that knows one
# rule: no parent without a child at COMMIT, or whenever constraints are
# immediate.
#
#	RELMAP_SEED=n			another run than the usual one
#	RELMAP_TRANSACTIONS=n	how many for each kind of attribute (300)
#
# A transaction that ends otherwise than the model says is printed.

use strict;
use warnings;

use DBI;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{RELMAP_SEED} // 4711;
my $transactions = $ENV{RELMAP_TRANSACTIONS} // 300;
my $node = PostgreSQL::Test::Cluster->new('required_random');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION relmap');
my $dbh = DBI->connect('dbi:Pg:dbname=postgres;host=' . $node->host . ';port=' . $node->port,
	$ENV{PGUSER} // scalar getpwuid($<), '', { PrintError => 0, PrintWarn => 0, RaiseError => 0, AutoCommit => 1 });
$dbh->do('SET client_min_messages = error');

# Rows are id => [parent or undef, flag].  What becomes of the holder that is
# replaced, if one is; which rows count as children.
my %kinds = (
	collection => { declare => q{'child', required => true} },
	partitioned => { declare => q{'child', required => true}, partition => 1 },
	filtered => { declare => q{'child', condition => 'flag', required => true}, counts => sub { $_[0][1] } },
	one => { declare => q{'child', uselist => false, required => true}, slot => 1, leaves => sub { $_[0][0] = undef } },
	orphans => { declare => q{'child', uselist => false, cascade => 'all, delete-orphan', required => true}, slot => 1,
		leaves => sub { $_[0][0] = undef }, orphans => 1, deletes => 1 },
	deletes => { declare => q{'child', uselist => false, on_replace => 'delete', required => true}, slot => 1,
		leaves => sub { $_[0][0] = undef }, deletes => 1 },
	default => { declare => q{'child', uselist => false, condition => 'flag', on_replace => 'set flag = false', required => true}, slot => 1,
		counts => sub { $_[0][1] }, leaves => sub { $_[0][1] = 0 } },
	keyed => { declare => q{'child', keyed_by => '{k}', on_replace => 'nullify', required => true} },
	association => { declare => q{'tag', secondary => 'child', required => true}, counts => sub { defined $_[0][2] } },
);

sub counts { my ($kind, $row) = @_; return defined $row->[0] && (!$kind->{counts} || $kind->{counts}->($row)); }

# The parents without child.
sub childless
{
	my ($kind, $s) = @_;
	my %has = map { counts($kind, $_) ? ($_->[0] => 1) : () } values %{ $s->{child} };
	return grep { !$has{$_} } sort keys %{ $s->{parent} };
}

sub copy { my ($s) = @_; return { parent => { %{ $s->{parent} } }, child => { map { $_ => [ @{ $s->{child}{$_} } ] } keys %{ $s->{child} } }, orphan => { %{ $s->{orphan} } } }; }

# Row $id is written; it may take the slot of another one.
sub write_row
{
	my ($kind, $s, $id, $row) = @_;
	my $was = $s->{child}{$id};
	if ($kind->{slot} && counts($kind, $row) && !($was && counts($kind, $was) && $was->[0] == $row->[0]))
	{
		for my $other (grep { $_ != $id } keys %{ $s->{child} })
		{
			my $h = $s->{child}{$other};
			next unless counts($kind, $h) && $h->[0] == $row->[0];
			$kind->{leaves}->($h);
			$s->{orphan}{$other} = 1 if $kind->{deletes};
		}
	}
	# it has had a parent since it was replaced
	delete $s->{orphan}{$id} if defined $row->[0] && !($was && defined $was->[0]);
	$s->{orphan}{$id} = 1 if $kind->{orphans} && $was && defined $was->[0] && !defined $row->[0];
	$s->{child}{$id} = $row;
}

# Orphans go.
sub collect
{
	my ($s) = @_;
	for my $id (keys %{ $s->{orphan} })
	{
		delete $s->{child}{$id} if $s->{child}{$id} && !defined $s->{child}{$id}[0];
	}
	$s->{orphan} = {};
}

sub one_of { return @_ ? $_[ rand @_ ] : undef; }
sub lit { my ($v) = @_; return $v // 'NULL'; }

# A random statement, done in the model: SQL.
my $next = 100;
sub statement
{
	my ($kind, $s) = @_;
	my $id = one_of(sort keys %{ $s->{child} });
	my $p = one_of(sort keys %{ $s->{parent} });
	my $flag = rand() < 0.7 ? 1 : 0;
	my $tag = $kind->{declare} =~ /tag/ ? (rand() < 0.8 ? 1 + int rand 3 : undef) : undef;
	my $what = rand;

	if ($what < 0.3 || !defined $id)
	{
		my @values;
		for (1 .. one_of(1, 1, 1, 2, 3))
		{
			$next++;
			my $to = rand() < 0.8 ? one_of($p, sort keys %{ $s->{parent} }) : undef;
			write_row($kind, $s, $next, [ $to, $flag, $tag ]);
			push @values, sprintf '(%d, %s, %s, %s, %d)', $next, lit($to), $flag ? 'true' : 'false', lit($tag), $next;
		}
		return 'INSERT INTO child (id, p_id, flag, t_id, k) VALUES ' . join ', ', @values;
	}
	if ($what < 0.4)
	{
		$next++;
		$s->{parent}{$next} = 1;
		my $other = one_of(sort keys %{ $s->{child} });
		my $sql = "INSERT INTO parent VALUES ($next)";
		return $sql if rand() < 0.3;
		write_row($kind, $s, $other, [ $next, @{ $s->{child}{$other} }[ 1, 2 ] ]);
		return ($sql, "UPDATE child SET p_id = $next WHERE id = $other");
	}
	if ($what < 0.6)
	{
		my $to = rand() < 0.85 ? $p : undef;
		write_row($kind, $s, $id, [ $to, @{ $s->{child}{$id} }[ 1, 2 ] ]);
		return sprintf 'INSERT INTO child (id, p_id) VALUES (%d, %s) ON CONFLICT (id) DO UPDATE SET p_id = excluded.p_id', $id, lit($to) if rand() < 0.3;
		return sprintf 'MERGE INTO child c USING (VALUES (%d, %s::int)) w (id, p) ON c.id = w.id WHEN MATCHED THEN UPDATE SET p_id = w.p', $id, lit($to) if rand() < 0.3;
		return sprintf 'UPDATE child SET p_id = %s WHERE id = %d', lit($to), $id;
	}
	if ($what < 0.7)
	{
		write_row($kind, $s, $id, [ $s->{child}{$id}[0], $flag, $s->{child}{$id}[2] ]);
		return sprintf 'UPDATE child SET flag = %s WHERE id = %d', $flag ? 'true' : 'false', $id;
	}
	if ($what < 0.75)
	{
		$s->{child}{$id}[2] = $tag;
		return sprintf 'UPDATE child SET t_id = %s WHERE id = %d', lit($tag), $id;
	}
	if ($what < 0.85)
	{
		delete $s->{child}{$id};
		return "DELETE FROM child WHERE id = $id";
	}
	if ($what < 0.92)
	{
		# two change places, in one statement
		my $other = one_of(grep { $_ != $id } sort keys %{ $s->{child} }) // return 'SELECT 1';
		my ($a, $b) = map { [ @{ $s->{child}{$_} } ] } $id, $other;
		return 'SELECT 1' unless defined $a->[0] && defined $b->[0] && $a->[0] != $b->[0] && $a->[1] && $b->[1];
		($s->{child}{$id}[0], $s->{child}{$other}[0]) = ($b->[0], $a->[0]);
		return "UPDATE child SET p_id = $a->[0] + $b->[0] - p_id WHERE id IN ($id, $other)";
	}
	return 'SELECT 1' unless defined $p && keys %{ $s->{parent} } > 2;
	delete $s->{parent}{$p};
	delete $s->{child}{$_} for grep { defined $s->{child}{$_}[0] && $s->{child}{$_}[0] == $p } keys %{ $s->{child} };
	return ("DELETE FROM child WHERE p_id = $p", "DELETE FROM parent WHERE id = $p");
}

sub shown
{
	my ($s) = @_;
	return join(' ', sort { $a <=> $b } keys %{ $s->{parent} }) . ' | '
	  . join ' ', map { "$_:" . join ',', map { $_ // '-' } @{ $s->{child}{$_} } } sort { $a <=> $b } keys %{ $s->{child} };
}

sub real
{
	my $s = { parent => {}, child => {}, orphan => {} };
	$s->{parent}{$_} = 1 for @{ $dbh->selectcol_arrayref('SELECT id FROM parent') };
	$s->{child}{ $_->[0] } = [ $_->[1], $_->[2] ? 1 : 0, $_->[3] ] for @{ $dbh->selectall_arrayref('SELECT id, p_id, flag, t_id FROM child') };
	return $s;
}

sub run { return $dbh->prepare($_[0], { pg_server_prepare => 0, pg_direct => 1 })->execute; }

my %seen;
for my $name (sort keys %kinds)
{
	my $kind = $kinds{$name};
	srand($seed);
	run('DROP TABLE IF EXISTS child, parent, tag CASCADE');
	run('CREATE TABLE parent (id int PRIMARY KEY)');
	run('CREATE TABLE tag (id int PRIMARY KEY)');
	run('INSERT INTO tag VALUES (1), (2), (3)');
	run('CREATE TABLE child (id int PRIMARY KEY, p_id int REFERENCES parent, flag boolean, t_id int REFERENCES tag, k int)'
		  . ($kind->{partition} ? ' PARTITION BY HASH (id); CREATE TABLE child_0 PARTITION OF child FOR VALUES WITH (MODULUS 2, REMAINDER 0);'
			  . ' CREATE TABLE child_1 PARTITION OF child FOR VALUES WITH (MODULUS 2, REMAINDER 1)' : ''));
	run('CREATE INDEX ON child (p_id)');
	run("SELECT relmap.relationship('parent', 'children', $kind->{declare}, foreign_keys => '{p_id}')") or die $dbh->errstr;
	my $s = { parent => {}, child => {}, orphan => {} };
	run('BEGIN; INSERT INTO parent VALUES (1), (2), (3), (4);'
		  . ' INSERT INTO child VALUES (11, 1, true, 1, 11), (12, 2, true, 1, 12), (13, 3, true, 2, 13), (14, 4, true, 3, 14), (15, NULL, true, 1, 15); COMMIT') or die $dbh->errstr;
	$s = real();

	my $bad;
	for my $t (1 .. $transactions)
	{
		my $before = copy($s);
		my @sql = ('BEGIN');
		my (@saved, $immediate, $failed);
		run('BEGIN');
		for my $n (1 .. 1 + rand 6)
		{
			my $what = rand;
			my @do;
			if ($what < 0.06) { push @saved, copy($s); @do = ('SAVEPOINT s' . @saved); }
			elsif ($what < 0.12 && @saved) { @do = ('ROLLBACK TO s' . @saved); $s = copy($saved[-1]); $immediate = 0, push @do, 'SET CONSTRAINTS ALL DEFERRED' if $immediate; }
			elsif ($what < 0.17) { $immediate = 1; @do = ('SET CONSTRAINTS ALL IMMEDIATE'); }
			elsif ($what < 0.2) { $immediate = 0; @do = ('SET CONSTRAINTS ALL DEFERRED'); }
			else { @do = $immediate ? () : statement($kind, $s); }
			# while constraints are immediate a statement is checked by itself
			if ($immediate && !@do)
			{
				@do = statement($kind, $s);
				next if @do > 1 && ($s = real());
			}
			for my $sql (@do)
			{
				push @sql, $sql;
				run($sql) or $failed = $dbh->state;
				last if $failed;
			}
			collect($s) if $immediate;
			my @missing = $immediate ? childless($kind, $s) : ();
			if (($failed // '') ne (@missing ? '23514' : '')) { $bad = "failed: " . ($failed // 'no') . ' ' . ($dbh->errstr // '') . ", childless: @missing"; }
			last if $bad || $failed;
		}
		if (!$bad && !$failed)
		{
			push @sql, 'COMMIT';
			collect($s);
			my @missing = childless($kind, $s);
			run('COMMIT') or $failed = $dbh->state;
			if (($failed // '') ne (@missing ? '23514' : '')) { $bad = "COMMIT: " . ($failed // 'no error') . ' ' . ($dbh->errstr // '') . ", childless: @missing"; }
		}
		run('ROLLBACK') if $failed;
		$s = $before if $failed;
		$seen{ $failed // 'committed' }++;
		my $real = real();
		$bad //= "the model has\n" . shown($s) . "\nthe database\n" . shown($real) if shown($s) ne shown($real);
		if ($bad)
		{
			diag "$name, RELMAP_SEED=$seed, transaction $t: $bad\nfrom " . shown($before) . "\n" . join ";\n", @sql;
			last;
		}
	}
	is($bad, undef, "$name: model and database agree over $transactions transactions");
	is($dbh->selectrow_array("SELECT count(*) FROM relmap.violations('parent', 'children') WHERE children = 0"), 0, "$name: no parent without child");
	is($dbh->selectrow_array("SELECT count(*) FROM relmap.check('public') WHERE severity = 'error'"), 0, "$name: no fault");
}
note join ', ', map {"$_: $seen{$_}"} sort keys %seen;
$dbh->disconnect;
$node->stop;
done_testing();
