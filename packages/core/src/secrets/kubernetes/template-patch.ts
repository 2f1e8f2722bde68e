import { optionalText, type Raw, raw, text } from '../../evidence/kubernetes/raw.ts';
import { annotations, type TemplateReference, type WorkloadRecord } from '../../model/rotation.ts';
import { RotationFailure } from '../failure.ts';
import type { JsonPatchOperation } from './client.ts';
import { namesOf, type Reference, templateReferences } from './references.ts';

/** What a workload must become. */
export interface TemplateChange {
  /** The Secret's configured name, without a version. */
  readonly family: string;
  /** The Secret that its references shall name. */
  readonly to: string;
  readonly rotation: string;
  /** As it was before: see WorkloadRecord. */
  readonly record: WorkloadRecord;
  /** `Deployment agents/code-gen` */
  readonly label: string;
}

const template = '/spec/template';
const annotationPointer = `${template}/metadata/annotations/${annotations.rotation.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** The rotation that a pod template, or a pod, says it is of. */
export function rotationOf(object: unknown): string | undefined {
  return optionalText(raw(raw(raw(object).metadata).annotations)[annotations.rotation]);
}

export function templateOf(workload: Raw): Raw {
  return raw(raw(workload.spec).template);
}

/** The annotation of a template that was pointed back in a way that must restart its pods. */
export function backOf(rotation: string): string {
  return `${rotation}/back`;
}

/**
 * The JSON patch that points a workload to its new Secret and marks its template with the rotation; empty where it is
 * so already. Each change is behind a `test`, so that nothing is overwritten that was not read. Throws `conflict`
 * where a reference is neither what was recorded nor the new one, or none is left.
 */
export function patchForward(workload: Raw, change: TemplateChange): readonly JsonPatchOperation[] {
  const found = templateReferences(workload, change.family);
  const { to, record, label, family } = change;
  if (found.length === 0) throw new RotationFailure('conflict', `${label} does not refer to Secret ${family} any more`);
  const known = new Set([to, ...namesOf(record.references)]);
  const foreign = found.find(({ name }) => !known.has(name));
  if (foreign) {
    throw new RotationFailure('conflict', `${label} was pointed to Secret ${foreign.name} by somebody else`, {
      hint: `expected ${[...known].join(' or ')}`,
    });
  }
  const changes = found.filter(({ name }) => name !== to).flatMap((reference) => renamed(reference, to));
  return [...changes, ...annotated(workload, change.rotation)];
}

/**
 * The JSON patch back to the recorded references, only where the present one is ours; the annotation as it was, so
 * that the template is the old one to the letter and pods that still run it are left alone. `restart`: another
 * annotation instead, where old pods must begin anew.
 */
export function patchBack(workload: Raw, change: TemplateChange, restart: boolean): readonly JsonPatchOperation[] {
  const { record, rotation, to, family } = change;
  const before = new Map(record.references.map(({ pointer, name }) => [pointer, name]));
  const usual = namesOf(record.references)[0];
  const ours = templateReferences(workload, family).filter(({ name }) => name === to);
  const changes = ours.flatMap((reference) => {
    const name = before.get(reference.pointer) ?? usual;
    return name === undefined || name === reference.name ? [] : renamed(reference, name);
  });
  if (restart) return [...changes, ...annotated(workload, backOf(rotation))];
  if (rotationOf(templateOf(workload)) !== rotation) return changes;
  const test: JsonPatchOperation = { op: 'test', path: annotationPointer, value: rotation };
  return record.annotation === undefined
    ? [...changes, test, { op: 'remove', path: annotationPointer }]
    : [...changes, test, { op: 'replace', path: annotationPointer, value: record.annotation }];
}

function renamed(reference: Reference | TemplateReference, to: string): readonly JsonPatchOperation[] {
  return [
    { op: 'test', path: reference.pointer, value: reference.name },
    { op: 'replace', path: reference.pointer, value: to },
  ];
}

function annotated(workload: Raw, value: string): readonly JsonPatchOperation[] {
  const metadata = raw(templateOf(workload).metadata);
  const present = metadata.annotations;
  if (typeof present === 'object' && present !== null) {
    const now = rotationOf(templateOf(workload));
    if (now === value) return [];
    const test: readonly JsonPatchOperation[] = now === undefined ? [] : [{ op: 'test', path: annotationPointer, value: now }];
    return [...test, { op: 'add', path: annotationPointer, value }];
  }
  // Adding a map would replace one that somebody adds meanwhile: only to the very object that was read.
  const version: JsonPatchOperation = {
    op: 'test',
    path: '/metadata/resourceVersion',
    value: text(raw(workload.metadata).resourceVersion),
  };
  const map = { [annotations.rotation]: value };
  return templateOf(workload).metadata === undefined
    ? [version, { op: 'add', path: `${template}/metadata`, value: { annotations: map } }]
    : [version, { op: 'add', path: `${template}/metadata/annotations`, value: map }];
}
