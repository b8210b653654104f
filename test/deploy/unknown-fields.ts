import ts from 'typescript';
import { ROOT } from '../support/process.js';

/** Where the types of the objects are, by kind. */
const TYPES: Readonly<Record<string, string>> = {
  Deployment: 'kubernetes-models/apps/v1',
  PodDisruptionBudget: 'kubernetes-models/policy/v1',
  TriggerAuthentication: '@kubernetes-models/keda/keda.sh/v1alpha1',
  ScaledObject: '@kubernetes-models/keda/keda.sh/v1alpha1',
};

/**
 * Fields that the types do not have, because they are of an older KEDA. Source: FallbackBehavior in
 * apis/keda/v1alpha1/scaledobject_types.go of kedacore/keda, since v2.17.0.
 */
const NEWER = ["'\"behavior\"' does not exist in type '{ failureThreshold: number; replicas: number; }'"];

/** Returns what the compiler says about fields that Kubernetes or KEDA do not have, or that have another type. */
export function unknownFields(objects: readonly { readonly kind: string }[]): readonly string[] {
  const file = `${ROOT}test/deploy/printed-objects.ts`;
  const text = objects
    .map(
      (object, n) =>
        `import type { I${object.kind} as T${n} } from '${TYPES[object.kind] ?? ''}';\nexport const o${n}: T${n} = ${JSON.stringify(object, undefined, 1)};\n`,
    )
    .join('');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2023) : read(name, ...rest);
  const exists = host.fileExists.bind(host);
  host.fileExists = (name) => name === file || exists(name);
  const program = ts.createProgram([file], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
    .filter((text) => !NEWER.some((newer) => text.includes(newer)));
}
