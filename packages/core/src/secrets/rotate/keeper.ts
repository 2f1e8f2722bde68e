import { isFinal, type RotationJournal, type RotationState, rotationJournal } from '../../model/rotation.ts';
import { failureKind, RotationFailure } from '../failure.ts';
import type { BoundaryHook, JournalStore, RunContext } from '../ports.ts';

/** What a transition may change. */
export type JournalChange = Partial<Omit<RotationJournal, 'format' | 'id' | 'secret' | 'state' | 'history' | 'updatedAt'>>;

/**
 * The one hand that writes a rotation's journal. Each write is a check-and-set
 * on the one before: whoever lost the lock to another holder fails here, before
 * the effect that was to follow.
 */
export class JournalKeeper {
  readonly #store: JournalStore;
  readonly #clock: RunContext['host']['clock'];
  readonly #boundary: BoundaryHook | undefined;
  #journal: RotationJournal;
  #version: number;
  #lost = false;

  constructor(
    store: JournalStore,
    journal: RotationJournal,
    version: number,
    options: { readonly clock: RunContext['host']['clock']; readonly boundary?: BoundaryHook | undefined },
  ) {
    this.#store = store;
    this.#journal = journal;
    this.#version = version;
    this.#clock = options.clock;
    this.#boundary = options.boundary;
  }

  /** Somebody else has written: this process must not go on. */
  get lost(): boolean {
    return this.#lost;
  }

  get journal(): RotationJournal {
    return this.#journal;
  }

  /** Records what is about to be done; nothing is written where it stands there already. */
  async intend(intent: string, change: JournalChange = {}): Promise<void> {
    if (this.#journal.intent === intent && Object.keys(change).length === 0) return;
    await this.#write({ ...this.#journal, ...change, intent, updatedAt: this.#now() }, `${this.#journal.state} → ${intent}`);
  }

  /** Records that something is done: the next state. */
  async advance(state: RotationState, change: JournalChange = {}): Promise<void> {
    const now = this.#now();
    const before = this.#journal.history.at(-1)?.at ?? this.#journal.startedAt;
    const ms = Math.max(0, Date.parse(now) - Date.parse(before));
    const history = [...this.#journal.history, { state, at: now, ms }];
    await this.#write({ ...this.#journal, intent: null, ...change, state, updatedAt: now, history }, state);
  }

  /** Records something beside the states, such as a failure. */
  async note(change: JournalChange): Promise<void> {
    await this.#write({ ...this.#journal, ...change, updatedAt: this.#now() }, `${this.#journal.state} note`);
  }

  async #write(next: RotationJournal, name: string): Promise<void> {
    await this.#boundary?.({ moment: 'before', kind: 'journal', name });
    try {
      this.#version = await this.#store.write(next, this.#version);
    } catch (error) {
      // A lost answer tells nothing: look whether it was written. Nobody else writes the same epoch.
      if (failureKind(error) === 'conflict') this.#lost = true;
      if (failureKind(error) !== 'transient' || !(await this.#isWritten(next))) throw error;
    }
    this.#journal = next;
    await this.#boundary?.({ moment: 'after', kind: 'journal', name });
  }

  async #isWritten(next: RotationJournal): Promise<boolean> {
    const stored = await this.#store.read(next.id);
    // Parsed, so that both have their fields in the same order.
    const same = stored && JSON.stringify(rotationJournal.parse(stored.journal)) === JSON.stringify(rotationJournal.parse(next));
    if (!stored || stored.version !== this.#version + 1 || !same) return false;
    this.#version = stored.version;
    return true;
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}

/** The rotation of a secret that was begun last, if any: the only one that may be unfinished. */
export async function newestJournal(
  store: JournalStore,
  secret: string,
): Promise<{ readonly journal: RotationJournal; readonly version: number } | undefined> {
  const ids = await store.list(secret);
  const newest = ids.at(-1);
  if (newest === undefined) return undefined;
  const found = await store.read(newest);
  // Deleted by somebody: whether a rotation is unfinished cannot be told, and must not be taken for "none".
  if (!found) throw new RotationFailure('operator', `the journal ${newest} is deleted`, { hint: 'vault kv undelete brings it back' });
  return found;
}

/** The one that is not at its end. */
export async function unfinishedJournal(
  store: JournalStore,
  secret: string,
): Promise<{ readonly journal: RotationJournal; readonly version: number } | undefined> {
  const newest = await newestJournal(store, secret);
  return newest && !isFinal(newest.journal.state) ? newest : undefined;
}
