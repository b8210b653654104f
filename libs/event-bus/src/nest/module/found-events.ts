import type { ModulesContainer } from '@nestjs/core';
import type { EventSource } from '../../event-classes/event-class.js';
import { onEventsOf } from '../handlers/on-event-methods.js';
import { EVENT_BUS_FEATURE } from '../tokens.js';

/**
 * Returns the events that an application's modules name: in `forFeature()`, and in `@OnEvent` on their controllers. It
 * needs no instances.
 */
export function foundEvents(modules: ModulesContainer): readonly EventSource[] {
  return [...modules.values()].flatMap(({ providers, controllers }) => [
    ...((providers.get(EVENT_BUS_FEATURE)?.instance ?? []) as readonly EventSource[]),
    ...[...controllers.values()].flatMap(({ metatype }) => onEventsOf(metatype).flatMap((each) => each.definitions)),
  ]);
}
