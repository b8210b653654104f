import { FILES } from './pod-environment.js';
import { type ConsumerPlan, type Manifest, metadataOf, selectorOf } from './consumer-plan.js';

/** The name of the container in the pod. */
export const CONTAINER = 'consumer';

/** The time between the end of the stop budget and the kill, in seconds. */
const SLACK = 5;

/** Returns the Deployment of a consumer. */
export function deployment(plan: ConsumerPlan): Manifest {
  const { name, environment, secret } = plan;
  const hasFiles = environment.files.length > 0;
  return {
    comment: `The number of pods is missing on purpose: KEDA sets it, and another apply would reset it.
In a roll-out, all new pods join the group together, then all old pods leave together, instead of one pod after the
other. A version that does not get ready replaces no pod.`,
    object: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadataOf(plan),
      spec: {
        selector: { matchLabels: selectorOf(name) },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 } },
        template: {
          metadata: { labels: metadataOf(plan).labels },
          spec: {
            // The stop budget (EVENT_BUS_CONSUMER_STOP_TIMEOUT), and what the process needs to end.
            terminationGracePeriodSeconds: Math.ceil(plan.settings.stopTimeout) + SLACK,
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [container(plan)],
            ...(hasFiles ? { volumes: [filesVolume(secret, environment.files)] } : {}),
          },
        },
      },
    },
  };
}

/** Returns the PodDisruptionBudget of a consumer. */
export function disruptionBudget(plan: ConsumerPlan): Manifest {
  return {
    comment: `A drain of nodes stops one pod at a time. minAvailable would block the drain while there is one pod.`,
    object: {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: metadataOf(plan),
      spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(plan.name) } },
    },
  };
}

function container(plan: ConsumerPlan) {
  const { topic, group, environment } = plan;
  const probe = (path: string) => ({ httpGet: { path, port: 'health' }, periodSeconds: 10, timeoutSeconds: 5 });
  return {
    name: CONTAINER,
    image: plan.image,
    // The equals sign keeps a name that begins with a hyphen.
    args: [literal(`--topic=${topic}`), literal(`--group=${group}`)],
    env: variables(plan),
    ports: [{ name: 'health', containerPort: healthPort(environment.values) }],
    startupProbe: { ...probe('/live'), periodSeconds: 5, failureThreshold: 24 },
    livenessProbe: { ...probe('/live'), failureThreshold: 3 },
    readinessProbe: { ...probe('/ready'), failureThreshold: 3 },
    resources: { requests: { cpu: '100m', memory: '128Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    ...(environment.files.length > 0 ? { volumeMounts: [{ name: 'settings', mountPath: FILES, readOnly: true }] } : {}),
  };
}

function variables({ environment: { values, secrets, files }, secret }: ConsumerPlan) {
  return [
    // The name of the member on Redis, and of the pod in the logs.
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ...[...values].map(([name, value]) => ({ name, value: literal(value) })),
    ...files.map((name) => ({ name, value: `${FILES}/${name}` })),
    ...secrets.map((name) => ({ name, valueFrom: { secretKeyRef: { name: secret, key: name } } })),
  ];
}

function filesVolume(secretName: string, files: readonly string[]) {
  return { name: 'settings', secret: { secretName, items: files.map((file) => ({ key: file, path: file })) } };
}

function healthPort(values: ReadonlyMap<string, string>): number {
  return Number(values.get('EVENT_BUS_HEALTH_PORT'));
}

/** Kubernetes replaces `$(NAME)` in arguments and values by a variable. */
function literal(text: string): string {
  return text.replaceAll('$(', '$$$$(');
}
