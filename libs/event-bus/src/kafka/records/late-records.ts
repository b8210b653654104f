import type { Broker } from 'kafkajs';
import { recordBytes } from '../../core/joint-publish.js';
import { FETCH_VERSION, type LateMessage, readFetchAnswer } from './fetch-answer.js';
import { KnownHeaders } from './known-headers.js';
import type { Records } from '../port.js';
import { changeRequest, FETCH } from '../client/requests.js';
import { storedRecord } from './stored-record.js';

/**
 * Makes what keeps kafkajs from decoding the records that a broker answers with: it makes a dozen objects of each before anyone asks for it,
 * which costs more than all that we do. What it cannot be kept from is taken as kafkajs decodes it.
 */
export function lateDecoder(): (broker: Broker) => void {
  const known = new KnownHeaders();
  return (broker) =>
    changeRequest(broker, FETCH, (made) => {
      const { request, response } = made;
      if (request.apiVersion !== FETCH_VERSION) return made;
      const decode = async (bytes: Buffer) => (await readFetchAnswer(bytes, known)) ?? response.decode(bytes);
      return { ...made, response: { ...response, decode } };
    });
}

/** The records of a kafkajs batch, whoever decodes them. */
export function recordsOf(messages: readonly unknown[]): readonly Records[] {
  return messages.map((message) => {
    const { records } = message as Partial<LateMessage>;
    return records ?? decoded(message as Parameters<typeof storedRecord>[0]);
  });
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
