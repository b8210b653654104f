#!/usr/bin/env node
// Committed, because npm links no bin whose file is missing when it installs; the command itself is built.
import { main } from '../dist/cli/main.js';

process.exitCode = await main();
