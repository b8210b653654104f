import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached, ROOT } from '../servers/cache.mjs';
import { onPath, run } from '../servers/programs.mjs';

const SOURCE = join(ROOT, 'tools/scaling/keda');
/** Where Go's own installer puts it. */
const GO = '/usr/local/go/bin/go';

/**
 * The path of the program that asks KEDA's scalers. The first call builds it, which takes 10 to 40 minutes and 3 GB of
 * Go's cache. Rejects if there is no Go.
 */
export async function kedaScalers() {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(SOURCE, file)));
  const folder = await cached(`keda-scalers-${hash.digest('hex').slice(0, 12)}`, async (made) => {
    const go = onPath('go') ?? (existsSync(GO) ? GO : undefined);
    if (go === undefined)
      throw new Error('There is no Go here: install Go 1.26 or newer, so that `go` is on the PATH.');
    await run(go, ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(made, 'keda-scalers'), '.'], { cwd: SOURCE });
  });
  return join(folder, 'keda-scalers');
}
