# One round of t/random.pl: statements on a table of its own from a fresh state,
# compared with the model after each.
package Random::Round;

use strict;
use warnings;

use DBI;
use Random::Generator;
use Random::Model;
use Random::State qw(copy_state distinct_states show_state);
use Random::Tables;

our %seen;    # how often each kind ran, and each error was met

my $node;

# Which server the rounds run on.
sub use_node { ($node) = @_; }

sub connect_db
{
	my $dbh = DBI->connect(
		'dbi:Pg:dbname=postgres;host=' . $node->host . ';port=' . $node->port,
		$ENV{PGUSER} // scalar getpwuid($<), '', { PrintError => 0, PrintWarn => 0, RaiseError => 0, AutoCommit => 1 });
	die $DBI::errstr unless $dbh;
	# rows are written in physical order, which the model reads from the table
	$dbh->do($_) for 'SET enable_indexscan = off', 'SET enable_bitmapscan = off',
	  'SET client_min_messages = error', 'SET synchronize_seqscans = off';
	return $dbh;
}

# Runs SQL past the driver's own idea of a transaction; the statement handle, or nothing.
sub run_sql
{
	my ($dbh, $sql) = @_;
	my $sth = $dbh->prepare($sql, { pg_server_prepare => 0, pg_direct => 1 });
	return $sth->execute ? $sth : undef;
}

# The state of the table, and the ids of its rows in physical order.
sub read_state
{
	my ($dbh, $table) = @_;
	my @columns = @{ $table->{columns} };
	my $rows = $dbh->selectall_arrayref('SELECT ' . join(', ', @columns) . " FROM $table->{name} ORDER BY tableoid, ctid", { Slice => {} });
	return (undef, [ 'cannot read: ' . $dbh->errstr ]) unless $rows;
	my (%s, @order);
	for my $row (@$rows)
	{
		die "two rows with id $row->{id}" if $s{ $row->{id} };
		$row->{t} //= 1;
		$s{ $row->{id} } = $row;
		push @order, $row->{id};
	}
	my $state = { rows => \%s, parents => {}, others => {} };
	for my $slot ($table->{actions} ? @{ $table->{slots} } : ())
	{
		my $key = join " || '/' || ", $table->{tenant} ? 't' : (), 'id';
		my $keys = $dbh->selectcol_arrayref("SELECT $key FROM $slot->{parent} ORDER BY ctid");
		my $n = 0;
		$state->{parents}{ $slot->{name} } = { map { $_ => ++$n } @$keys };
	}
	$state->{others} = { map {@$_} @{ $dbh->selectall_arrayref("SELECT id, a FROM $table->{name}_others") } } if $table->{others};
	return ($state, \@order);
}

sub copy_in
{
	my ($dbh, $op, $log) = @_;
	push @$log, "$op->{sql};\n" . join('', @{ $op->{copy} }) . '\\.';
	my $ok = $dbh->do($op->{sql});
	if ($ok)
	{
		for my $line (@{ $op->{copy} }) { $ok = $dbh->pg_putcopydata($line) or last; }
		$ok = $dbh->pg_putcopyend();
	}
	return $ok ? ('', []) : ($dbh->state, [], $dbh->errstr);
}

# Runs one statement; returns (SQLSTATE or '', rows of RETURNING, message).
sub execute
{
	my ($dbh, $op, $log) = @_;
	my $sql = $op->{sql};
	my $form = $op->{form};
	return copy_in($dbh, $op, $log) if $op->{copy};
	if ($form eq 'do') { $sql = "DO \$x\$ BEGIN $sql; END \$x\$"; }
	elsif ($form eq 'run') { $sql = "SELECT run(\$x\$$sql\$x\$)"; }
	elsif ($form eq 'sqlfunc' || $form eq 'prepare')
	{
		$sql = $form eq 'prepare' ? "PREPARE q AS $sql"
		  : "CREATE OR REPLACE FUNCTION pg_temp.f() RETURNS void LANGUAGE sql AS \$x\$$sql\$x\$";
		push @$log, "$sql;";
		$dbh->do($sql) or return ($dbh->state, [], $dbh->errstr);
		$sql = $form eq 'prepare' ? 'EXECUTE q' : 'SELECT pg_temp.f()';
	}
	push @$log, "$sql;";
	my $sth = $dbh->prepare($sql, { pg_server_prepare => 0, pg_direct => 1 });
	my $ok = $sth->execute;
	my ($state, $message) = ($dbh->state, $dbh->errstr);
	my $rows = $ok && ($op->{returning} || $op->{exact}) ? $sth->fetchall_arrayref : [];
	$sth->finish;
	$dbh->do('DEALLOCATE q') if $form eq 'prepare' && $ok;
	return $ok ? ('', $rows) : ($state, [], $message);
}

# An empty table gets four rows that hold all slots of their parents.
sub fill
{
	my ($self) = @_;
	my $table = $self->{table};
	my @rows = map {
		my $id = $_;
		{ id => $id, t => $table->{partitioned} || $table->{actions} ? 1 + $id % 2 : 1, code => undef, v => 0,
			map { $_->{name} => $_->{kind} eq 'fk' ? $id : $_->{kind} eq 'g' ? undef : 1 } @{ $table->{assignable} } }
	} 1 .. 4;
	for my $sql (Random::Tables::empty_sql($table),
		"INSERT INTO $table->{name} (" . join(', ', @{ $table->{columns} }) . ') VALUES ' . Random::Generator::values_list($table, @rows))
	{
		push @{ $self->{log} }, "$sql;";
		$self->{dbh}->do($sql) or return $self->{dbh}->errstr;
	}
	(my $state, $self->{order}) = read_state($self->{dbh}, $table);
	$self->{states} = [$state];
	return undef;
}

# Compares the table with the states that are expected, and goes on with those
# that look like it: which of them it is may only be seen at COMMIT.  Returns
# undef or the difference.
sub check
{
	my ($self, @expected) = @_;
	my $table = $self->{table};
	my ($real, $order) = read_state($self->{dbh}, $table);
	return $order->[0] unless $real;
	$self->{order} = $order;
	my $got = show_state($table, $real);
	for my $e (@expected)
	{
		my $rows = $e->{rows};
		for my $r (values %$rows) { delete $rows->{ $r->{id} } if delete $r->{may_be_gone} && !$real->{rows}{ $r->{id} }; }
	}
	my @same = grep { show_state($table, $_) eq $got } @expected;
	if (@same)
	{
		$self->{states} = [ distinct_states(map { { %$_, parents => $real->{parents} } } @same) ];
		return undef;
	}
	my %shown = map { show_state($table, $_) => 1 } @expected;
	return "state:    $got\nexpected: " . join("\n      or: ", sort keys %shown);
}

sub copy_states { my ($self) = @_; return [ map { copy_state($_) } @{ $self->{states} } ]; }

# BEGIN, COMMIT, savepoints, a new session.
sub control
{
	my ($self, $kind) = @_;
	my $saves = $self->{saves};
	my $sql;
	if ($kind eq 'reconnect')
	{
		return undef if $self->{tx};
		$self->{dbh}->disconnect;
		$self->{dbh} = connect_db();
		push @{ $self->{log} }, '\c';
		return undef;
	}
	if ($kind eq 'begin')
	{
		return undef if $self->{tx};
		$sql = 'BEGIN';
		%$self = (%$self, tx => 1, tx_start => copy_states($self), saves => [], immediate => 0);
	}
	elsif (!$self->{tx}) { return undef; }
	elsif ($kind eq 'commit')
	{
		$sql = 'COMMIT';
		$self->{tx} = 0;
		Random::Model::collect_orphans($self->{table}, $_) for @{ $self->{states} };
	}
	elsif ($kind eq 'rollback') { $sql = 'ROLLBACK'; %$self = (%$self, tx => 0, states => $self->{tx_start}); }
	elsif ($kind eq 'savepoint')
	{
		return undef if @$saves > 3;
		$sql = 'SAVEPOINT s' . @$saves;
		push @$saves, [ copy_states($self), $self->{immediate} ];
	}
	elsif ($kind eq 'rollback_to')
	{
		return undef unless @$saves;
		$sql = 'ROLLBACK TO s' . $#$saves;
		%$self = (%$self, states => [ map { copy_state($_) } @{ $saves->[-1][0] } ], immediate => $saves->[-1][1]);
	}
	elsif ($kind eq 'release') { return undef unless @$saves; $sql = 'RELEASE s' . $#$saves; pop @$saves; }
	else
	{
		$sql = 'SET CONSTRAINTS ALL IMMEDIATE';
		$self->{immediate} = 1;
		Random::Model::collect_orphans($self->{table}, $_) for @{ $self->{states} };
	}
	push @{ $self->{log} }, "$sql;";
	run_sql($self->{dbh}, $sql) or return "$sql: " . $self->{dbh}->state . ' ' . $self->{dbh}->errstr;
	my $bad = check($self, @{ $self->{states} });
	return $bad ? "after $sql\n$bad" : undef;
}

# SQL beside the statement under test, which must pass.
sub say_sql
{
	my ($self, $sql) = @_;
	push @{ $self->{log} }, "$sql;";
	run_sql($self->{dbh}, $sql) or die "$sql: " . $self->{dbh}->errstr;
}

# The statement has failed: nothing may be changed.
sub after_error
{
	my ($self, $op, $guard) = @_;
	if ($guard) { say_sql($self, 'ROLLBACK TO guard'); }
	elsif ($self->{tx})
	{
		say_sql($self, 'ROLLBACK');
		%$self = (%$self, tx => 0, states => $self->{tx_start});
	}
	say_sql($self, 'RESET relmap.replacement') if $op->{off};
	say_sql($self, 'DEALLOCATE ALL') if $op->{form} eq 'prepare';
	my $bad = check($self, @{ $self->{states} });
	return $bad ? "after an error\n$bad" : undef;
}

# What RETURNING showed must be what the model says, and what the table has.
sub check_returning
{
	my ($self, $op, $rows, @ok) = @_;
	my $got = join ' ', sort map {"$_->[0]:$_->[1]"} @$rows;
	my %want = map { join(' ', sort @{ $_->{shown} }) => 1 } @ok;
	return "RETURNING id:v was $got\nexpected " . join("\n      or ", sort keys %want) if $op->{returning} && !$want{$got};
	# (a row that replaces one may have its id)
	my %last = map { $_->[0] => $_ } @$rows;
	for my $row ($op->{exact} ? values %last : ())
	{
		my ($id, $v, @shown) = @$row;
		my $now = $self->{states}[0]{rows}{$id} or next;
		for my $column (@{ $op->{exact} })
		{
			my $value = shift @shown;
			next if ($value // '-') eq ($now->{$column} // '-');
			return "RETURNING showed row $id with $column " . ($value // 'NULL') . ', the table has ' . ($now->{$column} // 'NULL');
		}
	}
	return undef;
}

# One statement under test.
sub statement
{
	my ($self, $op) = @_;
	my $table = $self->{table};
	my @states = @{ $self->{states} };
	my $guard = $self->{tx} && $op->{guard};
	say_sql($self, 'SAVEPOINT guard') if $guard;
	say_sql($self, 'SET relmap.replacement = off') if $op->{off};
	my $resolved = Random::Generator::resolve($table, $op, $states[0]);
	my $before = show_state($table, $states[0]);
	my (@ok, %err);
	for my $from (@states)
	{
		my ($ok, $err) = Random::Model::outcomes($table, $from, $resolved, $self->{order});
		push @ok, @$ok;
		%err = (%err, %$err);
	}
	my ($state, $rows, $message) = execute($self->{dbh}, $op, $self->{log});
	if ($state ne '')
	{
		$seen{"error $state"}++;
		$message =~ s/\n.*//s;
		return "$state: $message\nallowed: " . (join(' ', sort keys %err) || 'no error') . "\nstate was: $before"
		  . (@ok ? "\nexpected: " . show_state($table, $ok[0]{state}) : '')
		  unless $err{$state};
		return after_error($self, $op, $guard);
	}
	say_sql($self, 'RESET relmap.replacement') if $op->{off};
	say_sql($self, 'RELEASE guard') if $guard;
	return "no error, but one of these was due: " . join(' ', sort keys %err) . "\nstate was: $before" unless @ok;
	for my $x (@ok) { Random::Model::collect_orphans($table, $x->{state}) if !$self->{tx} || $self->{immediate}; }
	my $bad = check($self, map { $_->{state} } @ok) // check_returning($self, $op, $rows, @ok);
	return $bad ? "$bad\nstate was: $before" : undef;
}

# Plays the given ops, or $n random ones, on a fresh table; returns undef or
# what went wrong, and fills @$ops and @$log.
sub play
{
	my ($table, $ops, $n, $log) = @_;
	my $self = { table => $table, dbh => connect_db(), log => $log, tx => 0, saves => [] };
	my $replay = @$ops;
	my $bad = fill($self);
	for (my $i = 0; !$bad && $i < ($replay ? @$ops : $n); $i++)
	{
		push @$ops, Random::Generator::random_op($table, $self->{states}[0]) unless $replay;
		my $op = $ops->[$i];
		$seen{ $op->{kind} }++;
		$bad = $op->{control} ? control($self, $op->{kind}) : statement($self, $op);
	}
	$bad = control($self, 'commit') unless $bad;
	$self->{dbh}->disconnect;
	return $bad;
}

1;
