// PostGraphile 4 as a function: the GraphQL schema of a database schema.
import { createPostGraphileSchema, withPostGraphileContext } from 'postgraphile4';
import { createRequire } from 'node:module';

// It has a GraphQL of its own, and two do not mix.
const require = createRequire(createRequire(import.meta.url).resolve('postgraphile4'));
const { execute, parse, printSchema, validate } = require('graphql');
const pg = require('pg');

// legacyRelations: without it each one-to-one has a deprecated list beside it.
export async function open(name) {
    const pool = new pg.Pool();
    try {
        const schema = await createPostGraphileSchema(pool, [name], { legacyRelations: 'omit' });
        return {
            id: 'id',
            text: printSchema(schema),
            query: source => withPostGraphileContext({ pgPool: pool }, contextValue => {
                const document = parse(source);
                const errors = validate(schema, document);
                return errors.length > 0 ? { errors } : execute({ schema, document, contextValue });
            }),
            close: () => pool.end()
        };
    } catch (error) {
        await pool.end();
        throw error;
    }
}

// It sees the partitions where 5 sees the table, and no functions but those
// whose names begin with the table's.
export const number = 4;
export const own = ['Parent.seat1ByParentId: Seat1', 'Parent.seat2ByParentId: Seat2'];
