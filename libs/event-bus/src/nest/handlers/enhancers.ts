import type { ApplicationConfig } from '@nestjs/core';
import { EventDataPipe } from './event-data.pipe.js';
import { KeepErrorFilter } from './keep-error.filter.js';

type List =
  | 'getGlobalFilters'
  | 'getGlobalRequestFilters'
  | 'getGlobalPipes'
  | 'getGlobalRequestPipes'
  | 'getGlobalGuards'
  | 'getGlobalRequestGuards'
  | 'getGlobalInterceptors'
  | 'getGlobalRequestInterceptors'
  | 'getGlobalPreRequestHooks';

const FILTERS: readonly List[] = ['getGlobalFilters', 'getGlobalRequestFilters'];
const ALL: readonly List[] = [
  ...FILTERS,
  'getGlobalPipes',
  'getGlobalRequestPipes',
  'getGlobalGuards',
  'getGlobalRequestGuards',
  'getGlobalInterceptors',
  'getGlobalRequestInterceptors',
  'getGlobalPreRequestHooks',
];

/** The enhancers that a consumer inherits from its application: all global ones, only filters, or nothing. */
export type Inherited = 'all' | 'filters' | 'nothing';

/**
 * Adds the enhancers of the bus to a consumer's microservice. Call it before the microservice registers its handlers.
 */
export function addOwnEnhancers(config: ApplicationConfig): void {
  // Nest tries filters from the last to the first. So this one is the last resort, after the application's filters.
  extend(config, 'getGlobalFilters', (own) => [new KeepErrorFilter(), ...own]);
  extend(config, 'getGlobalPipes', (own) => [...own, new EventDataPipe()]);
}

/** Applies the application's global enhancers, also later ones, to a consumer's microservice, before its own. */
export function inheritEnhancers(config: ApplicationConfig, from: ApplicationConfig, what: Inherited): void {
  const lists = { all: ALL, filters: FILTERS, nothing: [] }[what];
  for (const list of lists) extend(config, list, (own) => [...(from[list] as () => unknown[])(), ...own]);
}

function extend(config: ApplicationConfig, list: List, change: (own: readonly unknown[]) => unknown[]): void {
  const lists = config as unknown as Partial<Record<List, () => unknown[]>>;
  // Older versions of Nest have no pre-request hooks.
  const own = lists[list]?.bind(config);
  if (own !== undefined) lists[list] = () => change(own());
}
