import type { ConsumerConfig, SecretEntry } from '../../config/secrets.ts';
import { RotationFailure } from '../failure.ts';
import type { SecretFields } from '../value.ts';

export type KubernetesConsumerConfig = ConsumerConfig & { readonly type: 'kubernetes' };

/** Field in Vault → key of the Secret, as configured; default the rotated field, and the account's, under their own names. */
export function keysOf(configured: Readonly<Record<string, string>> | undefined, entry: SecretEntry): ReadonlyMap<string, string> {
  if (configured) return new Map(Object.entries(configured));
  const fields = [entry.vault?.field, entry.vault?.accountField].filter((field) => field !== undefined);
  return new Map(fields.map((field) => [field, field]));
}

/** A key that no Secret can have; undefined: all can be. */
export function impossibleKey(keys: ReadonlyMap<string, string>): string | undefined {
  return [...keys.values()].find((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key));
}

/** The Secret's `data` that these fields make, Base64. Throws where one is missing. */
export function dataOf(fields: SecretFields, keys: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const data: Record<string, string> = {};
  for (const [field, key] of keys) {
    const value = fields.get(field);
    if (!value) throw new RotationFailure('refused', `the secret in Vault has no field "${field}"`, { hint: 'see keys of the consumer' });
    data[key] = value.use((bytes) => bytes.toString('base64'));
  }
  return data;
}
