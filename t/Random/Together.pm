# Many sessions of t/random.pl at once: no model can say who comes last, but
# what holds in any order is checked.  Ids are never used twice, so that every
# row can be told from the others; every session writes down what it committed.
package Random::Together;

use strict;
use warnings;

use POSIX ();
use PostgreSQL::Test::Utils;
use Random::Generator;
use Random::Model;
use Random::State qw(slot_key);
use Random::Round;

my $PARENTS = 3;    # few, for them to meet
my $OTHER_KEY = '23505 of another key';    # see is_allowed()

sub pick { return Random::Generator::pick(@_); }
sub chance { return Random::Generator::chance(@_); }

# May a session meet this error?  Deadlocks of its own making, those of a
# statement of several rows, and 23505 of keys that don't replace.  And 23505 of another
# key than the one that ON CONFLICT asks for: a row that the clause finds, so
# that nobody is replaced, may be gone, or be missed, when the server looks for
# it again.  A plain UNIQUE refuses the row then, too.
sub is_allowed
{
	my ($table, $state, $message, $sql) = @_;
	return 1 if $state eq '40P01';
	return $sql =~ /^INSERT.*\), \(|^UPDATE.* WHERE (?!id = \d+$)/ if $state =~ /^(27000|21000)$/;
	return 0 unless $state eq '23505';
	return 1 if is_other_key($table, $message, $sql);
	for my $slot (grep { $_->{policy} ne 'restrict' } @{ $table->{slots} })
	{
		my $columns = join '_', @{ $slot->{fk} }, @{ $slot->{keys} };
		return 0 if $message =~ /"(\Q$slot->{key_name}\E|\Q$table->{name}\E\d_${columns}_(key|idx))"/;
	}
	return 1;
}

