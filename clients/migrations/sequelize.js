// Sequelize's sync() on a declared schema, for t/migrations.pl.
import { DataTypes, Sequelize } from 'sequelize';

const sequelize = new Sequelize(process.env.PGDATABASE, process.env.PGUSER, null, {
    dialect: 'postgres',
    host: process.env.PGHOST,
    port: Number(process.env.PGPORT),
    logging: false,
    define: { freezeTableName: true, underscored: true, timestamps: false },
});
const Parent = sequelize.define('parent', { name: DataTypes.TEXT });
const Child = sequelize.define('child', {});
Parent.hasOne(Child);
Child.belongsTo(Parent);
await sequelize.sync(process.argv[2] === 'make' ? {} : { alter: true });
await sequelize.close();
