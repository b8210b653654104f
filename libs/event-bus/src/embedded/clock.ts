/**
 * A clock that all processes of one machine share and nobody can set, in ms.
 *
 * Leases run on it: after a change of the wall clock all of them would seem to have ended, or none ever would.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
