import { type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { connectConsumer } from 'nest-event-bus';

// #region hybrid
export async function startShop(AppModule: Type, port: number): Promise<INestApplication> {
  const app = await NestFactory.create(AppModule);
  app.enableShutdownHooks();
  connectConsumer(app, { topic: 'orders', group: 'billing' });
  await app.startAllMicroservices();
  await app.listen(port);
  return app;
}
// #endregion
