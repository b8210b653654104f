import type { EventBusSettings } from '../../nest/settings/event-bus-settings.js';
import type { BackendName } from '../../settings/backend-name.js';
import type { PodEnvironment } from './pod-environment.js';

/** What the objects of one consumer are made from. */
export interface ConsumerPlan {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly image: string;
  /** Without prefix, as the consumer takes it. */
  readonly topic: string;
  /** With prefix, as the broker knows it. */
  readonly fullTopic: string;
  readonly group: string;
  readonly backend: Exclude<BackendName, 'embedded'>;
  readonly settings: EventBusSettings;
  readonly environment: PodEnvironment;
  /** The name of the Secret. */
  readonly secret: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** The number of waiting events per pod that the autoscaler aims at. */
  readonly lag: number;
  /** The lag up to which a consumer stays at zero pods. */
  readonly activationLag: number;
}

/** A Kubernetes object, and a comment that explains it. */
export interface Manifest {
  readonly comment: string;
  readonly object: KubernetesObject;
}

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata;
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The metadata that all objects of a consumer share. */
export function metadataOf({ name, namespace }: ConsumerPlan): ObjectMetadata {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { ...selectorOf(name), 'app.kubernetes.io/component': 'event-consumer' },
  };
}

/** The label that selects the pods of a consumer. */
export function selectorOf(name: string): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': name };
}
