/** What one check found. */
export interface Check {
  readonly ok: boolean;
  /** For operators: what is so, and since when or why. It holds no event data and no secret. */
  readonly detail: string;
}

/** The findings by the name of what was checked. */
export type Checks = Readonly<Record<string, Check>>;

/** Whether all of the checks are fine. */
export function areOk(checks: Checks): boolean {
  return Object.values(checks).every(({ ok }) => ok);
}
