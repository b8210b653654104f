import type { Middleware } from '../core/delivery.js';
import { UnusableRecordError } from '../core/errors.js';

/** Refuses records that so many members vanished with, where the backend counts them: a record that ends its process must not do so for ever. */
export function deliveryLimit(limit: number): Middleware {
  return (delivery, next) => {
    const { abandoned = 0 } = delivery.record;
    if (abandoned < limit) return next();
    const text = `Members vanished ${abandoned} times with this record in hand, which is the limit; it may be what ends their processes.`;
    return Promise.reject(new UnusableRecordError(text));
  };
}
