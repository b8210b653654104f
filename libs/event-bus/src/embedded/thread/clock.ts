/**
 * A monotonic clock in ms. All processes of the machine share it, and nobody can set it.
 *
 * Leases use it, because a change of the wall clock would end all leases at once or keep them alive.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
