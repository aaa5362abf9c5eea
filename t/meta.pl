# META.json is as the PGXN Meta Spec 1.0 has it, and tells of what is there; all
# that project.conf says is said alike everywhere.
use strict;
use warnings;

use Cwd;
use File::Temp;
use JSON::PP;
use Test::More;

# What the specification asks for.  A pattern is for a string, a list for a
# string or several, a map for a map: "key!" must be there, other keys need not;
# "*" is for keys that the map doesn't name, first the name, then the value.
my $text = qr/\S/;
my $term = qr{\A[^\s[:cntrl:]/\\]{2,}\z};
my $tag = qr{\A[^[:cntrl:]/\\]{1,256}\z};
my $url = qr{\A[a-z][a-z0-9+.-]*://[^/?#]+}i;
my $number = qr/(?:0|[1-9]\d*)/;
my $semver = qr/$number\.$number\.$number(?:-?[a-z][a-z0-9.-]*)?/i;
my $version = qr/\A$semver\z/;
my $condition = qr/(?:(?:[<>]=?|[!=]=) ?)?$semver|0/;
my $range = qr/\A$condition(?:, ?$condition)*\z/;
my $license = qr/\A(?:agpl_3|apache_(?:1_1|2_0)|artistic_[12]|bsd|freebsd|gfdl_1_[23]|
	gpl_[123]|lgpl_(?:2_1|3_0)|mit|mozilla_1_[01]|open_source|openssl|perl_5|postgresql|
	qpl_1_0|restricted|ssleay|sun|unknown|unrestricted|zlib)\z/x;
my %spec = (
	'abstract!' => $text,
	'description' => $text,
	'generated_by' => $text,
	'license!' => [$license],
	'maintainer!' => [$text],
	'meta-spec!' => { 'version!' => qr/\A1\.0\.\d+\z/, 'url' => $url },
	'name!' => $term,
	'no_index' => { 'file' => [$text], 'directory' => [$text] },
	'prereqs' => {
		'*' => [
			qr/\A(?:configure|build|test|runtime|develop)\z/,
			{
				'*' => [
					qr/\A(?:requires|recommends|suggests|conflicts)\z/,
					{ '*' => [ $term, $range ] }
				]
			}
		]
	},
	'provides!' => {
		'*' => [
			$term,
			{
				'abstract' => $text,
				'docfile' => $text,
				'file!' => $text,
				'version!' => $version
			}
		]
	},
	'release_status' => qr/\A(?:stable|testing|unstable)\z/,
	'resources' => {
		'bugtracker' => { 'mailto' => qr/@/, 'web' => $url },
		'homepage' => $url,
		'repository' => { 'type' => qr/\A[^A-Z]+\z/, 'url' => $url, 'web' => $url }
	},
	'tags' => [$tag],
	'version!' => $version);

# What is wrong with a value, one a line.
sub faults
{
	my ($path, $rule, $value) = @_;

	if (ref $rule eq 'HASH')
	{
		return "$path: not a map" if ref $value ne 'HASH';
		return missing($path, $rule, $value),
		  map { key_faults($path, $rule, $_, $value->{$_}) } sort keys %$value;
	}
	if (ref $rule eq 'ARRAY' && ref $value eq 'ARRAY')
	{
		return @$value
		  ? map { faults($path, $rule->[0], $_) } @$value
		  : "$path: empty";
	}
	$rule = $rule->[0] if ref $rule eq 'ARRAY';
	return "$path: not a string" if !defined $value || ref $value;
	return $value =~ $rule ? () : "$path: $value";
}

# The keys that a map should have and has not.
sub missing
{
	my ($path, $rule, $map) = @_;

	return map { /(.*)!\z/ && !exists $map->{$1} ? "$path/$1: missing" : () }
	  sort keys %$rule;
}

# What is wrong with one key of a map; those that begin with x_ are free.
sub key_faults
{
	my ($path, $rule, $key, $value) = @_;
	my $found = $rule->{$key} // $rule->{"$key!"};

	return () if $key =~ /\Ax_/i;
	return faults("$path/$key", $found, $value) if $found;
	return "$path/$key: unknown"
	  unless $rule->{'*'} && $key =~ $rule->{'*'}[0];
	return faults("$path/$key", $rule->{'*'}[1], $value);
}

# META.json, read anew.
sub meta
{
	open my $file, '<:raw', 'META.json' or die "META.json: $!";
	local $/;
	return decode_json(<$file>);
}

my $meta = meta();
is(join("\n", faults('', \%spec, $meta)), '', 'META.json is valid');
foreach my $provided (values %{ $meta->{provides} })
{
	ok(-f $provided->{$_}, "$provided->{$_} is there") for qw(file docfile);
	is($provided->{version}, $meta->{version}, 'one version');
}

# The check finds what is wrong.
my @wrong = (
	[ '/name: missing', sub { delete $_[0]{name} } ],
	[ '/version: 1.0', sub { $_[0]{version} = '1.0' } ],
	[ '/license: ours', sub { $_[0]{license} = [ 'mit', 'ours' ] } ],
	[ '/license: empty', sub { $_[0]{license} = [] } ],
	[ '/tags: a/b', sub { $_[0]{tags}[1] = 'a/b' } ],
	[ '/maintainer: not a string', sub { $_[0]{maintainer} = {} } ],
	[ '/licence: unknown', sub { $_[0]{licence} = 'mit' } ],
	[ '/provides: not a map', sub { $_[0]{provides} = 'relmap' } ],
	[ '/provides/relmap/file: missing', sub { delete $_[0]{provides}{relmap}{file} } ],
	[ '/prereqs/run: unknown', sub { $_[0]{prereqs}{run} = {} } ],
	[
		'/prereqs/build/requires/PostgreSQL: 15',
		sub { $_[0]{prereqs}{build}{requires}{PostgreSQL} = '15' }
	],
	[ '', sub { $_[0]{x_more} = [] } ],
	[ '', sub { $_[0]{prereqs}{build}{requires}{PostgreSQL} = '>= 15.0.0, < 20.0.0' } ]);
foreach my $case (@wrong)
{
	my ($fault, $change) = @$case;
	my $changed = meta();

	$change->($changed);
	is(join("\n", faults('', \%spec, $changed)), $fault, "told: $fault");
}

# The files that do not say what project.conf says.
is(`script/project --check`, '', 'script/project has nothing to write');

# Addresses that a maintainer fills in are everywhere.
my $copy = File::Temp->newdir;
my $home = getcwd();

system('cp', '-r', '--parents', (grep { -e } qw(.github Dockerfile META.json README.md SECURITY.md debian
	doc integrations project.conf relmap.control script)), "$copy") == 0 or die 'cp failed';
chdir $copy or die "$copy: $!";
system(q{sed -i 's|^email =.*|email = someone@postgresql.org|; s|^repository =.*|repository = https://git.postgresql.org/relmap|; s|^maintainer =.*|maintainer = Some One|' project.conf}) == 0
  or die 'sed failed';
like(`script/project`, qr/^META.json$/m, 'script/project names what it has written');
is(join("\n", faults('', \%spec, meta())), '', 'META.json with addresses is valid');
is(meta()->{maintainer}, 'Some One', 'the maintainer');
is_deeply(
	meta()->{resources},
	{
		homepage => 'https://git.postgresql.org/relmap',
		bugtracker => { web => 'https://git.postgresql.org/relmap/issues', mailto => 'someone@postgresql.org' },
		repository =>
		  { url => 'https://git.postgresql.org/relmap.git', web => 'https://git.postgresql.org/relmap', type => 'git' }
	},
	'its resources');
foreach my $case (
	[ 'debian/control', 'Maintainer: Some One <someone@postgresql.org>' ],
	[ 'debian/changelog', ' -- Some One <someone@postgresql.org>' ],
	[ 'debian/control', 'Homepage: https://git.postgresql.org/relmap' ],
	[ 'Dockerfile', 'image.source=https://git.postgresql.org/relmap' ],
	[ 'README.md', 'https://git.postgresql.org/relmap/actions/workflows/build.yml' ],
	[ 'integrations/python/pyproject.toml', 'Repository = "https://git.postgresql.org/relmap"' ])
{
	my ($file, $text) = @$case;

	SKIP:
	{
		skip "$file is not in the archive", 1 unless -e $file;
		is(system('grep', '-qF', '--', $text, $file), 0, "$file: $text");
	}
}
chdir $home or die "$home: $!";

# A system whose PostgreSQL is too old is told so before anything is installed.
{
	my $output = `bash -c '. script/lib.sh
		missing_packages() { echo make; }
		find_server() { pg_config=; }
		ready_to_install() { :; }
		say_and_install() { echo "installs \$*"; }
		apt-cache() { echo "  Depends: postgresql-13"; }
		need_server build' 2>&1`;
	isnt($?, 0, 'a system with PostgreSQL 13 will not do');
	like($output, qr/PostgreSQL 15 or newer, and this system's packages have 13\..*wiki\/Apt/, 'it is told what to do');
	unlike($output, qr/installs/, 'and nothing is installed');
}

is(`grep -rlE '[@.]example(\\.(com|net|org))?\\b' META.json project.conf README.md SECURITY.md CONTRIBUTING.md debian Dockerfile 2>/dev/null`,
	'', 'no address is an example');

done_testing();
