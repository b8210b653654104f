#!/usr/bin/env node
// Committed because npm links a bin only if its file exists during the installation. The command itself is built.
import { main } from '../dist/cli/main.js';

process.exitCode = await main();
// Everything is printed and closed. A late connection of a client must not keep the process alive.
// eslint-disable-next-line no-restricted-properties
setTimeout(() => process.exit(), 2_000).unref();
