import { describe, it } from 'vitest';
import { findPython } from './python.js';

/** Name → what is handed to the tests. */
interface Found {
  /** The interpreter's path; it has the packages of Open edX. */
  readonly python: string;
}

/** What a test may need besides Node: how to find it (rejects with the reason why not), and how someone without it gets it. */
const REQUIREMENTS: { readonly [Name in keyof Found]: Requirement<Found[Name]> } = {
  python: {
    find: findPython,
    howTo: 'Python 3.11 or newer as `python3`, with venv and pip, and a package index that pip can reach',
  },
};

interface Requirement<What> {
  readonly find: () => Promise<What>;
  readonly howTo: string;
}

/**
 * Tests that need something besides Node; `tests` gets what was found. To be awaited at the top of a file.
 *
 * Where it is not to be had, they are skipped, and the end of the run lists them with the reason; with EVENT_BUS_TEST_REQUIRE=all (or the
 * name) they fail.
 */
export async function requires<Name extends keyof Found>(
  name: Name,
  title: string,
  tests: (found: Found[Name]) => void | Promise<void>,
): Promise<void> {
  const { find, howTo }: Requirement<Found[Name]> = REQUIREMENTS[name];
  let found: Found[Name];
  try {
    found = await find();
  } catch (error) {
    const reason = `needs ${howTo}; here: ${error instanceof Error ? error.message : String(error)}`;
    describe(title, () => {
      it(`has ${name}`, ({ skip }) => {
        if (isDemanded(name)) throw new Error(reason);
        skip(reason);
      });
    });
    return;
  }
  describe(title, () => tests(found));
}

function isDemanded(name: string): boolean {
  const demanded = (process.env['EVENT_BUS_TEST_REQUIRE'] ?? '').split(',');
  return demanded.includes('all') || demanded.includes(name);
}
