#include "postgres.h"

#include "relmap.h"

/* Stand-in until the access layer comes. */
void
relmap_accessor_create(const RelmapRelationship *relationship)
{
}

void
relmap_accessor_drop(const RelmapRelationship *relationship)
{
}
