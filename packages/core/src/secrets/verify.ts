import { type IssuerKey, isFinal, type RotationJournal } from '../model/rotation.ts';
import type { SecretVerification } from '../model/secret-verification.ts';
import { seen } from './list.ts';
import type { RotationParts } from './parts.ts';
import type { Credential, RunContext, Verdict } from './ports.ts';
import { presentOf, targetOf } from './rotate/current.ts';
import { newestJournal } from './rotate/keeper.ts';
import type { Seen } from './status.ts';
import { type SecretFields, SecretValue, wipeFields } from './value.ts';

type Accepted = SecretVerification['accepted'][number];
type Held = SecretVerification['consumers'][number];

/**
 * Asks the verifier and the issuer whether they accept the present value, and
 * every consumer whether it holds it. Reads the value, wipes it, and leaves an
 * audit record. What could not be asked is `unknown`.
 */
export async function verifySecret(parts: RotationParts, by: string, context: RunContext): Promise<SecretVerification> {
  const target = targetOf(parts);
  const journal = await seen(async () => (await newestJournal(parts.journal, parts.entry.name))?.journal);
  const found = target ? await look(parts, target, context) : await lookInside(parts, journal, context);
  const running = journal.seen && journal.is && !isFinal(journal.is.state) ? journal.is : undefined;
  const notes = [...found.notes];
  if (!journal.seen) notes.push(`its rotations were not seen: ${journal.why}`);
  if (running && running.state !== 'GRACE') {
    notes.push(`its rotation stands at ${running.state}: consumers may hold the old value; agentops secrets resume ${parts.entry.name}`);
  }
  const sinceRotation = found.fingerprint === undefined ? 'unknown' : compare(found.fingerprint, journal);
  if (found.trouble === undefined && isUnasked(parts, found)) {
    notes.push('nobody can be asked whether the value is well: set verify in agentops.yaml');
  }
  if (sinceRotation === 'changed') notes.push('the value was changed in Vault since its last rotation');
  const verification: SecretVerification = {
    secret: parts.entry.name,
    location: target ? `${target.mount}/${target.path}` : null,
    version: found.version,
    result: resultOf(parts, found, running),
    accepted: [...found.accepted],
    consumers: [...found.consumers],
    sinceRotation,
    notes,
  };
  const recorded = await seen(() =>
    parts.audit.append({
      at: new Date(context.host.clock.now()).toISOString(),
      by,
      secret: parts.entry.name,
      event: 'verified',
      rotation: journal.seen ? (journal.is?.id ?? null) : null,
      version: found.version,
      detail: `${verification.result}: ${summary(verification)}`,
    }),
  );
  return recorded.seen ? verification : { ...verification, notes: [...notes, `no audit record was left: ${recorded.why}`] };
}

interface Found {
  readonly version: number | null;
  /** Why nothing could be looked at: no value, or no right to read it. */
  readonly trouble?: 'no-value' | 'not-seen';
  readonly accepted: readonly Accepted[];
  readonly consumers: readonly Held[];
  readonly fingerprint?: string;
  readonly notes: readonly string[];
}

async function look(parts: RotationParts, target: NonNullable<ReturnType<typeof targetOf>>, context: RunContext): Promise<Found> {
  const nothing = { version: null, accepted: [], consumers: [] };
  const read = await seen(() => parts.kv.read(target));
  if (!read.seen) return { ...nothing, trouble: 'not-seen', notes: [`the value was not seen: ${read.why}`] };
  if (!read.is)
    return { ...nothing, trouble: 'no-value', notes: ['no value: nothing was ever written there, or its current version is deleted'] };
  const { fields, version } = read.is;
  try {
    const value = fields.get(target.field);
    if (!value || value.length === 0) {
      return { ...nothing, version, trouble: 'no-value', notes: [`no value: version ${version} has no field "${target.field}"`] };
    }
    const account = target.accountField === undefined ? undefined : fields.get(target.accountField)?.text();
    const metadata = await seen(() => parts.kv.metadata(target));
    const key = (metadata.seen ? presentOf(metadata.is).key : null) ?? parts.issuer?.presentKey ?? {};
    const credential: Credential = { value, key: account === undefined ? key : { ...key, account } };
    const [accepted, consumers, fingerprint] = await Promise.all([
      askAll(parts, credential, context),
      Promise.all(parts.consumers.map((consumer) => holds(consumer, fields, context))),
      seen(() => parts.fingerprint(value)),
    ]);
    return { version, accepted, consumers, notes: [], ...(fingerprint.seen ? { fingerprint: fingerprint.is } : {}) };
  } finally {
    wipeFields(fields);
  }
}

