import { optionalText, type Raw, raw } from '../../evidence/kubernetes/raw.ts';

/** A place that names a Secret. */
export interface Reference {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  readonly name: string;
}

/** Whether a Secret is `<family>` itself or one of its versions, `<family>-v<digits>`. */
export function isOfFamily(name: string, family: string): boolean {
  return name === family || versionIn(name, family) !== undefined;
}

/** The N of `<family>-v<N>`; undefined for any other name. */
export function versionIn(name: string, family: string): number | undefined {
  if (!name.startsWith(`${family}-v`)) return undefined;
  const digits = name.slice(family.length + 2);
  return /^[1-9]\d{0,14}$/.test(digits) ? Number(digits) : undefined;
}

/** The newest of some Secrets of a family: the highest version, the plain name last; undefined where there is none. */
export function newestOf(names: Iterable<string>, family: string): string | undefined {
  return [...names].toSorted((a, b) => (versionIn(b, family) ?? 0) - (versionIn(a, family) ?? 0))[0];
}

/** Every place of a pod's spec that names a Secret. `at`: JSON pointer of the spec. */
export function secretReferences(podSpec: unknown, at = ''): readonly Reference[] {
  const spec = raw(podSpec);
  const found: Reference[] = [];
  const add = (pointer: string, name: unknown): void => {
    const known = optionalText(name);
    if (known !== undefined) found.push({ pointer: `${at}${pointer}`, name: known });
  };
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
    each(spec[list], (container, index) => {
      each(container.env, (env, n) =>
        add(`/${list}/${index}/env/${n}/valueFrom/secretKeyRef/name`, raw(raw(env.valueFrom).secretKeyRef).name),
      );
      each(container.envFrom, (from, n) => add(`/${list}/${index}/envFrom/${n}/secretRef/name`, raw(from.secretRef).name));
    });
  }
  each(spec.volumes, (volume, index) => {
    const here = `/volumes/${index}`;
    add(`${here}/secret/secretName`, raw(volume.secret).secretName);
    each(raw(volume.projected).sources, (source, n) => add(`${here}/projected/sources/${n}/secret/name`, raw(source.secret).name));
    add(`${here}/csi/nodePublishSecretRef/name`, raw(raw(volume.csi).nodePublishSecretRef).name);
    add(`${here}/azureFile/secretName`, raw(volume.azureFile).secretName);
    for (const type of ['cephfs', 'flexVolume', 'iscsi', 'rbd', 'scaleIO', 'storageos']) {
      add(`${here}/${type}/secretRef/name`, raw(raw(volume[type]).secretRef).name);
    }
  });
  each(spec.imagePullSecrets, (secret, index) => add(`/imagePullSecrets/${index}/name`, secret.name));
  return found;
}

/** Those of a family in a workload's pod template. */
export function templateReferences(workload: Raw, family: string): readonly Reference[] {
  const spec = raw(raw(raw(workload.spec).template).spec);
  return secretReferences(spec, '/spec/template/spec').filter(({ name }) => isOfFamily(name, family));
}

/** The index is the array's own: an entry that is no object keeps its place. */
function each(list: unknown, visit: (item: Raw, index: number) => void): void {
  if (!Array.isArray(list)) return;
  for (const [index, item] of list.entries()) visit(raw(item), index);
}

/** Distinct names, in the order of their places. */
export function namesOf(references: readonly Reference[]): readonly string[] {
  return [...new Set(references.map(({ name }) => name))];
}
