import type { Broker } from 'kafkajs';
import { recordBytes } from '../core/joint-publish.js';
import { FETCH_VERSION, type LateMessage, readFetchAnswer } from './fetch-answer.js';
import type { Records } from './port.js';
import { HeaderNames } from './record-batch.js';
import { storedRecord } from './stored-record.js';

/**
 * Makes what keeps kafkajs from decoding the records that a broker answers with: it makes a dozen objects of each before anyone asks for it,
 * which costs more than all that we do. What it cannot be kept from is taken as kafkajs decodes it.
 */
export function lateDecoder(): (broker: Broker) => void {
  const names = new HeaderNames();
  return (broker) => replaceDecoder(broker as Broker & Partial<Requests>, names);
}

/** The records of a kafkajs batch, whoever decodes them. */
export function recordsOf(messages: readonly unknown[]): readonly Records[] {
  return messages.map((message) => {
    const { records } = message as Partial<LateMessage>;
    return records ?? decoded(message as Parameters<typeof storedRecord>[0]);
  });
}

/** How a kafkajs broker looks up a request of the protocol; not in its types. */
interface Requests {
  lookupRequest: Lookup;
}

type Lookup = (apiKey: number, versions: unknown) => (parameters: unknown) => ProtocolRequest;

interface ProtocolRequest {
  readonly request: { readonly apiVersion: number };
  readonly response: { decode(bytes: Buffer): Promise<unknown> };
}

const FETCH = 1;
const REPLACED = Symbol('replaced');

/** Again after every connect, as kafkajs then sets its own. */
function replaceDecoder(broker: Partial<Requests>, names: HeaderNames): void {
  const { lookupRequest } = broker;
  if (typeof lookupRequest !== 'function' || REPLACED in lookupRequest) return;
  const lookup: Lookup = (apiKey, versions) => {
    const make = lookupRequest(apiKey, versions);
    if (apiKey !== FETCH) return make;
    return (parameters) => {
      const made = make(parameters);
      const { request, response } = made;
      if (request.apiVersion !== FETCH_VERSION) return made;
      const decode = async (bytes: Buffer) => (await readFetchAnswer(bytes, names)) ?? response.decode(bytes);
      return { ...made, response: { ...response, decode } };
    };
  };
  broker.lookupRequest = Object.assign(lookup, { [REPLACED]: true });
}

function decoded(message: Parameters<typeof storedRecord>[0]): Records {
  let record: ReturnType<typeof storedRecord> | undefined = storedRecord(message);
  return {
    bytes: recordBytes(record),
    get left() {
      return record === undefined ? 0 : 1;
    },
    next(from) {
      const taken = record;
      record = undefined;
      return taken !== undefined && taken.offset >= from ? taken : undefined;
    },
  };
}
