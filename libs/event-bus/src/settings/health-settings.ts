import { Matches } from 'class-validator';
import { NumberSetting } from './kinds.js';
import { Setting } from './setting.js';

/** The settings of the probes. */
export class HealthSettings {
  @NumberSetting({
    env: 'EVENT_BUS_HEALTH_PORT',
    meaning:
      'The port of the HTTP server for probes and metrics: /live, /ready and /metrics. 0 takes a free port, which a log line names.',
    isWhole: true,
    min: 0,
    max: 65_535,
    defaultText: 'no server',
  })
  healthPort?: number;

  @Setting({
    env: 'EVENT_BUS_HEALTH_HOST',
    meaning: 'The address that the server for probes listens on.',
    allowed: 'an IP address or a host name of this machine',
  })
  @Matches(/^[\w.:%-]{1,255}$/)
  healthHost: string = '0.0.0.0';

  @NumberSetting({
    env: 'EVENT_BUS_HEALTH_STUCK_AFTER',
    meaning:
      'How long one call of a handler may run, in seconds. /live fails while a call runs longer, so that the process is restarted and the event is handled again.',
    min: 0.001,
    max: 604_800,
  })
  healthStuckAfter: number = 300;
}
