/** Calls `stop` at SIGINT and at SIGTERM, once for each, until the returned function is called. */
export function onInterrupt(stop: () => void): () => void {
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return () => void process.off('SIGINT', stop).off('SIGTERM', stop);
}
