#!/usr/bin/env node
// Committed, because npm links no bin whose file is missing when it installs; the command itself is built.
import { main } from '../dist/cli/main.js';

process.exitCode = await main();
// All is said and closed. What a client has left behind, a connection that came late, must not keep the command.
// eslint-disable-next-line no-restricted-properties
setTimeout(() => process.exit(), 2_000).unref();
