// The tables of the server, by set. `app` is what examples and tests use; `wire` is what the recorded exchanges were made with.
'use strict';

const strict = (columns, softDelete = true) => ({ columns, softDelete, dynamicSchema: false });

module.exports = {
    app: {
        todoitem: strict({ title: 'string', complete: 'boolean', dueAt: 'date' }),
        movies_v3: strict({
            title: 'string',
            year: 'number',
            duration: 'number',
            rating: 'string',
            bestPictureWinner: 'boolean',
            releaseDate: 'date',
        }),
        // Creates a column for each new member of a row, and answers a bare `[]` where a query names an unknown one.
        loose: { columns: { text: 'string' }, softDelete: true, dynamicSchema: true },
    },
    wire: {
        todoitem: strict({ title: 'string', complete: 'boolean' }),
        kitchen: strict({
            text: 'string',
            flag: 'boolean',
            int32: 'number',
            int64: 'number',
            double: 'number',
            decimal: 'number',
            instant: 'date',
            guid: 'string',
            bytes: 'string',
            date: 'string',
            time: 'string',
        }, false),
    },
};
