import { Controller, Get, Module } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { EventBusHealthIndicator } from 'nest-event-bus/terminus';

// #region terminus
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly bus: EventBusHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.health.check([() => this.bus.isReady('events')]);
  }
}

@Module({ imports: [TerminusModule], controllers: [HealthController], providers: [EventBusHealthIndicator] })
export class HealthModule {}
// #endregion
