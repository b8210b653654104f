// The code that a project of the matrix gets, besides that of the Nest CLI and `nest add`.

export const APP_CONTROLLER = (extension) => `import { Controller, Get, Param, Post } from '@nestjs/common';
import { EventBus } from 'nest-event-bus';
import { AppService } from './app.service${extension}';
import { OrderPlaced } from './order-placed/order-placed.event${extension}';

@Controller()
export class AppController {
  constructor(private readonly appService: AppService, private readonly bus: EventBus) {}

  @Get()
  getHello(): string {
    return this.appService.getHello();
  }

  @Post('orders/:id')
  async place(@Param('id') id: string): Promise<void> {
    await this.bus.publish(OrderPlaced, { id }, { topic: 'order-placed' });
  }
}
`;

export const E2E_TEST = (extension) => `import { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { connectConsumer } from 'nest-event-bus';
import { temporaryBus } from 'nest-event-bus/testing';
import request from 'supertest';
import { App } from 'supertest/types${extension}';
import { AppModule } from './../src/app.module${extension}';
import { OrderPlacedHandler } from './../src/order-placed/order-placed.handler${extension}';

describe('Orders (e2e)', () => {
  const bus = temporaryBus();
  let app: INestApplication<App>;
  let handled: Promise<unknown>;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [AppModule],
      controllers: [OrderPlacedHandler],
    }).compile();
    app = module.createNestApplication();
    handled = new Promise((resolve) => {
      app.get(OrderPlacedHandler).handle = resolve;
    });
    connectConsumer(app, { topic: 'order-placed', group: 'e2e' });
    await app.startAllMicroservices();
    await app.init();
  }, 30_000);

  afterAll(async () => {
    await app.close();
    bus.remove();
  });

  it('/orders/o1 (POST)', async () => {
    await request(app.getHttpServer()).post('/orders/o1').expect(201);
    expect(await handled).toEqual({ id: 'o1' });
  }, 30_000);
});
`;

export const VITEST_CONFIG = (include) => `import { defineConfig } from 'vitest/config';
import tsconfigPaths from 'vite-tsconfig-paths';

export default defineConfig({
  plugins: [tsconfigPaths()],
  test: { globals: true, root: './', include: ['${include}'] },
});
`;
