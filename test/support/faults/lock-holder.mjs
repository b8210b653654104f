// Holds the write lock of a SQLite file until it is killed, like a process that hangs in a transaction.
import Libsql from 'libsql';

const database = new Libsql(process.argv[2]);
database.exec('PRAGMA busy_timeout = 10000');
database.exec('BEGIN IMMEDIATE');
console.log('LOCKED');
// Keeps a reference to the database. Otherwise garbage collection would close it and release the lock.
setInterval(() => database.inTransaction, 1_000);
