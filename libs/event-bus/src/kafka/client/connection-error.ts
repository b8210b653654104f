/** A connection could not be made or has ended. The broker may or may not have executed the request. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  /** Whether the broker closed it without an error. */
  readonly isClosedByBroker: boolean;

  constructor(
    message: string,
    { isClosedByBroker = false, ...options }: ErrorOptions & { readonly isClosedByBroker?: boolean } = {},
  ) {
    super(message, options);
    this.isClosedByBroker = isClosedByBroker;
  }
}
