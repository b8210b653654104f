/** The names that a thing has in code: `order-placed`, `OrderPlaced`, `com.example.order.placed.v1`. */
export interface Names {
  readonly kebab: string;
  readonly pascal: string;
  readonly type: string;
}

export function namesOf(name: string): Names {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
  return {
    kebab: words.join('-'),
    pascal: words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(''),
    type: `com.example.${words.join('.')}.v1`,
  };
}

export const eventFile = ({ pascal, type }: Names): string => `import { EventData, Field } from 'nest-event-bus';

/** What has happened. Change the type and the fields to yours; \`keyField\` keeps events of one key in order. */
@EventData('${type}', { keyField: 'id' })
export class ${pascal} {
  @Field('string')
  id!: string;
}
`;

export const handlerFile = (
  { kebab, pascal }: Names,
  extension: string,
): string => `import { Controller, Logger } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { OnEvent } from 'nest-event-bus';
import { ${pascal} } from './${kebab}.event${extension}';

@Controller()
export class ${pascal}Handler {
  private readonly logger = new Logger(${pascal}Handler.name);

  /** An event may come more than once: make it harmless. If this throws, the bus tries again. */
  @OnEvent(${pascal})
  handle(@Payload() event: ${pascal}): void {
    this.logger.log(\`${pascal} \${event.id}\`);
  }
}
`;

export const handlerTest = (
  { kebab, pascal }: Names,
  extension: string,
): string => `import { Test } from '@nestjs/testing';
import { connectConsumer, EventBus, EventBusModule } from 'nest-event-bus';
import { temporaryBus } from 'nest-event-bus/testing';
import { ${pascal} } from './${kebab}.event${extension}';
import { ${pascal}Handler } from './${kebab}.handler${extension}';

describe('${pascal}Handler', () => {
  it('handles a published event', async () => {
    const bus = temporaryBus();
    const module = await Test.createTestingModule({
      imports: [EventBusModule.forRoot()],
      controllers: [${pascal}Handler],
    }).compile();
    const app = module.createNestApplication();
    const handled = new Promise((resolve) => {
      app.get(${pascal}Handler).handle = resolve;
    });
    try {
      connectConsumer(app, { topic: '${kebab}', group: 'test' });
      await app.startAllMicroservices();
      await app.get(EventBus).publish(${pascal}, { id: '1' }, { topic: '${kebab}' });
      expect(await handled).toEqual({ id: '1' });
    } finally {
      await app.close();
      bus.remove();
    }
  }, 30_000);
});
`;

export const consumerModule = (
  { kebab, pascal }: Names,
  extension: string,
): string => `import { Module } from '@nestjs/common';
import { EventBusModule } from 'nest-event-bus';
import { ${pascal}Handler } from './${kebab}/${kebab}.handler${extension}';

/** The handlers of the consumer process. It has no HTTP server. */
@Module({
  imports: [EventBusModule.forRoot()],
  controllers: [${pascal}Handler],
})
export class ConsumerModule {}
`;

export const consumerMain = (isEsm: boolean): string => `import { runConsumer } from 'nest-event-bus';
import { ConsumerModule } from './consumer.module${isEsm ? '.js' : ''}';

// nest start consumer --topic <topic> --group <group>
${isEsm ? 'await' : 'void'} runConsumer(ConsumerModule);
`;
