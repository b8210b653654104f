const BARS = '▁▂▃▄▅▆▇█';
const WIDTH = 40;

/** Shows lag and consumers over time: drawn over itself in a terminal, otherwise a line every two seconds. */
export function display(out = process.stdout) {
  return out.isTTY ? drawn(out) : lines(out);
}

function drawn(out) {
  const lags = [];
  const members = [];
  let height = 0;
  return {
    show({ wave, events, oldestSeconds, consumers, published }) {
      lags.push(events);
      members.push(consumers);
      const rows = [
        `  now        ${wave}`,
        `  lag        ${bar(events, Math.max(1, ...lags))} ${String(events).padStart(5)} events, oldest ${seconds(oldestSeconds)}`,
        `  consumers  ${bar(consumers, Math.max(1, ...members))} ${String(consumers).padStart(5)}`,
        `  handled    ${published - events} of ${published} published`,
        '',
        `  lag        ${line(lags)}`,
        `  consumers  ${line(members)}`,
      ];
      out.write(`${height === 0 ? '' : `\x1b[${height}A`}${rows.map((row) => `\x1b[2K${row}\n`).join('')}`);
      height = rows.length;
    },
  };
}

function lines(out) {
  const began = Date.now();
  let next = 0;
  return {
    show({ wave, events, oldestSeconds, consumers, published }) {
      const ms = Date.now() - began;
      if (ms < next) return;
      next = ms + 2_000;
      out.write(
        `  ${String(Math.round(ms / 1000)).padStart(3)} s  lag ${events}, oldest ${seconds(oldestSeconds)}, consumers ${consumers}, published ${published} (${wave})\n`,
      );
    },
  };
}

function bar(value, most) {
  return '█'.repeat(Math.round((value / most) * WIDTH)).padEnd(WIDTH, '·');
}

/** The last values, as high as the highest of all of them. */
function line(values) {
  const most = Math.max(1, ...values);
  const step = Math.ceil(values.length / 80);
  return values
    .filter((_, n) => n % step === 0)
    .map((value) => BARS[Math.round((value / most) * (BARS.length - 1))])
    .join('');
}

function seconds(value) {
  return `${value.toFixed(1)} s`;
}
