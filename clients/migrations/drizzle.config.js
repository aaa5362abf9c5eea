// For drizzle.js.
export default {
    dialect: 'postgresql',
    schema: new URL('drizzle.schema.js', import.meta.url).pathname,
    schemaFilter: ['public'],
    dbCredentials: {
        host: process.env.PGHOST,
        port: Number(process.env.PGPORT),
        user: process.env.PGUSER,
        password: 'any',
        database: process.env.PGDATABASE,
        ssl: false,
    },
};
