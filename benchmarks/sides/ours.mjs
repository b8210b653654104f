import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { EventBus, EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { TRACKING_EVENT_EMITTED } from 'openedx-events';
import { setSdk } from '../sdk.mjs';
import { atRates, cpuMeter, meter, NUMBERED, numbered, stopwatch } from '../events.mjs';

const LOGGER = ['error', 'warn', 'fatal'];

/** Reads the metrics each second, fifteen times as often as Prometheus, and as an OpenTelemetry SDK does. */
async function readMetrics({ metrics }) {
  if (metrics === 'prometheus') {
    const { register } = await import('prom-client');
    setInterval(() => void register.metrics(), 1_000).unref();
  }
  if (metrics === 'opentelemetry') {
    const api = await import('@opentelemetry/api');
    const sdk = await import('@opentelemetry/sdk-metrics');
    const exporter = new sdk.InMemoryMetricExporter(sdk.AggregationTemporality.CUMULATIVE);
    const reader = new sdk.PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000 });
    setInterval(() => exporter.reset(), 5_000).unref();
    api.metrics.setGlobalMeterProvider(new sdk.MeterProvider({ readers: [reader] }));
  }
}

/** The complete main function of a consumer process with one `@OnEvent` method. SIGTERM ends it. */
async function consumer({ settings, topic, group, event = NUMBERED }, handle) {
  await readMetrics(settings);
  class Numbers {
    onNumbered(data) {
      return handle(data);
    }
  }
  const { prototype } = Numbers;
  OnEvent(event)(prototype, 'onNumbered', Object.getOwnPropertyDescriptor(prototype, 'onNumbered'));
  Payload()(prototype, 'onNumbered', 0);
  Controller()(Numbers);
  class Consumer {}
  Module({ imports: [EventBusModule.forRoot({ events: [event], ...settings })], controllers: [Numbers] })(Consumer);
  return runConsumer(Consumer, ['--topic', topic, '--group', group]);
}

const EVENTS = {
  numbered: { event: NUMBERED, seqOf: (data) => data.number.seq },
  tracking: { event: TRACKING_EVENT_EMITTED, seqOf: (data) => Number(data.tracking_log.name), keys: 1e6 },
};

/** The handler takes `waitMs`. `sdk` is the share of traces that OpenTelemetry's SDK samples. `tell` receives the first arrival, and with `memoryMs` the memory at that interval. */
export async function consume({ total, skip = 0, event = 'numbered', waitMs = 0, memoryMs, sdk, ...options }, tell) {
  if (sdk !== undefined) setSdk(sdk);
  const { event: definition, seqOf, keys } = EVENTS[event];
  const { arrived, all, check } = meter(total, skip, keys);
  let isFirst = true;
  const count = (data) => {
    if (isFirst) tell('first');
    isFirst = false;
    arrived(seqOf(data));
  };
  const wait = async (data) => {
    count(data);
    await pause(waitMs);
  };
  const memory = [];
  const sampling = memoryMs === undefined ? undefined : setInterval(() => memory.push(megabytes()), memoryMs);
  const ended = consumer({ ...options, event: definition }, waitMs === 0 ? count : wait);
  const perSecond = await Promise.race([all, ended]);
  clearInterval(sampling);
  await pause(200);
  return { perSecond, memory, ...check() };
}

function megabytes() {
  const { rss, heapUsed } = process.memoryUsage();
  return { rss: Math.round(rss / 2 ** 20), heap: Math.round(heapUsed / 2 ** 20) };
}

/** One of several members. It tells which events it has handled. SIGTERM ends it. */
export async function member({ waitMs, ...options }, tell) {
  let seqs = [];
  setInterval(() => {
    if (seqs.length > 0) tell({ seqs });
    seqs = [];
  }, 50);
  await consumer(options, async (data) => {
    seqs.push(data.number.seq);
    await pause(waitMs);
  });
}

export async function latencies({ phases, ...options }, tell) {
  const { arrived, all, quantiles } = stopwatch(phases);
  let isReady = false;
  const ended = consumer(options, (data) => {
    if (data.number.seq >= 0) return arrived(data);
    if (!isReady) tell('ready');
    isReady = true;
  });
  await Promise.race([all, ended]);
  return quantiles();
}

/** Publishes at the rates of the phases, after the consumer has shown that it is ready. */
export async function publishAtRates({ settings, topic, phases }) {
  const { app, bus } = await publisher(settings);
  await atRates(phases, (data) => bus.publish(NUMBERED, data, { topic }));
  await app.close();
}

async function publisher(settings) {
  await readMetrics(settings);
  class Publisher {}
  Module({ imports: [EventBusModule.forRoot({ events: [NUMBERED], ...settings })] })(Publisher);
  const app = await NestFactory.createApplicationContext(Publisher, { logger: LOGGER, abortOnError: false });
  return { app, bus: app.get(EventBus) };
}

/** Publishes with `callers` concurrent callers. Each publishes again after its answer. */
export async function publish({ settings, topic, total, skip, callers, sdk }) {
  if (sdk !== undefined) setSdk(sdk);
  const { app, bus } = await publisher(settings);
  let next = 0;
  let startedAt;
  let cpu;
  const caller = async () => {
    while (next < total) {
      if (next === skip) {
        startedAt = performance.now();
        cpu = cpuMeter(total - skip);
      }
      await bus.publish(NUMBERED, numbered(next++), { topic });
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const perSecond = ((total - skip) * 1000) / (performance.now() - startedAt);
  const cpuUs = cpu();
  await app.close();
  return { perSecond, cpuUs };
}

/** Publishes batches one after another. Each batch is `size` calls made at the same time. */
export async function publishBatches({ settings, topic, total, skip, size }) {
  const { app, bus } = await publisher(settings);
  let startedAt;
  for (let next = 0; next < total; next += size) {
    if (next === skip) startedAt = performance.now();
    await Promise.all(Array.from({ length: size }, (_, n) => bus.publish(NUMBERED, numbered(next + n), { topic })));
  }
  const perSecond = ((total - skip) * 1000) / (performance.now() - startedAt);
  await app.close();
  return { perSecond };
}
