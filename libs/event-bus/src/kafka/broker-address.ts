const HOST = String.raw`(?:\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]|[^\s,:/[\]@]+)`;
const PORT = String.raw`(?:6553[0-5]|655[0-2]\d|65[0-4]\d\d|6[0-4]\d{3}|[1-5]\d{4}|[1-9]\d{0,3})`;

/** The address of a broker: `host:port`, or `[address]:port` for IPv6, without a protocol. */
export const BROKER_ADDRESS = new RegExp(`^${HOST}:${PORT}$`);

/** The allowed forms, to complete the sentence "allowed: …". */
export const BROKER_ADDRESSES = 'host:port, or [IPv6 address]:port, without a protocol';
