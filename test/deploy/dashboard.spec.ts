import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ROOT } from '../support/process.js';
import { requires } from '../support/requirements.js';
import { METRICS, queryProblems } from './metric-names.js';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const { panels, templating } = JSON.parse(readFileSync(join(ROOT, 'deploy/grafana-dashboard.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
};
const TARGETS = panels.flatMap(({ title, targets }) => targets.map((target) => ({ title, ...target })));

describe('The Grafana dashboard', () => {
  it.each(TARGETS)('asks in "$title" only for metrics and labels that the bus has: $legendFormat', ({ expr }) => {
    expect(queryProblems(expr)).toEqual([]);
  });

  it('names series only by labels that their query keeps', () => {
    for (const { title, expr, legendFormat } of TARGETS) {
      const kept = /by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ');
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        expect(kept, `${title}: ${expr}`).toContain(label);
    }
  });

  it('shows every metric but the number of calls', () => {
    const text = JSON.stringify(panels);
    const missing = Object.keys(METRICS).filter((name) => !text.includes(name));
    expect(missing).toEqual(['event_bus_received_total', 'event_bus_handler_calls_total']);
  });

  it('has panels of their own ids that do not overlap, and variables that its queries use', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)}:${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { name } of templating.list)
      expect(JSON.stringify(panels)).toContain(`$${name === 'datasource' ? '{datasource}' : name}`);
  });
});

await requires('promtool', 'The queries of the dashboard in Prometheus', (promtool) => {
  it('are valid', () => {
    const folder = mkdtempSync(join(tmpdir(), 'event-bus-dashboard-'));
    try {
      const file = join(folder, 'rules.yaml');
      const rules = TARGETS.map(({ expr }, n) => ({
        record: `panel:${n}`,
        expr: expr.replaceAll(/\$__(rate_)?interval/g, '5m').replaceAll(/\$\w+/g, '.*'),
      }));
      writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
      expect(execFileSync(promtool, ['check', 'rules', file], { encoding: 'utf8' })).toContain(
        `${rules.length} rules found`,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
