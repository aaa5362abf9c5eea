// PostGraphile 5 as a function: the GraphQL schema of a database schema.
import { makeSchema } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafast } from 'postgraphile/grafast';
import { printSchema } from 'postgraphile/graphql';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

// Of what Node has since 22, which it asks for, it misses this on 20.
Promise.withResolvers ??= () => {
    const deferred = {};
    deferred.promise = new Promise((resolve, reject) => Object.assign(deferred, { resolve, reject }));
    return deferred;
};

export async function open(name) {
    const service = makePgService({ connectionString: '', schemas: [name] });
    try {
        const { schema, resolvedPreset } = await makeSchema({
            extends: [PostGraphileAmberPreset],
            pgServices: [service]
        });
        return {
            id: 'rowId',
            text: printSchema(schema),
            query: source => grafast({ schema, resolvedPreset, requestContext: {}, source }),
            close: () => service.release()
        };
    } catch (error) {
        await service.release();
        throw error;
    }
}

export const number = 5;
export const own = ['Parent.seat: Seat', 'Seat.parentByParentId: Parent', 'Tag.parents: ParentConnection!'];
