// What the matrix covers. One cell is one project of the Nest CLI on one Node.

export const NODES = [20, 22, 24, 26];

/** Nest with its CLI, module system, package manager, major version of ioredis, and the Nodes that it is tried on. */
const PROJECTS = [
  { nest: 11, modules: 'cjs', manager: 'npm', ioredis: 5, nodes: NODES },
  { nest: 11, modules: 'esm', manager: 'npm', ioredis: 6, nodes: NODES },
  { nest: 12, modules: 'cjs', manager: 'npm', ioredis: 6, nodes: NODES },
  { nest: 12, modules: 'esm', manager: 'npm', ioredis: 5, nodes: NODES },
  // How a package manager lays out node_modules does not depend on Node.
  { nest: 11, modules: 'cjs', manager: 'pnpm', ioredis: 5, nodes: [24] },
  { nest: 12, modules: 'esm', manager: 'pnpm', ioredis: 6, nodes: [24] },
  { nest: 11, modules: 'cjs', manager: 'yarn', ioredis: 6, nodes: [24] },
  { nest: 12, modules: 'esm', manager: 'yarn', ioredis: 5, nodes: [24] },
];

/** The columns of the table. */
export const STEPS = ['embedded', 'Redis', 'nest start consumer', 'tests', 'event-bus'];

/** Failures that are not ours. The step fails with this output, else the cell fails. */
const OUTSIDE = [
  {
    step: 'tests',
    of: ({ nest, modules, node }) => nest === 12 && modules === 'cjs' && node < 24,
    output: /Must use import to load ES Module: \S*@nestjs/,
    reason: 'Nest 12 is ES modules only. Jest loads them with `require` from Node 24.9 on.',
  },
];

/** All cells, by project, then by Node. */
export const CELLS = PROJECTS.flatMap(({ nodes, ...project }) =>
  nodes.map((node) => {
    const name = `nest${project.nest}-${project.modules}-${project.manager}`;
    return { ...project, node, project: name, name: `${name}-node${node}` };
  }),
);

/** Returns the known failure of this step, or undefined. */
export function outside(cell, step) {
  return OUTSIDE.find((known) => known.step === step && known.of(cell));
}

/**
 * Returns the cells that a filter chooses: `pnpm`, `nest12-node26` or a whole name. All parts of a filter hold; one of
 * several filters is enough. Throws on a filter that chooses nothing.
 */
export function choose(filters, cells = CELLS) {
  if (filters.length === 0) return cells;
  const chosen = filters.map((filter) => {
    const parts = filter.split('-');
    const found = cells.filter(({ name }) => parts.every((part) => name.split('-').includes(part)));
    if (found.length > 0) return found;
    const known = [...new Set(cells.flatMap(({ name }) => name.split('-')))].join(', ');
    throw new Error(`--only ${filter}: no such cell. Join parts by "-": ${known}.`);
  });
  return cells.filter((cell) => chosen.some((found) => found.includes(cell)));
}
