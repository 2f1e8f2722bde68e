import { optionalText, type Raw, raw, raws, stringMap, text } from '../../evidence/kubernetes/raw.ts';

/** Who else keeps an object as it is. */
export interface Manager {
  readonly name: string;
  /** It puts the object back to its own source by itself, again and again. */
  readonly reconciles: boolean;
}

const byMark: readonly (readonly [kind: 'label' | 'annotation', key: string, value: string | undefined, Manager])[] = [
  ['label', 'reconcile.external-secrets.io/managed', undefined, { name: 'External Secrets', reconciles: true }],
  ['label', 'reconcile.external-secrets.io/created-by', undefined, { name: 'External Secrets', reconciles: true }],
  ['label', 'secrets.hashicorp.com/vso-ownerRefUID', undefined, { name: 'the Vault Secrets Operator', reconciles: true }],
  ['label', 'app.kubernetes.io/managed-by', 'hashicorp-vso', { name: 'the Vault Secrets Operator', reconciles: true }],
  ['annotation', 'sealedsecrets.bitnami.com/managed', undefined, { name: 'Sealed Secrets', reconciles: true }],
  ['annotation', 'argocd.argoproj.io/tracking-id', undefined, { name: 'Argo CD', reconciles: false }],
  ['label', 'argocd.argoproj.io/instance', undefined, { name: 'Argo CD', reconciles: false }],
  ['label', 'kustomize.toolkit.fluxcd.io/name', undefined, { name: 'Flux', reconciles: false }],
  ['label', 'helm.toolkit.fluxcd.io/name', undefined, { name: 'Flux', reconciles: false }],
  ['label', 'app.kubernetes.io/managed-by', 'Helm', { name: 'Helm', reconciles: false }],
];

/** By the marks that these tools leave, and by owner references; undefined: nobody that is known. */
export function managerOf(object: Raw | undefined): Manager | undefined {
  const metadata = raw(object?.metadata);
  const [owner] = raws(metadata.ownerReferences);
  if (owner) return { name: `${text(owner.kind)} ${text(owner.name)}`, reconciles: true };
  const marks = { label: stringMap(metadata.labels), annotation: stringMap(metadata.annotations) };
  const found = byMark.find(([kind, key, value]) => {
    const present = optionalText(marks[kind][key]);
    return present !== undefined && (value === undefined || present === value);
  });
  return found?.[3];
}
