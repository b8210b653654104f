/** A connection could not be made, or has ended: whether the broker has done what it was asked for is not known. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  /** Whether the broker ended it without a word. */
  readonly isClosedByBroker: boolean;

  constructor(
    message: string,
    { isClosedByBroker = false, ...options }: ErrorOptions & { readonly isClosedByBroker?: boolean } = {},
  ) {
    super(message, options);
    this.isClosedByBroker = isClosedByBroker;
  }
}
