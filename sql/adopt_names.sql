-- the plural and the singular of words that tables are called by: each is found
-- from the other, and is left as it is where it is that already
CREATE TABLE words (one text, many text);
COPY words FROM stdin (DELIMITER ' ');
account accounts
address addresses
album albums
alias aliases
analysis analyses
answer answers
api apis
archive archives
article articles
artist artists
atlas atlases
axis axes
badge badges
batch batches
bias biases
bonus bonuses
box boxes
branch branches
bus buses
business businesses
cache caches
calf calves
campus campuses
canvas canvases
cargo cargoes
case cases
category categories
cause causes
census censuses
chassis chassis
child children
choice choices
church churches
city cities
class classes
clause clauses
company companies
cookie cookies
country countries
course courses
criterion criteria
crisis crises
currency currencies
curve curves
customer customers
database databases
data data
day days
delivery deliveries
device devices
diagnosis diagnoses
dish dishes
dns dns
drive drives
echo echoes
employee employees
entry entries
equipment equipment
exercise exercises
expense expenses
eye eyes
feedback feedback
fish fish
flush flushes
focus focuses
foot feet
gas gases
genre genres
genus genera
glass glasses
gps gps
grandchild grandchildren
guess guesses
half halves
hero heroes
history history
hoodie hoodies
house houses
hypothesis hypotheses
image images
index indexes
information information
invoice invoices
issue issues
item items
key keys
knife knives
leaf leaves
lens lenses
license licenses
life lives
man men
matrix matrices
media media
menu menus
metadata metadata
money money
mouse mice
movie movies
news news
note notes
nurse nurses
object objects
office offices
order orders
page pages
party parties
pass passes
path paths
patch patches
payment payments
penalty penalties
person people
phase phases
phenomenon phenomena
phone phones
photo photos
piece pieces
policy policies
potato potatoes
price prices
prize prizes
process processes
purchase purchases
query queries
quiz quizzes
ray rays
reply replies
response responses
role roles
route routes
row rows
salesman salesmen
salesperson salespeople
schedule schedules
schema schemas
search searches
self selves
series series
sheep sheep
shelf shelves
shoe shoes
size sizes
slice slices
sms sms
software software
source sources
species species
staff staff
stash stashes
status statuses
stereo stereos
stomach stomachs
story stories
summary summaries
survey surveys
switch switches
synopsis synopses
tax taxes
taxi taxis
thesis theses
thief thieves
tie ties
toe toes
tomato tomatoes
tooth teeth
toy toys
truss trusses
use uses
user users
valve valves
vertex vertices
veto vetoes
virus viruses
vote votes
warehouse warehouses
wave waves
wife wives
wolf wolves
woman women
workman workmen
year years
zombie zombies
sales_order sales_orders
order_line order_lines
OrderLine OrderLines
orderShelf orderShelves
ORDER_STATUS ORDER_STATUSES
PERSON PEOPLE
userAPI userAPIs
Person People
user_child user_children
line1 line1
bookshelf bookshelves
chairman chairmen
specimen specimens
human humans
basket baskets
cash cashes
synthesis syntheses
\.
SELECT count(*) FROM words;
SELECT one, many, relmap_internal.plural(one), relmap_internal.singular(many) FROM words
WHERE relmap_internal.plural(one) <> many OR relmap_internal.singular(many) <> one;
SELECT one, many, relmap_internal.plural(many), relmap_internal.singular(one) FROM words
WHERE relmap_internal.plural(many) <> many OR relmap_internal.singular(one) <> one;

-- other plurals, and singulars of what is none
SELECT word, relmap_internal.singular(word) FROM unnest('{indices,criteria,persons,schemata,größen,"",_,123,x}'::text[]) AS word;

-- names of two parts are cut in the first, and both where that does not do
SELECT relmap_internal.fitting_name(repeat('a', 60), '_by_parent'), relmap_internal.fitting_name('short', '_by_' || repeat('ä', 40)),
       relmap_internal.fitting_name(repeat('b', 70), '_by_' || repeat('c', 70)), relmap_internal.fitting_name('a', '_b');
DROP TABLE words;

-- what is left of a key's column
SELECT c, relmap_internal.stem(c, r, t) FROM (VALUES ('album_id', 'id', 'album'), ('BillToAddressId', 'id', 'address'),
    ('billtoaddressid', 'addressid', 'address'), ('fromcurrencycode', 'currencycode', 'currency'), ('size_unit_code', 'unit_code', 'units'),
    ('home_postcode', 'postcode', 'area'), ('id_parent', 'id', 'thing'), ('parent_ou', 'id', 'unit'), ('ship_via', 'id', 'shipper')) AS v (c, r, t);

-- attributes of keys whose columns are called as the attributes should be
CREATE SCHEMA names;
SET search_path = names;
CREATE TABLE unit (id int PRIMARY KEY, parent_ou int REFERENCES unit);
CREATE TABLE shipper (id int PRIMARY KEY);
CREATE TABLE address (id int PRIMARY KEY, unit int REFERENCES unit);
CREATE TABLE orders (id int PRIMARY KEY, ship_via int REFERENCES shipper, first_address int REFERENCES address, last_address int REFERENCES address,
    home_ou int REFERENCES unit, billing_ou int REFERENCES unit);
CREATE TABLE employee (id int PRIMARY KEY, reports_to int REFERENCES employee);
CREATE TABLE parcel (id int PRIMARY KEY, shipper text, sent_by int REFERENCES shipper);
SELECT source, kind, name, target FROM relmap.automap('names') ORDER BY source::text, kind, name;
SET client_min_messages = warning;
DROP SCHEMA names CASCADE;
