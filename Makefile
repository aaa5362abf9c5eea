# The version lives in relmap.control, and nowhere else.
EXTENSION = relmap
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" relmap.control)

MODULE_big = relmap
DATA_built = relmap--$(EXTVERSION).sql
OBJS = $(patsubst %.c,%.o,$(wildcard src/*.c src/*/*.c))
PGFILEDESC = "relmap - relationships kept by the database"

# Only what SQL calls is exported: core owns symbols named relmap_* of its own.
# What -Wextra says of the server's own inline functions is left out.
PG_CPPFLAGS = -I$(srcdir)/src -DRELMAP_VERSION='"$(EXTVERSION)"' \
	-DPGDLLEXPORT='__attribute__((visibility("default")))'
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -fvisibility=hidden

TESTS = $(sort $(wildcard sql/*.sql))
REGRESS = $(patsubst sql/%.sql,%,$(TESTS))
REGRESS_OPTS = --load-extension=relmap
ISOLATION = $(patsubst specs/%.spec,%,$(sort $(wildcard specs/*.spec)))
ISOLATION_OPTS = --load-extension=relmap
TAP_TESTS = $(if $(wildcard t/*.pl),1)

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(OBJS) $(OBJS:.o=.bc): $(wildcard src/*.h src/*/*.h)

# The extension script, of its parts: each uses only what stands before it.
SCRIPT = schema declare enforce attributes catalog names see audited keyrules rules check ddl \
	sides slots automap declarations diagram python mapped models

$(DATA_built): $(SCRIPT:%=src/sql/%.sql) relmap.control
	cat $(filter %.sql,$^) >$@

# The archive for PGXN, of what is committed; .gitattributes says what is in it.
DISTRIBUTION = relmap-$(shell sed -n 's/^  "version": "\(.*\)",/\1/p' META.json)

.PHONY: dist
dist:
	git archive --format zip --prefix=$(DISTRIBUTION)/ -o $(DISTRIBUTION).zip HEAD
