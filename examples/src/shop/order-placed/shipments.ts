import { Injectable, Logger } from '@nestjs/common';

@Injectable()
export class Shipments {
  readonly packed = new Set<string>();
  private readonly logger = new Logger('Warehouse');

  pack(id: string, quantity: number): void {
    if (quantity > 100) throw new Error(`There are not ${quantity} pieces in stock`);
    // An event may come twice. The second time changes nothing.
    this.packed.add(id);
    this.logger.log(`Packed ${quantity} for ${id}`);
  }
}
