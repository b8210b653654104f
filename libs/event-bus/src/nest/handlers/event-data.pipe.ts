import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { UnusableRecordError } from '../../core/errors.js';
import { hasConstraints, validationReasons } from '../../event-classes/event-class.js';

type DataClass = new () => object;

/**
 * If a handler takes a class with class-validator constraints, makes the data an instance of it and checks it.
 *
 * Data that does not fit makes the record unusable for this handler, without a retry. Other handlers are not affected,
 * not even in speed.
 */
export class EventDataPipe implements PipeTransform {
  readonly #constrained = new WeakMap<object, boolean>();

  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (type !== 'body' || metatype === undefined || !this.#isConstrained(metatype)) return value;
    return this.#checked(value, metatype);
  }

  async #checked(value: unknown, metatype: NonNullable<ArgumentMetadata['metatype']>): Promise<unknown> {
    const instance = plainToInstance(metatype as DataClass, value);
    const errors = await validate(instance, { forbidUnknownValues: false });
    if (errors.length === 0) return instance;
    throw new UnusableRecordError(
      `The data does not fit ${metatype.name}: ${errors.flatMap((error) => validationReasons(error)).join('; ')}`,
    );
  }

  #isConstrained(metatype: object): boolean {
    const known = this.#constrained.get(metatype);
    if (known !== undefined) return known;
    const is = hasConstraints(metatype as DataClass);
    this.#constrained.set(metatype, is);
    return is;
  }
}
