import { Document } from 'yaml';
import type { ConsumerPlan, Manifest } from './consumer-plan.js';
import { deployment, disruptionBudget } from './deployment.js';
import { kafkaScaling } from './kafka-scaling.js';
import { redisScaling } from './redis-scaling.js';
import { autoscaling } from './scaled-object.js';
import type { Scaling } from './trigger.js';

/** The manifests of a consumer as YAML, and warnings, one sentence each. */
export interface ManifestText {
  readonly text: string;
  readonly warnings: readonly string[];
}

/** Returns the manifests of a consumer. They hold no secret. */
export function manifestText(plan: ConsumerPlan): ManifestText {
  const scaling = plan.backend === 'kafka' ? kafkaScaling(plan) : redisScaling(plan);
  const manifests = [deployment(plan), disruptionBudget(plan), ...autoscaling(plan, scaling)];
  const head = headOf(plan, scaling).map((line) => `# ${line}\n`);
  return { text: `${head.join('')}\n${manifests.map(documentText).join('---\n')}`, warnings: scaling.warnings };
}

function headOf({ topic, group, secret, environment }: ConsumerPlan, { authentication }: Scaling): readonly string[] {
  const keys = [
    ...environment.secrets.map((name) => `${name}: the value of this setting`),
    ...environment.files.map((name) => `${name}: the file that this setting names`),
    ...Object.entries(authentication.extraKeys).map(([name, meaning]) => `${name}: ${meaning}`),
  ];
  return [
    `Consumer of topic ${topic}, group ${group}. Written by event-bus manifests for KEDA 2.17 or newer.`,
    ...(keys.length === 0
      ? []
      : [
          `Create the Secret ${secret} before, in the same namespace, with these keys:`,
          ...keys.map((key) => `  ${key}`),
        ]),
  ];
}

function documentText({ comment, object }: Manifest): string {
  const document = new Document(object, { aliasDuplicateObjects: false });
  document.commentBefore = comment.replace(/^/gm, ' ');
  return document.toString({ lineWidth: 0 });
}
