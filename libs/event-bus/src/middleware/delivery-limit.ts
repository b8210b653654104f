import type { Middleware } from '../core/consume/delivery.js';
import { DeliveryLimitError } from '../core/errors.js';

/**
 * Rejects records that were in hand when `limit` members vanished, if the backend counts this. Otherwise a record that
 * crashes its process could do so forever.
 */
export function deliveryLimit(limit: number): Middleware {
  return (delivery, next) => {
    const { abandoned = 0 } = delivery.record;
    if (abandoned < limit) return next();
    const text = `${abandoned} members vanished while they held this record, the limit of EVENT_BUS_DELIVERY_LIMIT; the record may have ended their processes.`;
    return Promise.reject(new DeliveryLimitError(text));
  };
}
