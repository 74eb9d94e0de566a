// A real Azure Mobile Apps backend: the npm package `azure-mobile-apps` on Express 4 with its SQLite provider.
'use strict';

const express = require('express');
const mobileApps = require('azure-mobile-apps');
const openDatabase = require('azure-mobile-apps/src/data/sqlite/connections');
const { parseArgs } = require('node:util');
const tableSets = require('./tables');

const USAGE = `usage: node server.js --port PORT [--db FILE] [--tables ${Object.keys(tableSets).join('|')}]
  --port PORT    port of 127.0.0.1 to listen on, 0 for a free one
  --db FILE      SQLite file that keeps the data; without it the data is in memory and gone at exit
  --tables NAME  which tables to serve (default: ${Object.keys(tableSets)[0]})`;

function fail(message) {
    process.stderr.write(`${message}\n${USAGE}\n`);
    process.exit(2);
}

function readOptions() {
    let values;
    try {
        ({ values } = parseArgs({
            options: {
                port: { type: 'string' },
                db: { type: 'string' },
                tables: { type: 'string', default: Object.keys(tableSets)[0] },
                help: { type: 'boolean', default: false },
            },
        }));
    } catch (error) {
        fail(error.message);
    }
    if (values.help) {
        process.stdout.write(`${USAGE}\n`);
        process.exit(0);
    }
    const port = Number(values.port);
    if (!/^\d+$/.test(values.port ?? '') || port > 65535)
        fail('--port takes a number from 0 to 65535');
    if (values.db === '' || values.db === ':memory:')
        fail('--db takes the path of a file');
    if (!Object.hasOwn(tableSets, values.tables))
        fail(`--tables takes one of: ${Object.keys(tableSets).join(', ')}`);
    return { port, filename: values.db, tables: tableSets[values.tables] };
}

async function main() {
    const options = readOptions();
    const data = { provider: 'sqlite', filename: options.filename, dynamicSchema: false };

    // The provider reports a file that cannot be opened by this event only.
    const database = openDatabase(data);
    database.on('error', (error) => {
        process.stderr.write(`cannot open the database ${options.filename}: ${error.message}\n`);
        process.exit(1);
    });

    // The second argument replaces the process environment, so that no MS_* variable changes what is served.
    const mobile = mobileApps({
        debug: false,
        pageSize: 100,
        maxTop: 1000,
        data,
        // Errors go to stderr: stdout carries the one line that says where the server listens.
        logging: { level: 'error' },
    }, {});
    for (const [name, definition] of Object.entries(options.tables))
        mobile.tables.add(name, definition);
    await mobile.tables.initialize();

    const app = express();
    app.use(mobile);
    const server = app.listen(options.port, '127.0.0.1');
    server.on('error', (error) => {
        process.stderr.write(`cannot listen on 127.0.0.1:${options.port}: ${error.message}\n`);
        process.exit(1);
    });
    server.on('listening', () => {
        process.stdout.write(`listening on http://127.0.0.1:${server.address().port}\n`);
    });

    // Requests under way are answered, then the database is closed.
    const stop = () => {
        server.close(() => database.close(() => process.exit(0)));
        server.closeIdleConnections();
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
}

main().catch((error) => {
    process.stderr.write(`cannot start: ${error.message}\n`);
    process.exit(1);
});
