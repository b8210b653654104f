import { Logger, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RegistrationModule } from './registration.module.js';

const app = await NestFactory.create(RegistrationModule);
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true }));
app.enableShutdownHooks([], { useProcessExit: true });
await app.listen(process.env['PORT'] ?? 3000, '127.0.0.1');
new Logger('Registration').log(`Listening on ${await app.getUrl()}`);
