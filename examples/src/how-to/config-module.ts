import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { EventBusModule } from 'nest-event-bus';

// #region config
@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }),
    EventBusModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        embeddedPath: config.getOrThrow<string>('BUS_FILE'),
        retryAttempts: config.get<number>('RETRIES', 3),
      }),
    }),
  ],
})
export class AppModule {}
// #endregion
