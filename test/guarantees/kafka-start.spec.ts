import { afterEach, expect, it } from 'vitest';
import { kafkaEnv, makeTopic } from '../support/kafka.js';
import { requires } from '../support/requirements.js';
import { type Workbench, workbench } from '../support/workbench.js';

const LONG = { timeout: 60_000 };

await requires('kafka-3.9', 'A consumer that starts on Kafka', (startKafka) =>
  requires('registry', 'with a registry', (startRegistry) => {
    let bench: Workbench;
    afterEach(() => bench.clear());

    const open = async (settings: Readonly<Record<string, string>> = {}) => {
      const servers = await startKafka();
      bench = workbench('kafka start', { ...kafkaEnv(servers, await startRegistry()), ...settings });
      await makeTopic(servers, bench.topic, 1);
    };

    it(
      'ends with 2 when the brokers do not allow its session timeout, and does not say that it consumes',
      LONG,
      async () => {
        await open({ EVENT_BUS_KAFKA_SESSION_TIMEOUT: '2' });
        const refused = bench.consumer('history-consumer');
        expect(await refused.ended, refused.lines.join('\n')).toBe(2);
        const said = refused.lines.join('\n');
        expect(said).toContain(
          'EVENT_BUS_KAFKA_SESSION_TIMEOUT: got 2, which the brokers do not allow (INVALID_SESSION_TIMEOUT): ' +
            'allowed: 6 to 1800 (group.min.session.timeout.ms, group.max.session.timeout.ms).',
        );
        expect(said).not.toContain('Consuming:');
      },
    );

    it('ends with 2 when options of the client would have no effect', LONG, async () => {
      await open({ EVENT_BUS_KAFKA_CLIENT_OPTIONS: '{"retry": {"retries": 3}}' });
      const refused = bench.consumer('history-consumer');
      expect(await refused.ended, refused.lines.join('\n')).toBe(2);
      expect(refused.lines.join('\n')).toContain('EVENT_BUS_KAFKA_CLIENT_OPTIONS: got retry; allowed: nothing but ');
    });

    it('says how long the brokers keep the positions of a group without members', LONG, async () => {
      await open();
      const { topic, group } = bench;
      const started = bench.consumer('history-consumer');
      await started.says(/Consuming:/, 40_000);
      await started.says(
        new RegExp(
          'If a group has no members for this long, the brokers delete its positions \\(offsets\\.retention\\.minutes\\): ' +
            `topic=${topic} group=${group} hours=168$`,
        ),
      );
      expect(await started.stop()).toBe(0);
    });
  }),
);
