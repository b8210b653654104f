import { expect, it } from 'vitest';

import type { Delivery } from '../core/consume/delivery.js';
import { UnusableRecordError } from '../core/errors.js';
import { deliveryLimit } from './delivery-limit.js';

const handled = () => Promise.resolve('handled' as const);

it.each([undefined, 0, 2])('lets a record pass that was abandoned %s times of 3', async (abandoned) => {
  await expect(deliveryLimit(3)(deliveryOf(abandoned), handled)).resolves.toBe('handled');
});

it('refuses a record that was abandoned as often as allowed, so that it is set aside', async () => {
  const refused = deliveryLimit(3)(deliveryOf(3), handled);
  await expect(refused).rejects.toThrow(UnusableRecordError);
  await expect(refused).rejects.toThrow(/3 members vanished while they held this record/);
});

function deliveryOf(abandoned: number | undefined): Delivery {
  return { record: abandoned === undefined ? {} : { abandoned } } as Delivery;
}
