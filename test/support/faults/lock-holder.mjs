// Holds the write lock of the SQLite file that it is given until it is killed, as a process does that hangs in a transaction.
import Libsql from 'libsql';

const database = new Libsql(process.argv[2]);
database.exec('PRAGMA busy_timeout = 10000');
database.exec('BEGIN IMMEDIATE');
console.log('LOCKED');
setInterval(() => undefined, 1_000);
