// MikroORM's schema generator on a declared schema, for t/migrations.pl.
import { EntitySchema, MikroORM } from '@mikro-orm/postgresql';

const orm = await MikroORM.init({
    entities: [
        new EntitySchema({
            name: 'parent',
            properties: { id: { type: 'int', primary: true }, name: { type: 'text', nullable: true } },
        }),
        new EntitySchema({
            name: 'child',
            properties: {
                id: { type: 'int', primary: true },
                parent: {
                    kind: '1:1', entity: 'parent', owner: true, nullable: true,
                    ...(process.argv[2] === 'make' ? {} : { deleteRule: 'cascade' }),
                },
            },
        }),
    ],
    host: process.env.PGHOST,
    port: Number(process.env.PGPORT),
    user: process.env.PGUSER,
    dbName: process.env.PGDATABASE,
    // without it the extension's own schemas would be dropped
    schemaGenerator: { ignoreSchema: ['relmap', 'relmap_internal'] },
    discovery: { warnWhenNoEntities: false },
});
await orm.schema.updateSchema();
await orm.close(true);
