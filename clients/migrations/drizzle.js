// drizzle-kit push on a declared schema, for t/migrations.pl.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const { status } = spawnSync(
    process.execPath,
    [path('../node_modules/drizzle-kit/bin.cjs'), 'push', '--force', `--config=${path('drizzle.config.js')}`],
    { stdio: 'inherit', env: { ...process.env, STEP: process.argv[2] } },
);
process.exit(status);
