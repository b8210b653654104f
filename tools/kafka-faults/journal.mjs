import { createWriteStream } from 'node:fs';

/**
 * Writes one line per answer to a publisher: `c n partition:offset at latency` (confirmed), `r n at latency why`
 * (rejected), and `s count` for the number of sent records. A sent record without a line was not answered.
 */
export function openJournal(file) {
  const out = createWriteStream(file);
  let lines = [];
  const flush = () => {
    if (lines.length > 0) out.write(lines.splice(0).join(''));
  };
  const timer = setInterval(flush, 200);
  let last = 0;
  return {
    confirmed: (n, position, at, latencyMs) => lines.push(`c ${n} ${position} ${at} ${latencyMs}\n`),
    rejected: (n, at, latencyMs, why) =>
      lines.push(`r ${n} ${at} ${latencyMs} ${why.replaceAll('\n', ' ').slice(0, 300)}\n`),
    sent(count) {
      if (count === last) return;
      last = count;
      lines.push(`s ${count}\n`);
    },
    async end() {
      clearInterval(timer);
      flush();
      await new Promise((resolve) => out.end(resolve));
    },
  };
}

/** The number of the record, padded to its size. */
export function valueOf(n, bytes) {
  return Buffer.from(String(n).padEnd(bytes));
}
