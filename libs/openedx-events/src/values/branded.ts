declare const KIND: unique symbol;

/**
 * A string with a kind that only the compiler knows. At run time it is a plain string.
 *
 * Kinds can be combined: `Branded<'UsageKey'> & Branded<'LibraryUsageKey'>` has both.
 */
export type Branded<Kind extends string> = string & { readonly [KIND]: Readonly<Record<Kind, true>> };
