# The model of t/random.pl: what the contract promises of a statement, and
# nothing of how it is done.
#
# The rows of a statement are written one after the other; a row that takes a
# slot makes the row that has it leave: now, or, if it is updated and others are,
# when all are written, unless it has lost the slot to another one by then.
package Random::Model;

use strict;
use warnings;

use Random::Actions;
use Random::State qw(copy_rows copy_state parent_key slot_key is_released);
use Random::Tables;

# The row that holds a slot, other than $not, which has not lost it in statement
# $x, and does not wait for it.
sub holder
{
	my ($x, $s, $slot, $key, $not) = @_;
	return undef if $key eq '';
	for my $r (values %$s)
	{
		next if $r == ($not // 0) || ($x && ($x->{lost}{ $r->{id} }{ $slot->{name} } || $x->{waits}{ $r->{id} }{ $slot->{name} }));
		return $r if slot_key($slot, $r) eq $key;
	}
	return undef;
}

# The rows that wait for a slot, in their order.
sub waiting
{
	my ($x, $slot, $key, $not) = @_;
	return () if $key eq '';
	return grep { $_ && $_ != ($not // 0) && $x->{waits}{ $_->{id} }{ $slot->{name} } && slot_key($slot, $_) eq $key } map { $x->{s}{$_} } @{ $x->{waiting} };
}

sub by_code
{
	my ($s, $code, $not) = @_;
	return undef unless defined $code;
	for my $r (values %$s) { return $r if defined $r->{code} && $r->{code} == $code && $r != ($not // 0); }
	return undef;
}

# One statement: $x->{s} the state, $x->{off} replacement off, $x->{later} ids
# still to be written, $x->{may} errors that the contract allows, die { code }
# where it asks for one, or any of $x->{or} in its place.
sub must { my ($x, @codes) = @_; die { map({ $_ => 1 } @codes), %{ $x->{may} }, %{ $x->{or} // {} } }; }
sub may { my ($x, @codes) = @_; $x->{may}{$_} = 1 for @codes; }

# Would a RETURNING list show what the slot's holder has to lose?
sub shows
{
	my ($x, $node, $slot) = @_;
	my $shown = $x->{shows}[ $node // 0 ] or return 0;
	return 2 if grep { $shown->{$_} } keys %{ $slot->{leave} };
	my @others = (@{ $slot->{fk} }, @{ $slot->{keys} }, $slot->{condition} ? $slot->{condition}{column} : ());
	return scalar grep { $shown->{$_} } @others;
}

# Is this an upsert that would have to delete replaced rows, and has several?
# Row $r, if it is updated, can wait until all are written where a key can be NULL.
sub deletes_in_upsert
{
	my ($x, $slot, $r) = @_;
	return $slot->{at_once} && (!@{ $slot->{keys} } || $r->{new}) && $x->{upsert} && $x->{action} ne 'nothing' && $x->{n} > 1;
}

# Does the slot refuse newcomers?
sub refuses { my ($x, $slot) = @_; return $x->{off} || $slot->{policy} eq 'restrict'; }

# Does row $r get what it takes when all rows are written?  A row that is deleted
# for it keeps its place in other unique keys until then.
sub waits_for_end
{
	my ($x, $r, @slots) = @_;
	return !$r->{new} && $x->{n} > 1 && !grep { $_->{at_once} && !@{ $_->{keys} } } @slots;
}

# Is there a row that is yet to be deleted, and has the id or the code of $new?
sub still_has_key
{
	my ($x, $new) = @_;
	return grep { $_->{id} == $new->{id} || (defined $_->{code} && defined $new->{code} && $_->{code} == $new->{code}) } values %{ $x->{leaving} };
}

# Row $h, which is written, leaves slots, for row $r: it is changed once.
sub leave
{
	my ($x, $h, $r, @slots) = @_;
	my $at_once = grep { $_->{at_once} } @slots;
	if ($x->{table}{guarded} && !$at_once && !grep { exists $_->{leave}{v} } @slots)
	{
		may($x, '23505', '27000');
		# one that waits for its slots, and loses them, may be so already
		must($x, '23505', '27000') unless $x->{updated}{ $h->{id} };
	}
	if ($at_once)
	{
		$x->{leaving}{ $h->{id} } = $h if waits_for_end($x, $r, @slots);
		release($x, $_, $h) for owning($x->{table});
		delete $x->{s}{ $h->{id} };
		delete $x->{$_}{ $h->{id} } for 'lost', 'waits';
		return;
	}
	my $was = {%$h};
	for my $slot (@slots)
	{
		for my $column (keys %{ $slot->{leave} })
		{
			my $to = $slot->{leave}{$column};
			$h->{$column} = ref $to ? $to->($was) : $to;
		}
	}
	for my $slot (@slots)
	{
		my $key = slot_key($slot, $was);
		must($x, '27000') if $key ne '' && slot_key($slot, $h) eq $key;
		next unless is_released($slot, $h);
		# one that had no parent when the statement began may count as released or not
		my $had = $x->{start}{ $h->{id} };
		my $sure = !$had || !is_released($slot, $had) || !$x->{updated}{ $h->{id} } || ($h->{orphan}{ $slot->{name} } // 0) == 1;
		$h->{orphan}{ $slot->{name} } = $sure ? 1 : 2;
	}
}

# Row $r takes slots that $h has.
sub replace
{
	my ($x, $r, $h, $node, @slots) = @_;
	my $at_once = grep { $_->{at_once} } @slots;
	# where others refer to the key no row may be without for a moment
	may($x, '27000', $x->{upsert} ? '21000' : ()) if $x->{table}{others};
	# what RETURNING has shown as the holder
	if (exists $x->{written}{ $h->{id} })
	{
		my @shown = map { shows($x, $x->{written}{ $h->{id} }, $_) } @slots;
		must($x, '27000') if grep { $_ == 2 } @shown;
		# a row that is deleted leaves its other slots as well
		push @shown, map { shows($x, $x->{written}{ $h->{id} }, $_) } @{ $x->{table}{slots} } if $at_once;
		may($x, '27000') if grep { $_ } @shown;
	}
	# a later line might insert it anew
	my @deleting = grep { deletes_in_upsert($x, $_, $r) } @slots;
	must($x, '21000') if grep { !@{ $_->{keys} } } @deleting;
	# where a list is shown it may not wait for that
	may($x, '21000') if @deleting && @{ $x->{shows} };
	my $waits = !$r->{new} && !grep { $_->{at_once} && !@{ $_->{keys} } } @slots;
	my $at_end = waits_for_end($x, $r, @slots);
	$x->{can_wait} = 1 if $at_end;
	# the second update of a row that waits is dropped, or the only one of its holder
	may($x, '27000', @{ $x->{shows} } ? '23505' : ()) if $x->{table}{guarded} && !$r->{new} && $x->{n} > 1;
	if (!$x->{later}{ $h->{id} }) { return $at_end && $x->{late} ? let_wait($x, $r, @slots) : leave($x, $h, $r, @slots); }

	# the statement needs a moment in which a row has no parent; where nothing
	# is done to rows that are there, a deleted one may be inserted anew
	# (the error comes with the deleted row's turn; others may come before)
	must($x, '27000', '23502', '23505') if $at_once && !$waits && !$x->{actions} && ($x->{upsert} // '') eq '';
	if ($r->{new})
	{
		# a later line or node that writes it fails; a clause may not find it any more
		may($x, '27000', '21000');
		return leave($x, $h, $r, @slots);
	}
	# RETURNING shows the key of a row that is written without it first; not what a list
	# sets, nor what a trigger may set
	may($x, '27000', '21000') if grep { !$_->{plain} && shows($x, $node, $_) } @slots;
	may($x, '27000', '21000') if $x->{table}{stamped} && @{ $x->{shows} };
	# it leaves when it has been written itself
	return leave($x, $h, $r, @slots) if $at_once && !$waits;
	return let_wait($x, $r, @slots) if $x->{late};
	$x->{lost}{ $h->{id} }{ $_->{name} } = $r for @slots;
}

# Row $r has some slots when all rows are written.
sub let_wait
{
	my ($x, $r, @slots) = @_;
	for my $slot (@slots)
	{
		# one that loses it has been shown with it
		may($x, '27000') if grep { exists $x->{written}{ $_->{id} } && shows($x, $x->{written}{ $_->{id} }, $slot) } waiting($x, $slot, slot_key($slot, $r), $r);
	}
	push @{ $x->{waiting} }, $r->{id} unless grep { $_ == $r->{id} } @{ $x->{waiting} };
	$x->{begun}{$_} = $x->{waits}{ $r->{id} }{$_} = 1 for map { $_->{name} } @slots;
}

# All rows are written: those that wait get their slots, in their order.
sub give
{
	my ($x) = @_;
	for my $id (@{ $x->{waiting} })
	{
		my $r = $x->{s}{$id} or next;
		my %holder;
		my @mine = grep { $x->{waits}{$id}{ $_->{name} } && slot_key($_, $r) ne '' } @{ $x->{table}{slots} };
		must($x, '27000') if @mine && $x->{table}{guarded};
		for my $slot (@mine)
		{
			my $h = holder($x, $x->{s}, $slot, slot_key($slot, $r), $r) or next;
			# or RETURNING would have shown one that is refused
			must($x, '23505', @{ $x->{shows} } ? '27000' : ()) if $slot->{policy} eq 'restrict';
			push @{ $holder{ $h->{id} } }, $slot;
		}
		delete $x->{waits}{$id};
		for my $h (map { $x->{s}{$_} } sort { $a <=> $b } keys %holder)
		{
			my @wanted = grep { $_->{policy} eq 'delete' && $x->{waits}{ $h->{id} }{ $_->{name} } && slot_key($_, $h) ne '' } @{ $x->{table}{slots} };
			leave($x, $h, $r, @{ $holder{ $h->{id} } });
			# it would be deleted for what nobody has taken from it
			may($x, '27000') if grep { is_released($_, $h) } @wanted;
		}
	}
}

# Row $r, as it is now, takes slots that it did not hold as $found.
sub take_slots
{
	my ($x, $r, $found, $node) = @_;
	my (%replace, %ahead, @refuse);
	for my $slot (@{ $x->{table}{slots} })
	{
		my $key = slot_key($slot, $r);
		next if $key eq '' || ($found && $key eq slot_key($slot, $found));
		my $h = holder($x, $x->{s}, $slot, $key, $r);
		# it comes after those that wait for this slot, or before them
		if ($x->{begun}{ $slot->{name} } && waits_for_end($x, $r, $slot)) { let_wait($x, $r, $slot); }
		elsif (!refuses($x, $slot)) { push @{ $ahead{ $_->{id} } }, $slot for waiting($x, $slot, $key, $r); }
		next unless $h;
		if (!refuses($x, $slot)) { push @{ $replace{ $h->{id} } }, $slot; }
		elsif ($slot->{deferrable}) { next; }
		elsif (!$slot->{checked_at_end} || $x->{off}) { push @refuse, [ $slot, $h->{id} ]; }
		else
		{
			let_wait($x, $r, $slot) if $x->{late} && $found && $slot->{parks};
			# it parks, or would have to, and is refused when all are written
			push @refuse, [ $slot, $h->{id} ] if !$x->{later}{ $h->{id} } && !($found && $slot->{parks});
			may($x, '23505', '27000') if !$found || !$slot->{parks} || shows($x, $node, $slot);
		}
	}
	# which of several objections comes first is not said
	local $x->{or} = { @refuse && %replace ? ('23505' => 1) : () };
	may($x, '27000') if keys %replace > 1 && @{ $x->{shows} } && grep { exists $x->{written}{$_} } keys %replace;
	# a row that is deleted leaves all its slots by that
	my %at_once = map { my $id = $_; $id => scalar grep { $_->{at_once} } @{ $replace{$id} } } keys %replace;
	for my $id (sort { $at_once{$b} <=> $at_once{$a} || $a <=> $b } keys %replace)
	{
		my $h = $x->{s}{$id} or next;
		replace($x, $r, $h, $node, @{ $replace{$id} });
	}
	for my $id (grep { $ahead{$_} } @{ $x->{waiting} })
	{
		my $h = $x->{s}{$id} or next;
		my @lost = grep { slot_key($_, $h) eq slot_key($_, $r) } @{ $ahead{$id} };
		delete @{ $x->{waits}{$id} }{ map { $_->{name} } @lost };
		next unless @lost;
		my %lost = map { $_->{name} => 1 } @lost;
		my @others = grep { $_->{policy} eq 'delete' && !$lost{ $_->{name} } && slot_key($_, $h) ne '' } @{ $x->{table}{slots} };
		replace($x, $r, $h, $node, @lost);
		# it would be deleted for what nobody has taken from it
		may($x, '27000') if grep { is_released($_, $h) } @others;
	}
	# one that was replaced in another slot may have left this one by that
	for (@refuse)
	{
		my ($slot, $id) = @$_;
		my $h = $x->{s}{$id} or next;
		# what an action sets may have no parent either
		must($x, '23505', $x->{actions} ? '23503' : (), @{ $x->{shows} } ? '27000' : ()) if slot_key($slot, $h) eq slot_key($slot, $r);
	}
}

# NOT NULL is checked when all triggers have fired, which may object before.
sub check_not_null
{
	my ($x, $row) = @_;
	my @slots = @{ $x->{table}{slots} };
	for my $slot (@slots)
	{
		must($x, '23502', @slots > 1 ? ('21000', '23505', '27000') : ()) if $slot->{required} && !defined $row->{ $slot->{column} };
	}
}

# UPDATE of row $id to the values %$set; false if the table's own trigger drops it.
sub update_row
{
	my ($x, $id, $set, $node) = @_;
	my $r = $x->{s}{$id} or return 1;
	return 0 if $x->{table}{guarded} && ($set->{v} // $r->{v}) == $r->{v};
	my $lost = $x->{lost}{$id} // {};
	delete $x->{lost}{$id};
	$x->{updated}{$id} = 1;
	# unchanged is what the statement found: a row that lost a slot meanwhile leaves it
	my $found = $x->{start}{$id};
	my $new = { %$found, %$set };
	my @leaves;
	check_not_null($x, $new);
	$r->{$_} = $set->{$_} for keys %$set;
	for my $slot (@{ $x->{table}{slots} })
	{
		my ($was, $key) = map { slot_key($slot, $_) } $found, $new;
		$r->{orphan}{ $slot->{name} } = 1
		  if $slot->{policy} eq 'orphan' && !is_released($slot, $found) && is_released($slot, $new);
		# it has had a parent since it was replaced
		delete $r->{orphan}{ $slot->{name} } if is_released($slot, $found) && !is_released($slot, $new);
		if ($key ne $was)
		{
			next if $key eq '';
			$r->{$_} = $new->{$_} for grep { $_ ne 't' || $x->{table}{tenant} } @{ $slot->{fk} }, @{ $slot->{keys} }, $slot->{condition} ? $slot->{condition}{column} : ();
			# it has had a parent since it was replaced
			delete $r->{orphan}{ $slot->{name} };
		}
		elsif ($lost->{ $slot->{name} })
		{
			# it would be shown with what it keeps until all are written
			may($x, '27000') if shows($x, $node, $slot);
			push @leaves, $slot;
		}
	}
	leave($x, $r, $lost->{ $leaves[0]{name} }, @leaves) if @leaves;
	return 1 unless $x->{s}{$id};
	my $same_code = exists $set->{code} && by_code($x->{s}, $set->{code}, $r);
	take_slots($x, $r, $found, $node);
	# a replaced row that is deleted at once makes room
	must($x, '23505') if $same_code && $x->{s}{ $same_code->{id} };
	$x->{written}{$id} = $node // 0;
	return 1;
}

# INSERT of a row, with an ON CONFLICT clause by id, code, a slot, or any key.
sub insert_row
{
	my ($x, $new, $clause, $action, $node) = @_;
	my $s = $x->{s};
	my @slots = @{ $x->{table}{slots} };
	my $row = { %$new, new => 1 };
	# constraints come before conflicts
	check_not_null($x, $new);
	my $same_id = $s->{ $new->{id} };
	my $same_code = by_code($s, $new->{code});
	my %held = map { $_->{name} => (waiting($x, $_, slot_key($_, $new)))[0] // holder($x, $s, $_, slot_key($_, $new)) } @slots;
	my ($any_held) = grep { $_ } map { $held{ $_->{name} } } @slots;
	my $hit = $clause eq 'id' ? $same_id
	  : $clause eq 'code' ? $same_code
	  : $clause eq 'any' ? ($same_id // $same_code // $any_held)
	  : $clause ne '' ? $held{$clause} : undef;
	if ($hit)
	{
		return if $action eq 'nothing';
		must($x, '21000') if exists $x->{written}{ $hit->{id} };
		may($x, '21000', '27000') if $x->{taken_at_once}{ $hit->{id} };
		my %set = map { $_ => $new->{$_} } split /,/, $action;
		update_row($x, $hit->{id}, \%set, $node) or return;
		push @{ $x->{shown} }, "$hit->{id}:" . ($set{v} // $x->{start}{ $hit->{id} }{v});
		return;
	}
	for my $slot (@slots)
	{
		# relmap refuses before the index does
		my $held = $held{ $slot->{name} } or next;
		may($x, '21000') if deletes_in_upsert($x, $slot, { new => 1 });
		may($x, '27000') if exists $x->{written}{ $held->{id} } && shows($x, $x->{written}{ $held->{id} }, $slot);
	}
	for my $slot (@slots)
	{
		# a new row takes the parent of a row that a later line moves
		my $found = holder(undef, $x->{start}, $slot, slot_key($slot, $new));
		may($x, '21000', '27000') if $found && $x->{later}{ $found->{id} };
		$x->{taken_at_once}{ $held{ $slot->{name} }{id} } = 1 if $held{ $slot->{name} } && !refuses($x, $slot);
	}
	take_slots($x, $row, undef, $node);
	# a replaced row that is deleted at once makes room for its own keys
	must($x, '23505') if still_has_key($x, $new) || grep { $_ && $s->{ $_->{id} } } $same_id, $same_code;
	delete $row->{new};
	$s->{ $new->{id} } = $row;
	$x->{inserted}{ $new->{id} } = 1;
	$x->{written}{ $new->{id} } = $node // 0;
	push @{ $x->{shown} }, "$new->{id}:$new->{v}";
}

# The slots whose rows own their parents.
sub owning { return grep { $_->{owns} } @{ $_[0]{slots} }; }

# Row $r is deleted: it had one parent when the statement began, and may have
# come to another one since.
sub release
{
	my ($x, $slot, $r) = @_;
	my $key = parent_key($slot, $r);
	$x->{deleted}{ $slot->{name} }{$key} = 1 if $key ne '';
	$x->{seen_deleted}{ $r->{id} } = 1;
}

# The parents that rows have let go of, from the state at the start: those of
# deleted rows go now, the others at COMMIT, if nobody has them.
sub release_parents
{
	my ($x, $moved) = @_;
	for my $slot (owning($x->{table}))
	{
		my $parents = $x->{state}{parents}{ $slot->{name} };
		my $released = $x->{state}{released}{ $slot->{name} } //= {};
		# not those whose key another row has got meanwhile
		for my $key (keys %$released) { delete $released->{$key} if !$parents->{$key} || ($moved && ($moved->{ $slot->{name} }{$key} // 0) == 99); }
		for my $was (values %{ $x->{start} })
		{
			my $key = parent_key($slot, $was);
			my $now = $x->{s}{ $was->{id} };
			next if $key eq '' || ($now && !$x->{seen_deleted}{ $was->{id} } && parent_key($slot, $now) eq $key);
			next if $moved && ($moved->{ $slot->{name} }{$key} // 99) == 99;
			if ($now || $x->{seen_deleted}{ $was->{id} }) { $released->{$key} = 1 if $parents->{$key}; }
			else { $x->{deleted}{ $slot->{name} }{$key} = 1; }
		}
		my %held = map { parent_key($slot, $_) => 1 } values %{ $x->{s} };
		delete $parents->{$_} for grep { !$held{$_} } keys %{ $x->{deleted}{ $slot->{name} } // {} };
		delete $released->{$_} for grep { !$parents->{$_} } keys %$released;
	}
}

# When all rows are written: foreign keys, and constraints that are checked now.
sub check_at_end
{
	my ($x) = @_;
	my %due;
	for my $slot (@{ $x->{table}{slots} })
	{
		my %seen;
		for my $r (values %{ $x->{s} })
		{
			my $key = slot_key($slot, $r);
			# an orphan may be gone by then
			if ($slot->{deferrable} && %{ $r->{orphan} // {} }) { may($x, '23505'); }
			elsif ($key ne '' && $seen{$key}++) { $due{'23505'} = 1; }
			my $parents = $x->{state}{parents}{ $slot->{name} };
			my $parent = parent_key($slot, $r);
			$due{'23503'} = 1 if $parent ne '' && ($parents ? !$parents->{$parent} : $r->{ $slot->{column} } > $Random::Tables::PARENTS);
		}
	}
	%due = (%due, Random::Actions::follow($x->{table}, $x->{start}, $x->{s}, $x->{state}{others}, $x->{inserted}));
	must($x, keys %due) if %due;
}

# All permutations of up to four things.
sub permutations
{
	my @l = @_;
	return ([@l]) if @l < 2;
	my @all;
	for my $i (0 .. $#l)
	{
		my @rest = @l;
		my ($x) = splice @rest, $i, 1;
		push @all, [ $x, @$_ ] for permutations(@rest);
	}
	return @all;
}

# The ids of rows that a statement is still to write, before it begins.
sub rows_to_write
{
	my ($table, $s, $op, @parts) = @_;
	my $clause = $op->{clause} // '';
	my ($slot) = grep { $_->{name} eq $clause } @{ $table->{slots} };
	my %later;
	for my $part (@parts)
	{
		next if $part->{kind} eq 'insert' && ($clause eq '' || $op->{action} eq 'nothing');
		$later{ $part->{id} } = 1 if $part->{kind} ne 'insert' || $clause eq 'id';
		my $row = $part->{row} or next;
		my $hit = $clause eq 'code' ? by_code($s, $row->{code}) : $slot ? holder(undef, $s, $slot, slot_key($slot, $row)) : undef;
		$later{ $hit->{id} } = 1 if $hit;
	}
	return \%later;
}

# The rows of a statement, in one order.
sub run
{
	my ($x, $op, @parts) = @_;
	my $s = $x->{start};
	for my $i (0 .. $#parts)
	{
		my $part = $parts[$i];
		$x->{later} = rows_to_write($x->{table}, $s, $op, @parts[ $i + 1 .. $#parts ]);
		if ($part->{kind} eq 'insert')
		{
			# a merge's insert finds rows that the statement has still to write
			for my $slot ($op->{mixed} ? @{ $x->{table}{slots} } : ())
			{
				my $h = holder(undef, $s, $slot, slot_key($slot, $part->{row}));
				may($x, '27000', '21000') if $h && grep { $_->{id} == $h->{id} } @parts;
			}
			insert_row($x, $part->{row}, $op->{clause} // '', $op->{action} // '', $part->{node});
		}
		elsif ($part->{kind} eq 'update')
		{
			# only rows that the statement's snapshot has
			next unless $s->{ $part->{id} };
			update_row($x, $part->{id}, $part->{set}, $part->{node}) or next;
			push @{ $x->{shown} }, "$part->{id}:" . ($part->{set}{v} // $s->{ $part->{id} }{v});
		}
		else
		{
			delete $x->{s}{ $part->{id} };
		}
	}
	give($x);
	# rows that the statement has then not written
	for my $id (keys %{ $x->{lost} })
	{
		my $lost = $x->{lost}{$id};
		my @slots = grep { $lost->{ $_->{name} } } @{ $x->{table}{slots} };
		leave($x, $x->{s}{$id}, $lost->{ $slots[0]{name} }, @slots) if @slots && $x->{s}{$id};
	}
	%{ $x->{state}{others} } = (%{ $x->{state}{others} }, %{ $op->{refer} }) if $op->{refer};
	must($x, '23505') if $op->{duplicate};
	$x->{state}{parents} = { %{ $x->{state}{parents} }, %{ $op->{parents} } } if $op->{parents};
	check_at_end($x);
	release_parents($x, $op->{parents});
}

# Rows that get their slots at the end may never have replaced whom they would
# have replaced, if they lose them to others; and those that they lose them to may
# be gone by then.  Are the holders of rows $late those of $now, but for slots that
# nobody has in these?
sub has_same_holders
{
	my ($table, $now, $late) = @_;
	for my $slot (@{ $table->{slots} })
	{
		my ($want, $got) = map { my $s = $_; +{ map { slot_key($slot, $_) => $_->{id} } values %$s } } $now, $late;
		for my $key (grep { $_ ne '' } keys %$want)
		{
			return 0 unless ($got->{$key} // 0) == $want->{$key};
		}
	}
	return 1;
}

# What may come of one writing statement: a list of { s => state } and the
# errors { code => 1 } that the contract allows.  A row gets its slots when it is
# written, or when all are: which one is not said.
sub outcomes
{
	my ($table, $state, $op, $physical) = @_;
	my $s = $state->{rows};
	my (@ok, %err);
	my @orders = $op->{any_order} ? permutations(@{ $op->{parts} }) : ($op->{parts});
	for my $order (@orders)
	{
		my @parts = @$order;
		if ($op->{physical})
		{
			my %part = map { $_->{id} => $_ } @parts;
			@parts = map { $part{$_} // () } @$physical;
		}
		my $now;
		for my $late (0, 1)
		{
			my $copy = copy_state($state);
			my $x = { table => $table, state => $copy, s => $copy->{rows}, start => $s, off => $op->{off}, may => {},
				later => {}, written => {}, lost => {}, waits => {}, waiting => [], shown => [],
				late => $late, actions => $op->{actions}, shows => $op->{shows} // [],
				upsert => $op->{clause}, action => $op->{action}, n => scalar @{ $op->{parts} } };
			my $done = eval {
				local $SIG{__DIE__};
				run($x, $op, @parts);
				1;
			};
			my $e = $@;
			die $e unless $done || ref $e eq 'HASH';
			%err = (%err, %{ $done ? $x->{may} : $e });
			push @ok, $x if $done && (!$late || ($now ? has_same_holders($table, $now->{s}, $x->{s}) : $table->{guarded}));
			$now = $x if $done;
			last unless $x->{can_wait};
		}
	}
	return (\@ok, \%err);
}

# COMMIT, or SET CONSTRAINTS IMMEDIATE: replaced and released rows go, if
# nobody has taken them by then.
sub collect_orphans
{
	my ($table, $state) = @_;
	my $s = $state->{rows};
	my $before = copy_rows($s);
	for my $r (values %$s)
	{
		my $orphan = delete $r->{orphan} or next;
		for my $slot (@{ $table->{slots} })
		{
			my $mark = $orphan->{ $slot->{name} } or next;
			next unless $slot->{policy} =~ /^(orphan|delete)$/ && is_released($slot, $r);
			if ($mark == 1) { delete $s->{ $r->{id} }; }
			else { $r->{may_be_gone} = 1; }
		}
	}
	for my $slot (owning($table))
	{
		my %held = map { parent_key($slot, $_) => 1 } values %$s;
		my $released = $state->{released}{ $slot->{name} } // {};
		delete $state->{parents}{ $slot->{name} }{$_} for grep { !$held{$_} } keys %$released;
		$state->{released}{ $slot->{name} } = {};
	}
	Random::Actions::follow($table, $before, $s, $state->{others}, {});
}

1;
