import type { OutgoingRecord } from '../../core/backend.js';
import { recordBytes } from '../../core/publish/joint-publish.js';
import { kafkaError } from '../client/errors.js';
import { positionText } from '../position.js';
import { errorName, ProtocolError } from '../protocol/error-codes.js';
import type { ProducedPartition, ProduceResponse } from '../protocol/produce.js';
import type { Sent } from './broker-link.js';
import { refusal } from './refusal.js';
import { hasMoved, mayBeSmaller, verdictOn } from './verdict.js';

/**
 * Settles the calls of a request's batches by the broker's response, batch by batch. A batch that the response leaves
 * out has failed. Calls `look` with each topic whose leader has moved.
 */
export function onAnswer(sent: readonly Sent[], { topics }: ProduceResponse, look: (topic: string) => void): void {
  const now = performance.now();
  const answers = new Map(
    topics.map(({ topic, partitions }) => [topic, new Map(partitions.map((each) => [each.partition, each]))]),
  );
  for (const { queue, batch } of sent) {
    const answer = answers.get(queue.topic)?.get(queue.partition);
    if (answer === undefined) queue.failed(batch, new Error('the broker did not answer for this partition'), now);
    else onOutcome({ queue, batch }, answer, { now, look });
  }
}

function onOutcome(
  { queue, batch }: Sent,
  answer: ProducedPartition,
  { now, look }: { readonly now: number; readonly look: (topic: string) => void },
): void {
  const type = errorName(answer.errorCode);
  if (type === undefined) {
    for (const [n, { call, index }] of batch.entries.entries())
      call.taken(index, positionText(queue.partition, answer.baseOffset + n));
    queue.taken(batch);
    return;
  }
  const error = new ProtocolError(type, answer.errorMessage);
  switch (verdictOn(type)) {
    case 'refused':
      onRefused({ queue, batch }, answer, error);
      break;
    case 'lost sight':
      batch.fail(kafkaError(error, `report the positions of records of ${queue.topic}, which the broker has stored`));
      queue.taken(batch);
      break;
    case 'gap':
      queue.foundGap(batch, error, now);
      break;
    case 'forgotten':
      queue.forgotten(batch, error, now);
      break;
    case 'again':
      queue.failed(batch, error, now);
      if (hasMoved(type)) look(queue.topic);
  }
}

/**
 * Fails only the refused records, if the broker names them. Otherwise splits the batch in half and tries both halves.
 */
function onRefused({ queue, batch }: Sent, { recordErrors }: ProducedPartition, error: ProtocolError): void {
  const { entries } = batch;
  const refused = new Map(recordErrors.map(({ index, message }) => [index, message]));
  if (refused.size > 0 && refused.size < entries.length) {
    for (const [n, { call, record }] of entries.entries()) {
      const message = refused.get(n);
      if (message !== undefined) call.fail(refusal(new ProtocolError(error.type, message), record.topic));
    }
    queue.refused(batch, [entries.filter((_, n) => !refused.has(n))]);
    return;
  }
  if (entries.length > 1 && mayBeSmaller(error.type)) {
    if (error.type === 'MESSAGE_TOO_LARGE') queue.tooLarge(batch.size);
    const half = Math.ceil(entries.length / 2);
    queue.refused(batch, [entries.slice(0, half), entries.slice(half)]);
    return;
  }
  const [entry] = entries;
  const isTooLarge = error.type === 'MESSAGE_TOO_LARGE' && entry !== undefined;
  batch.fail(refusal(error, `${queue.topic}${isTooLarge ? sizeText(entry.record) : ''}`));
  queue.refused(batch, []);
}

/** The broker names neither the size of the record nor its limit. */
function sizeText(record: OutgoingRecord): string {
  return ` a record of ${recordBytes(record)} bytes (key, value and headers), more than max.message.bytes of the topic allows`;
}