/** A value that never leaves Vault: only its issuer can be asked. */
async function lookInside(parts: RotationParts, journal: Seen<RotationJournal | undefined>, context: RunContext): Promise<Found> {
  const key: IssuerKey = (journal.seen && journal.is?.newKey) || {};
  const accepted = await askAll({ ...parts, verifier: undefined }, { value: SecretValue.fromText(''), key }, context);
  return { version: null, accepted, consumers: [], notes: [] };
}

async function askAll(
  { verifier, issuer }: Pick<RotationParts, 'verifier' | 'issuer'>,
  credential: Credential,
  context: RunContext,
): Promise<Accepted[]> {
  const asked: Promise<Accepted>[] = [];
  if (verifier) asked.push(ask(`verifier ${verifier.type}`, () => verifier.verify(credential, context)));
  const check = issuer?.check?.bind(issuer);
  if (issuer && check) asked.push(ask(`issuer ${issuer.type}`, () => check(credential, context)));
  return Promise.all(asked);
}

async function ask(by: string, question: () => Promise<Verdict>): Promise<Accepted> {
  const verdict = await seen(question);
  if (!verdict.seen) return { by, accepted: 'unknown', detail: verdict.why };
  const { accepted, detail } = verdict.is;
  return { by, accepted: accepted === 'unknown' ? 'unknown' : accepted ? 'yes' : 'no', detail };
}

async function holds(consumer: RotationParts['consumers'][number], fields: SecretFields, context: RunContext): Promise<Held> {
  const answer = await seen(() => consumer.holds(fields, context));
  if (!answer.seen) return { consumer: consumer.id, holds: 'unknown', detail: answer.why };
  return { consumer: consumer.id, holds: answer.is.holds, detail: answer.is.detail };
}

function compare(fingerprint: string, journal: Seen<RotationJournal | undefined>): SecretVerification['sinceRotation'] {
  if (!journal.seen) return 'unknown';
  if (!journal.is) return 'never-rotated';
  const { state, oldFingerprint, newFingerprint } = journal.is;
  const expected = state === 'ROLLED_BACK' || state === 'ROLLING_BACK' ? oldFingerprint : newFingerprint;
  // In the middle, or where a person took it over, either of them is right.
  const also = isFinal(state) && state !== 'ABANDONED' ? null : oldFingerprint;
  if (expected === null && also === null) return 'unknown';
  return fingerprint === expected || fingerprint === also ? 'same' : 'changed';
}

function resultOf(parts: RotationParts, found: Found, running: RotationJournal | undefined): SecretVerification['result'] {
  if (found.trouble !== undefined) return found.trouble === 'no-value' ? 'bad' : 'unknown';
  if (found.accepted.some(({ accepted }) => accepted === 'no')) return 'bad';
  // Between publish and confirm a copy of the old value is no drift yet.
  const moving = running !== undefined && running.state !== 'GRACE' && running.state !== 'REVOKED';
  const drift = found.consumers.some(({ holds: held }) => held === 'no');
  if (drift && !moving) return 'bad';
  const blind =
    found.consumers.some(({ holds: held }) => held === 'unknown') || found.accepted.some(({ accepted }) => accepted === 'unknown');
  return drift || blind || isUnasked(parts, found) ? 'unknown' : 'ok';
}

/** No answer says that it is well. A value that its consumers alone share is nobody else's to accept: then they are enough. */
function isUnasked({ entry: { issuer } }: RotationParts, found: Found): boolean {
  const isShared = issuer?.type === 'random' && issuer.set.type === 'none';
  return found.accepted.length === 0 && !(isShared && found.consumers.length > 0);
}

function summary({ accepted, consumers }: SecretVerification): string {
  const parts = [...accepted.map((each) => `${each.by} ${each.accepted}`), ...consumers.map((each) => `${each.consumer} ${each.holds}`)];
  return parts.length > 0 ? parts.join(', ') : 'nobody to ask';
}

/** 2: refused, drifted or without a value; 3: not everything could be asked; 0: all is well. */
export function exitCodeOfVerification(verifications: readonly SecretVerification[]): 0 | 2 | 3 {
  if (verifications.some(({ result }) => result === 'bad')) return 2;
  return verifications.some(({ result }) => result === 'unknown') || verifications.length === 0 ? 3 : 0;
}
