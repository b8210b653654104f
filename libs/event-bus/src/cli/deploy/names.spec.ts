import { describe, expect, it } from 'vitest';
import { objectName } from './names.js';

describe('The name of the objects', () => {
  it('is the topic and the group', () => {
    expect(objectName('orders', 'warehouse')).toBe('orders-warehouse');
  });

  it.each([
    ['Orders', 'warehouse'],
    ['orders.created', 'ware_house'],
    ['o'.repeat(249), 'g'.repeat(255)],
    ['..._', '---'],
    ['-', 'ö'],
  ])('fits Kubernetes for topic %s and group %s', (topic, group) => {
    expect(objectName(topic, group)).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,52}[a-z0-9])?$/);
  });

  it('differs for consumers whose names differ only in what does not fit', () => {
    const names = [
      objectName('orders.x', 'g'),
      objectName('orders_x', 'g'),
      objectName('orders-x', 'g'),
      objectName('o'.repeat(60), 'g'),
      objectName('o'.repeat(61), 'g'),
    ];
    expect(new Set(names).size).toBe(names.length);
  });
});