# Is a key violated that the statement's ON CONFLICT clause does not ask for?
sub is_other_key
{
	my ($table, $message, $sql) = @_;
	my ($clause) = $sql =~ /( ON CONFLICT \(.*) DO NOTHING/ or return 0;
	for my $slot (@{ $table->{slots} })
	{
		return 0 if $clause eq ' ON CONFLICT ' . Random::Generator::arbiter($table, $slot, 1) && $message =~ /"\Q$slot->{key_name}\E"/;
	}
	return 1;
}

# A new row; takers keep to one value of each column in a transaction.
sub new_row
{
	my ($self, $id) = @_;
	my $table = $self->{table};
	my $row = { id => $id, t => pick(1, 2), code => undef, v => $self->{number} };
	for my $column (@{ $table->{assignable} })
	{
		my $kind = $column->{kind};
		$row->{ $column->{name} } = $kind eq 'fk' ? 1 + int rand $PARENTS : $kind eq 'f' ? 1 : $kind eq 'g' ? undef : pick(1, 2);
	}
	if (!$self->{movers})
	{
		$self->{taken} //= $row;
		%$row = (%{ $self->{taken} }, id => $id);
		# of several slots only one, or two takers of two would wait for one another
		my @columns = grep { $_->{kind} eq 'fk' && !$_->{required} } @{ $table->{assignable} };
		$self->{keep} //= $columns[ int rand @columns ]{name} if @columns;
		for (@columns) { $row->{ $_->{name} } = undef if $_->{name} ne $self->{keep}; }
	}
	$row->{code} = 1 + int rand 5 if $self->{movers} && chance(10);
	return $row;
}

# Runs SQL; its rows, or nothing if it failed, which ends the transaction.
sub run
{
	my ($self, $sql) = @_;
	my $dbh = $self->{dbh};
	my $sth = Random::Round::run_sql($dbh, $sql);
	return $sth->{NUM_OF_FIELDS} ? $sth->fetchall_arrayref : [] if $sth;
	my ($state, $message) = ($dbh->state, $dbh->errstr);
	$self->{errors}{ $state eq '23505' && is_other_key($self->{table}, $message, $sql) ? $OTHER_KEY : $state }++;
	push @{ $self->{bad} }, "$sql: $state $message" unless is_allowed($self->{table}, $state, $message, $sql);
	return undef;
}

# The transaction's changes are kept, or forgotten.
sub keep
{
	my ($self, $yes) = @_;
	for my $what ('added', 'removed', 'took')
	{
		my $changes = delete $self->{"tx_$what"};
		%{ $self->{$what} } = (%{ $self->{$what} }, %{ $changes // {} }) if $yes;
	}
	delete @$self{ 'tx', 'taken', 'keep' };
}

sub end_transaction
{
	my ($self, $commit) = @_;
	keep($self, $commit && run($self, 'COMMIT'));
	run($self, 'ROLLBACK') if !$commit;
}

# An UPDATE or DELETE of rows that any session may have made.
sub move
{
	my ($self, $kind, $row) = @_;
	my $table = $self->{table};
	my $name = $table->{name};
	my $slot = pick(@{ $table->{slots} });
	my $a = $slot->{column};
	my $other = pick(1 .. $self->{workers}) * 1_000_000 + 1 + int rand($self->{next} - $self->{number} * 1_000_000);
	if ($kind eq 'move')
	{
		my @columns = Random::Generator::some(pick(1, 1, 2), @{ $table->{assignable} });
		my %set = map { $_->{name} => $row->{ $_->{name} } } @columns;
		return run($self, "UPDATE $name SET " . Random::Generator::assignments($table, \%set) . " WHERE id = $other");
	}
	return run($self, "UPDATE $name SET $a = 3 - $a WHERE $a IN (1, 2)") if $kind eq 'swap';
	return run($self, "UPDATE $name SET $a = $a % $PARENTS + 1 WHERE $a IS NOT NULL") if $kind eq 'shift';
	if ($kind eq 'flag')
	{
		return run($self, "UPDATE $name SET $slot->{condition}{column} = (id = $other) WHERE $a = $row->{$a}")
		  if $slot->{condition} && $slot->{condition}{type} eq 'bool';
		return run($self, "UPDATE $name SET v = v + 1 WHERE $a = $row->{$a}");
	}
	my $rows = run($self, "DELETE FROM $name WHERE id = $other RETURNING id");
	$self->{tx_removed}{ $_->[0] } = 1 for @{ $rows // [] };
	return $rows;
}

# An INSERT, plain or with an ON CONFLICT clause.
sub insert
{
	my ($self, $kind, @rows) = @_;
	my $table = $self->{table};
	my $slot = pick(@{ $table->{slots} });
	$kind = 'insert' if $slot->{deferrable};
	my $on = $kind eq 'pk' ? ' ON CONFLICT (' . join(', ', @{ $table->{pk} }) . ') DO NOTHING'
	  : $kind eq 'slot' ? ' ON CONFLICT ' . Random::Generator::arbiter($table, $slot, 1) . ' DO NOTHING'
	  : $kind eq 'any' && !grep({ $_->{deferrable} } @{ $table->{slots} }) ? ' ON CONFLICT DO NOTHING' : '';
	# rows of one statement that replace one another can't be shown with their parents
	my $back = @rows == 1 && chance(50) ? "id, $slot->{column}" : 'id';
	run($self, 'SAVEPOINT s') or return undef if $self->{tx} && $kind eq 'savepoint';
	my $rows = run($self, "INSERT INTO $table->{name} (" . join(', ', @{ $table->{columns} }) . ') VALUES '
		  . Random::Generator::values_list($table, @rows) . "$on RETURNING $back") or return undef;
	return run($self, 'ROLLBACK TO s') if $self->{tx} && $kind eq 'savepoint' && chance(50);
	my %row = map { $_->{id} => $_ } @rows;
	for my $id (map { $_->[0] } @$rows)
	{
		$self->{tx_added}{$id} = 1;
		for my $slot (@{ $table->{slots} })
		{
			my $key = slot_key($slot, $row{$id});
			$self->{tx_took}{"$slot->{name}:$key"} = 1 if $key ne '';
		}
	}
	return $rows;
}

# One session: $n statements, and then what it did, in a file.
sub worker
{
	my ($self, $n, $file) = @_;
	$self->{dbh} = Random::Round::connect_db();
	$self->{next} = $self->{number} * 1_000_000;
	$self->{$_} = {} for 'added', 'removed', 'took', 'errors';
	$self->{bad} = [];
	run($self, "SET lock_timeout = '20s'");
	for (1 .. $n)
	{
		if (!$self->{tx} && chance(30)) { run($self, 'BEGIN'); $self->{tx} = 1; }
		my $kind = $self->{movers} ? pick(('insert') x 4, 'pk', 'slot', 'any', ('move') x 3, ('swap') x 2, 'shift', 'flag', 'delete', 'savepoint')
		  : pick(('insert') x 3, 'pk', 'slot', 'any', 'savepoint');
		my @rows = map { new_row($self, ++$self->{next}) } 1 .. pick(1, 1, 2);
		my $done = $kind =~ /^(move|swap|shift|flag|delete)$/ ? move($self, $kind, $rows[0]) : insert($self, $kind, @rows);
		if (!$done)
		{
			run($self, 'ROLLBACK') if $self->{tx};
			keep($self, 0);
		}
		elsif (!$self->{tx}) { keep($self, 1); }
		elsif (chance(40)) { end_transaction($self, chance(80)); }
	}
	end_transaction($self, 1) if $self->{tx};
	open my $out, '>', $file or die;
	for my $what ('added', 'removed', 'took') { print $out "$what $_\n" for keys %{ $self->{$what} }; }
	print $out "error $_ $self->{errors}{$_}\n" for keys %{ $self->{errors} };
	print $out 'bad ' . s/\n/ /gr . "\n" for @{ $self->{bad} };
	close $out;
	$self->{dbh}->disconnect;
}

# What the sessions have left must be what all of them together did.
sub judge
{
	my ($dbh, $table, $movers, $all) = @_;
	my (@bad, %held);
	my ($state) = Random::Round::read_state($dbh, $table);
	my $now = $state->{rows};
	for my $slot (@{ $table->{slots} })
	{
		for my $r (values %$now) { my $key = slot_key($slot, $r); $held{"$slot->{name}:$key"}++ if $key ne ''; }
	}
	push @bad, "slot $_ has $held{$_} holders" for grep { $held{$_} > 1 } keys %held;
	push @bad, "row $_ came from nowhere" for grep { !$all->{added}{$_} } keys %$now;
	push @bad, "row $_ was deleted and is there" for grep { $now->{$_} } keys %{ $all->{removed} };
	my $deletes = grep { $_->{policy} =~ /delete|orphan/ } @{ $table->{slots} };
	if (!$deletes)
	{
		push @bad, "row $_ is lost" for grep { !$now->{$_} && !$all->{removed}{$_} } keys %{ $all->{added} };
	}
	# movers set foreign keys to values, never to NULL
	if ($deletes && ($movers || @{ $table->{slots} } == 1))
	{
		for my $slot (grep { $_->{policy} =~ /delete|orphan/ } @{ $table->{slots} })
		{
			push @bad, "row $_ is an orphan" for grep { !defined $now->{$_}{ $slot->{column} } } keys %$now;
		}
	}
	if (!$movers && (!$deletes || @{ $table->{slots} } == 1))
	{
		push @bad, "slot $_ was taken and has no child" for grep { !$held{$_} } keys %{ $all->{took} };
	}
	# what the index says of the heap
	$dbh->do('CREATE EXTENSION IF NOT EXISTS amcheck');
	for my $slot ($table->{partitioned} ? () : @{ $table->{slots} })
	{
		$dbh->do("SELECT bt_index_check('$slot->{key_name}', true)") or push @bad, $dbh->errstr;
	}
	return @bad;
}

# Lets sessions run at once on a table; returns what is wrong, and the counts
# of what they did: rows and errors.
sub together
{
	my ($table, $seed, $workers, $movers, $n) = @_;
	my $dir = PostgreSQL::Test::Utils::tempdir();
	my (@pids, @bad, %all, %errors);
	my $admin = Random::Round::connect_db();
	$admin->do($_) for Random::Tables::empty_sql($table);
	$admin->disconnect;
	for my $number (1 .. $workers)
	{
		my $pid = fork // die;
		if (!$pid)
		{
			srand($seed * 31 + $number);
			eval { worker({ table => $table, number => $number, workers => $workers, movers => $movers }, $n, "$dir/$number"); };
			print STDERR $@ if $@;
			POSIX::_exit(0);
		}
		push @pids, $pid;
	}
	waitpid $_, 0 for @pids;
	for my $number (1 .. $workers)
	{
		open my $in, '<', "$dir/$number" or do { push @bad, "session $number did not end"; next; };
		while (<$in>)
		{
			$all{$1}{$2} = 1 if /^(added|removed|took) (\S+)/;
			$errors{$1} += $2 if /^error (.+) (\d+)/;
			push @bad, $1 if /^bad (.*)/;
		}
	}
	# sessions that take one slot each can't deadlock, nor fail
	if (!$movers && !grep { $_->{policy} eq 'restrict' || (@{ $table->{slots} } > 1 && $_->{required}) } @{ $table->{slots} })
	{
		push @bad, map {"$errors{$_} errors $_"} grep { $_ ne $OTHER_KEY } keys %errors;
	}
	my $dbh = Random::Round::connect_db();
	push @bad, judge($dbh, $table, $movers, \%all);
	$dbh->disconnect;
	return (\@bad, scalar keys %{ $all{added} }, \%errors);
}

1;
