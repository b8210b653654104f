import { type ConsumerPlan, type Manifest, metadataOf } from './consumer-plan.js';
import { CONTAINER } from './deployment.js';
import type { Scaling } from './trigger.js';

const API = 'keda.sh/v1alpha1';

/** Returns the ScaledObject of a consumer, and the TriggerAuthentication if KEDA needs credentials. */
export function autoscaling(plan: ConsumerPlan, scaling: Scaling): readonly Manifest[] {
  const authentication = triggerAuthentication(plan, scaling);
  const reference = authentication === undefined ? {} : { authenticationRef: { name: plan.name } };
  const scaledObject: Manifest = {
    comment: `${scaling.comment}
Scaling down is slow, because each change of the members interrupts the group: after five minutes with less load,
half of the pods leave, and every two minutes half of the rest. The last pod leaves after five minutes without events.
A new Deployment has one pod, which makes the group. While KEDA cannot read the group, the fallback keeps the pods.`,
    object: {
      apiVersion: API,
      kind: 'ScaledObject',
      metadata: metadataOf(plan),
      spec: {
        scaleTargetRef: { name: plan.name, envSourceContainerName: CONTAINER },
        pollingInterval: 15,
        cooldownPeriod: 300,
        minReplicaCount: plan.minReplicas,
        maxReplicaCount: plan.maxReplicas,
        fallback: {
          failureThreshold: 3,
          replicas: Math.max(1, plan.minReplicas),
          behavior: 'currentReplicasIfHigher',
        },
        advanced: {
          horizontalPodAutoscalerConfig: {
            behavior: {
              scaleDown: {
                stabilizationWindowSeconds: 300,
                policies: [{ type: 'Percent', value: 50, periodSeconds: 120 }],
              },
            },
          },
        },
        triggers: scaling.triggers.map((metadata) => ({ type: scaling.type, metadata, ...reference })),
      },
    },
  };
  return [...(authentication === undefined ? [] : [authentication]), scaledObject];
}

function triggerAuthentication(plan: ConsumerPlan, { authentication }: Scaling): Manifest | undefined {
  const env = Object.entries(authentication.variables).map(([parameter, name]) => ({
    parameter,
    name,
    containerName: CONTAINER,
  }));
  const secretTargetRef = Object.entries(authentication.secrets).map(([parameter, key]) => ({
    parameter,
    name: plan.secret,
    key,
  }));
  if (env.length + secretTargetRef.length === 0) return undefined;
  return {
    comment: 'How KEDA signs in at the broker: as the consumer does.',
    object: {
      apiVersion: API,
      kind: 'TriggerAuthentication',
      metadata: metadataOf(plan),
      spec: { ...(env.length > 0 ? { env } : {}), ...(secretTargetRef.length > 0 ? { secretTargetRef } : {}) },
    },
  };
}
