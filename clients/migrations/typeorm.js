// TypeORM's synchronize() on a declared schema, for t/migrations.pl.
import 'reflect-metadata';
import { DataSource, EntitySchema } from 'typeorm';

const id = { type: 'int', primary: true, generated: 'identity' };
const source = new DataSource({
    type: 'postgres',
    host: process.env.PGHOST,
    port: Number(process.env.PGPORT),
    username: process.env.PGUSER,
    database: process.env.PGDATABASE,
    entities: [
        new EntitySchema({ name: 'parent', columns: { id, name: { type: 'text', nullable: true } } }),
        new EntitySchema({
            name: 'child',
            columns: { id },
            relations: {
                parent: {
                    type: process.argv[2] === 'make' ? 'one-to-one' : 'many-to-one',
                    target: 'parent',
                    joinColumn: { name: 'parent_id' },
                    nullable: true,
                    onDelete: process.argv[2] === 'make' ? 'NO ACTION' : 'SET NULL',
                },
            },
        }),
    ],
});
await source.initialize();
await source.synchronize();
await source.destroy();
