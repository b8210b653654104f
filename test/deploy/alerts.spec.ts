import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { anchorsOf } from '../docs/markdown.js';
import { ROOT } from '../support/process.js';
import { requires } from '../support/requirements.js';
import { ALERT_CASES, type AlertCase } from './alert-cases.js';
import { queryProblems } from './metric-names.js';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly runbook_url: string };
}

const FILE = join(ROOT, 'deploy/alerts.yaml');
const { groups } = parse(readFileSync(FILE, 'utf8')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const RULES = groups.flatMap(({ rules }) => rules);

describe('The alert rules', () => {
  it.each(RULES)('$alert asks only for metrics and labels that the bus has', ({ expr }) => {
    expect(queryProblems(expr)).toEqual([]);
  });

  it.each(RULES)('$alert has a section in the runbook', ({ alert, annotations }) => {
    const [page = '', anchor = ''] = annotations.runbook_url.split('#');
    expect(anchor).toBe(alert.toLowerCase());
    expect(anchorsOf(page)).toContain(anchor);
  });

  it('each have a case that makes them fire', () => {
    const fired = Object.values(ALERT_CASES).flatMap(({ fires }) => fires);
    expect(RULES.filter(({ alert }) => !fired.some((labels) => labels.includes(`"${alert}"`)))).toEqual([]);
  });
});

await requires('promtool', 'The alert rules in Prometheus', (promtool) => {
  const folder = mkdtempSync(join(tmpdir(), 'event-bus-alerts-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are valid', () => {
    expect(execFileSync(promtool, ['check', 'rules', FILE], { encoding: 'utf8' })).toContain(
      `${RULES.length} rules found`,
    );
  });

  it.each(Object.keys(ALERT_CASES))('fire as they should, and no other does: %s', (title) => {
    const file = join(folder, `${title.replace(/\W+/g, '-')}.yaml`);
    writeFileSync(file, stringify(ruleTest(ALERT_CASES[title] as AlertCase)));
    expect(outcomeOf(promtool, file)).toBe('SUCCESS');
  });
});

/** A test file of promtool. */
function ruleTest({ series, at, every = 1, fires }: AlertCase): unknown {
  return {
    rule_files: [FILE],
    evaluation_interval: `${every}m`,
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: [
          {
            expr: 'ALERTS{alertstate="firing"}',
            eval_time: `${at}m`,
            exp_samples: fires.map((labels) => ({ labels, value: 1 })),
          },
        ],
      },
    ],
  };
}

function outcomeOf(promtool: string, file: string): string {
  try {
    return (
      execFileSync(promtool, ['test', 'rules', file], { encoding: 'utf8', stdio: 'pipe' }).split('\n').at(1)?.trim() ??
      ''
    );
  } catch (thrown) {
    const { stdout, stderr } = thrown as { readonly stdout: string; readonly stderr: string };
    return `${stdout}${stderr}`;
  }
}
