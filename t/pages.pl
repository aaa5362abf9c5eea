# The documents as pages: links and pictures lead somewhere, tables have as many
# cells in each row as in their heads, fences are closed, pictures are XML, and
# the README is no longer than two screens and a bit; no document, and no message,
# has words that nobody says any more.  Needs no server.
use strict;
use warnings;

use File::Find;
use Test::More;

# The longest README, in lines.
my $longest = 350;

# Words that nobody says any more.
my $archaic = qr/\b(?:albeit|amongst|forthwith|hence|hereby|herein|heretofore|hitherto|lest|notwithstanding|ought|shall|thence|
	thereby|therein|thereof|thereupon|thus|thither|unto|upon|whence|whereby|wherein|whereupon|whilst|lets\ go|let\ it\ go)\b/xi;

sub slurp
{
	my ($file) = @_;

	open my $handle, '<:encoding(UTF-8)', $file or die "$file: $!";
	local $/;
	return scalar <$handle>;
}

# The files with such a name that belong to the project.
sub files
{
	my ($pattern) = @_;
	my @files;

	find({
		no_chdir => 1,
		wanted => sub {
			$File::Find::prune = 1 if m{/(?:\.git|node_modules|tmp_check|generated)\z};
			push @files, s{^\./}{}r if /$pattern/ && -f;
		}
	}, '.');
	return sort @files;
}

# The text without blocks of code.
sub prose
{
	my ($text) = @_;

	return $text =~ s/^( *)```.*?^\1```$//msgr;
}

# The text without code at all.
sub words_only
{
	my ($text) = @_;

	return prose($text) =~ s/(`+).+?\1//sgr;
}

# The anchors of a document: those that GitHub gives its headings, and its own.
sub anchors
{
	my ($file) = @_;
	my $text = prose(slurp($file));
	my (%anchors, %seen);

	while ($text =~ /^#+ (.*)$/mg)
	{
		my $anchor = lc $1 =~ s/\[([^]]*)\]\([^)]*\)/$1/gr;

		$anchor =~ s/[^\w -]//g;
		$anchor =~ tr/ /-/;
		$anchors{ $anchor . ($seen{$anchor} ? "-$seen{$anchor}" : '') } = 1;
		$seen{$anchor}++;
	}
	$anchors{$1} = 1 while $text =~ /<a id="([^"]+)">/g;
	return \%anchors;
}

# The links of a document that lead nowhere in the project, and its pictures
# without a text for those who can't see them.
sub dead_links
{
	my ($file) = @_;
	my ($folder) = $file =~ m{^(.*/)?[^/]+$};
	my $text = words_only(slurp($file));
	my @dead = $text =~ /(!\[\]\([^)]*\))/g;

	while ($text =~ /\]\(([^)#]*)(?:#([^)]*))?\)/g)
	{
		my ($path, $anchor) = ($1, $2);

		next if $path =~ /^(?:https?|mailto):/;

		my $target = $path eq '' ? $file : ($folder // '') . $path;

		push @dead, $path . (defined $anchor ? "#$anchor" : '')
		  unless -e $target && (!defined $anchor || -f $target && anchors($target)->{$anchor});
	}
	return @dead;
}

# The lines of tables that have not as many cells as the head of their table,
# and the tables without the line under the head.
sub odd_rows
{
	my ($file) = @_;
	my @odd;
	my $cells;

	foreach my $line (split /\n/, prose(slurp($file)))
	{
		if ($line !~ /^\s*\|/)
		{
			push @odd, $line if $line =~ /^\s*\S.*\|\s*$/;
			undef $cells;
			next;
		}
		my $here = () = $line =~ /(?<!\\)\|/g;

		push @odd, $line if $here != ($cells //= $here);
	}
	return @odd;
}

# What is wrong with a picture as XML: a tag that is not closed, or not there.
sub xml_fault
{
	my ($text) = @_;
	my $attribute = qr/\s+[\w:-]+=(?:"[^<"]*"|'[^<']*')/;
	my $reference = qr/&(?:\w+|#\d+|#x[\da-f]+);/i;
	my (@open, $root);

	$text =~ s/^<\?xml[^>]*\?>\s*//;
	$text =~ s/^<!DOCTYPE[^>]*>\s*//;
	$text =~ s/<!--.*?-->//sg;
	return 'no reference after &' if $text =~ /&(?!(?:\w+|#\d+|#x[\da-f]+);)/i;
	while ($text =~ /\G([^<]*)(?:<(\/?)([\w:-]+)($attribute*)\s*(\/?)>|\z)/gc)
	{
		my ($words, $closing, $tag, $empty) = ($1, $2, $3, $5);

		return "words outside: $words" if !@open && $words =~ /\S/;
		last if !defined $tag;
		return "second root <$tag>" if !@open && $root++;
		if ($closing)
		{
			my $opened = pop @open // 'nothing';

			return "</$tag> closes <$opened>" if $tag ne $opened;
		}
		elsif (!$empty)
		{
			push @open, $tag;
		}
	}
	return 'no tag: ' . substr($text, pos $text // 0, 40) if (pos $text // 0) < length $text;
	return @open ? "<$open[-1]> is open" : $root ? '' : 'no tag at all';
}

foreach my $file (files(qr/\.md\z/))
{
	my $fences = () = slurp($file) =~ /^ *```/mg;

	is($fences % 2, 0, "$file: fences are closed");
	is_deeply([ dead_links($file) ], [], "$file: links");
	is_deeply([ odd_rows($file) ], [], "$file: tables");
	is_deeply([ words_only(slurp($file)) =~ /$archaic/g ], [], "$file: plain words");
}
foreach my $file (files(qr/\.svg\z/))
{
	is(xml_fault(slurp($file)), '', "$file: well-formed");
}
# The messages that doc/reference.md has in italics are in the source.
my $source = join '', map { slurp($_) =~ s/"\s*\n\s*"//gr } files(qr{^\./src/.*\.c\z});
foreach my $message (grep { / / } slurp('doc/reference.md') =~ /^\| \*([^*|]+)\*.*\| [0-9A-Z]{5} \|/mg)
{
	my $pattern = join '\\\\"%s\\\\"', map { quotemeta } split /"\w+"/, $message, -1;

	ok($source =~ /"$pattern"/, "a message: $message");
}
is_deeply([ map { /$archaic/g } $source =~ /"((?:[^"\\]|\\.)*)"/g ], [], 'messages: plain words');
my $lines = () = slurp('README.md') =~ /\n/g;
cmp_ok($lines, '<=', $longest, 'lines of README.md');

done_testing();
