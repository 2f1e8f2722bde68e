import { resourceVersionOf, selectorsOf } from './list.ts';
import type { IncludeObject, Representation } from './negotiate.ts';
import { representBookmark, representWatched } from './represent.ts';
import type { ApiResource } from './resources.ts';
import { ApiError } from './status.ts';
import type { Change, ObjectStore } from './store.ts';
import type { Dict, KubeObject } from './types.ts';

export interface WatchRequest {
  readonly resource: ApiResource;
  readonly namespace: string;
  readonly query: URLSearchParams;
  readonly shape: Representation;
  readonly include: IncludeObject;
}

export interface WatchSink {
  /** Sends one event, `{type, object}`. */
  send(event: Dict): void;
  end(): void;
}

export interface WatchTimes {
  /** Between two bookmarks, milliseconds. */
  readonly bookmarkEvery: number;
  /** A watch without `timeoutSeconds` ends after this. */
  readonly endAfter: number;
}

/**
 * A watch: what is there (where the client gave no version), then every change,
 * bookmarks where it allows them. An object that comes under or leaves the
 * selector is ADDED or DELETED. Returns the function that ends it.
 */
export function watch(store: ObjectStore, request: WatchRequest, sink: WatchSink, times: WatchTimes): () => void {
  const { resource, namespace, query, shape, include } = request;
  const selects = selectorsOf(resource, query);
  const isMeant = (object: KubeObject | undefined): object is KubeObject =>
    object !== undefined && (namespace === '' || object.metadata.namespace === namespace) && (selects?.(object) ?? true);
  const bookmarks = query.get('allowWatchBookmarks') === 'true' || query.get('allowWatchBookmarks') === '1';
  let first = true;
  let last = 0;
  const send = (type: string, object: KubeObject) => {
    sink.send({ type, object: representWatched(resource, object, shape, include, store.now(), first) });
    first = false;
  };
  const onChange = (change: Change) => {
    if (change.storage !== resource.storage || change.version <= last) return;
    const was = isMeant(change.previous);
    const is = change.type !== 'DELETED' && isMeant(change.object);
    if (is) send(was ? 'MODIFIED' : 'ADDED', change.object);
    // What left the selector is shown as it was, at the version of the change.
    else if (was) {
      const object = change.type === 'DELETED' ? change.object : withVersion(change.previous ?? change.object, change.version);
      send('DELETED', object);
    }
  };
  const bookmark = (initialEventsEnd: boolean) =>
    sink.send({ type: 'BOOKMARK', object: representBookmark(resource, store.version, shape, initialEventsEnd) });

  const from = resourceVersionOf(query);
  if (from === 0) {
    const snapshot = store.snapshot(resource);
    last = snapshot.version;
    for (const object of snapshot.objects) if (isMeant(object)) send('ADDED', object);
    if (query.get('sendInitialEvents') === 'true' && bookmarks) bookmark(true);
  } else {
    try {
      for (const change of store.changesSince(resource, from)) {
        onChange(change);
        last = change.version;
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      sink.send({ type: 'ERROR', object: error.toStatus() });
      sink.end();
      return () => undefined;
    }
  }

  const unsubscribe = store.onChange(onChange);
  const beat = bookmarks ? setInterval(() => bookmark(false), times.bookmarkEvery) : undefined;
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  const stop = () => {
    unsubscribe();
    clearInterval(beat);
    clearTimeout(timer);
  };
  const timer = setTimeout(
    () => {
      stop();
      sink.end();
    },
    seconds > 0 ? seconds * 1000 : times.endAfter,
  );
  return stop;
}

const withVersion = (object: KubeObject, version: number): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: String(version) },
});
