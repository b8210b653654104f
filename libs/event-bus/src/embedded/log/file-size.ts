import type { Database } from './database.js';

/** The file is shrunk if it has at least this share and this number of free pages. Fewer are soon needed again. */
const FREE_SHARE = 0.5;
const FREE_PAGES = 2_048;
const VACUUM_PAGES = 64;

export interface FileSize {
  readonly all: number;
  readonly free: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
}

/** The size of the file in pages and in bytes. */
export function sizeOf(database: Database): FileSize {
  const size = Number(database.setting('page_size'));
  const all = Number(database.setting('page_count'));
  const free = Number(database.setting('freelist_count'));
  return { all, free, usedBytes: (all - free) * size, freeBytes: free * size };
}

/**
 * Shrinks the file step by step while most of it is free. Every step up to a `yield` is one transaction. A log created
 * by an older version does not shrink.
 */
export function* shrink(database: () => Database): Generator<void> {
  let isSmaller = false;
  for (let before = Infinity; ;) {
    const { free, all } = sizeOf(database());
    if (free < FREE_PAGES || free < all * FREE_SHARE || free >= before) break;
    isSmaller = before < Infinity;
    before = free;
    database().write('process', () => database().all(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`));
    yield;
  }
  // The checkpoint makes the file shorter.
  if (isSmaller) database().setting('wal_checkpoint(PASSIVE)');
}
