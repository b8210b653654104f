declare const KIND: unique symbol;

/**
 * A string of which the compiler knows what it is; at run time it is the string alone.
 *
 * Kinds add up: `Branded<'UsageKey'> & Branded<'LibraryUsageKey'>` is both.
 */
export type Branded<Kind extends string> = string & { readonly [KIND]: Readonly<Record<Kind, true>> };
