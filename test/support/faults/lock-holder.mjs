// Holds the write lock of the SQLite file that it is given until it is killed, as a process does that hangs in a transaction.
import Libsql from 'libsql';

const database = new Libsql(process.argv[2]);
database.exec('PRAGMA busy_timeout = 10000');
database.exec('BEGIN IMMEDIATE');
console.log('LOCKED');
// What nobody refers to any more is collected as garbage, and closed, which lets go of the lock.
setInterval(() => database.inTransaction, 1_000);
