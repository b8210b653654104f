import { Controller, Get, Header } from '@nestjs/common';
import { EventBusMetrics } from 'nest-event-bus';

@Controller()
export class MetricsController {
  constructor(private readonly metrics: EventBusMetrics) {}

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  async text(): Promise<string> {
    return (await this.metrics.text()).body;
  }
}
