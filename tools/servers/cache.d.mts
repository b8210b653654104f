/**
 * A folder of the cache, filled at its first use. An existing folder is complete, also if several processes fill it at
 * once.
 */
export function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string>;
