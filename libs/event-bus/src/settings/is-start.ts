import { ValidateBy } from 'class-validator';

/** Checks that the value is a {@link Start}. */
export function IsStart(): PropertyDecorator {
  return ValidateBy({
    name: 'isStart',
    validator: {
      validate: (value: unknown) =>
        value === 'earliest' || value === 'latest' || (value instanceof Date && !Number.isNaN(value.getTime())),
    },
  });
}
