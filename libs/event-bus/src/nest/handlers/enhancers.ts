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

/** What a consumer takes over of the application that it is connected to: all global enhancers, its filters alone, or nothing. */
export type Inherited = 'all' | 'filters' | 'nothing';

/** Puts the enhancers of the bus among those of a consumer's microservice. To be called before it registers its handlers. */
export function addOwnEnhancers(config: ApplicationConfig): void {
  // Nest asks filters from the back, so the first is asked last: it takes what no filter of the application does.
  extend(config, 'getGlobalFilters', (own) => [new KeepErrorFilter(), ...own]);
  extend(config, 'getGlobalPipes', (own) => [...own, new EventDataPipe()]);
}

/** Lets the application's global enhancers, also those that are yet to come, apply to a consumer's microservice, before its own. */
export function inheritEnhancers(config: ApplicationConfig, from: ApplicationConfig, what: Inherited): void {
  const lists = { all: ALL, filters: FILTERS, nothing: [] }[what];
  for (const list of lists) extend(config, list, (own) => [...(from[list] as () => unknown[])(), ...own]);
}

function extend(config: ApplicationConfig, list: List, change: (own: readonly unknown[]) => unknown[]): void {
  const lists = config as unknown as Partial<Record<List, () => unknown[]>>;
  // Older versions of Nest have no hooks before requests.
  const own = lists[list]?.bind(config);
  if (own !== undefined) lists[list] = () => change(own());
}
