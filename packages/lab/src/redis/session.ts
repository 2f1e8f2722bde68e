import { type CommandHost, commands } from './commands.ts';
import { globToRegExp, type Keyspace } from './keyspace.ts';
import { ok, type Reply } from './resp.ts';

export interface LabUser {
  readonly password: string;
  /** Commands that the user may run, lower case; absent: all. */
  readonly commands?: readonly string[];
  /** Patterns of keys that the user may touch; absent: all. */
  readonly keys?: readonly string[];
}

/** The server as its sessions see it. */
export interface SharedState {
  readonly databases: readonly Keyspace[];
  readonly users: ReadonlyMap<string, LabUser>;
  /** Whether `default` needs a password. */
  readonly locked: boolean;
  readonly info: Readonly<Record<string, string | number>>;
  /** While set, every data command and PING answers this error. */
  readonly outage: string | undefined;
}

/** Commands whose arguments name no key. */
const withoutKeys = new Set(['ping', 'echo', 'info', 'role', 'dbsize', 'scan', 'cluster', 'config', 'select', 'client', 'command', 'acl']);

const wrongPass: Reply = { error: 'WRONGPASS invalid username-password pair or user is disabled.' };
const noAuth: Reply = { error: 'NOAUTH Authentication required.' };

/** One connection: who it is, which database, which protocol. */
export class Session implements CommandHost {
  readonly #state: SharedState;
  readonly #id: number;
  #user: string | undefined;
  #database = 0;
  #name: string | null = null;
  protocol: 2 | 3 = 2;
  /** Set by QUIT: close after the reply. */
  finished = false;

  constructor(state: SharedState, id: number) {
    this.#state = state;
    this.#id = id;
    this.#user = state.locked ? undefined : 'default';
  }

  get keys(): Keyspace {
    return this.#state.databases[this.#database] ?? new Map();
  }

  get info(): SharedState['info'] {
    return this.#state.info;
  }

  select(database: number): void {
    this.#database = database;
  }

  /** Answers one command as Redis 7.0 does. */
  answer([given = '', ...args]: readonly string[]): Reply {
    const name = given.toLowerCase();
    if (name === 'quit') {
      this.finished = true;
      return ok;
    }
    if (name === 'auth') return this.#auth(args);
    if (name === 'hello') return this.#hello(args);
    const command = commands.get(name);
    const known = command !== undefined || ['select', 'client', 'command', 'acl'].includes(name);
    if (!known) {
      const quoted = args.map((arg) => `'${arg.slice(0, 128)}' `).join('');
      return { error: `ERR unknown command '${given.slice(0, 128)}', with args beginning with: ${quoted}` };
    }
    if (command && !fits(command.arity, args.length + 1)) return wrongArguments(name);
    if (this.#user === undefined) return noAuth;
    const allowed = this.#state.users.get(this.#user)?.commands;
    if (allowed && !allowed.includes(name)) {
      const sub = ['client', 'cluster', 'acl', 'command', 'config'].includes(name) && args[0] ? `|${args[0].toLowerCase()}` : '';
      return { error: `NOPERM this user has no permissions to run the '${name}${sub}' command` };
    }
    if (!this.#mayTouch(name, args)) return { error: 'NOPERM this user has no permissions to access one of the keys used as arguments' };
    if (name === 'client') return this.#client(args);
    if (name === 'command') return args[0]?.toLowerCase() === 'count' ? commands.size : [];
    if (name === 'acl') return args[0]?.toLowerCase() === 'whoami' ? this.#user : unknownSub('ACL', args[0]);
    if (name === 'select') return this.#select(args);
    if (this.#state.outage !== undefined && name !== 'info') return { error: this.#state.outage };
    return command?.run(this, args) ?? null;
  }

  #mayTouch(name: string, args: readonly string[]): boolean {
    const patterns = this.#state.users.get(this.#user ?? '')?.keys?.map(globToRegExp);
    const keys = withoutKeys.has(name) ? [] : ['exists', 'del'].includes(name) ? args : args.slice(0, 1);
    return !patterns || keys.every((key) => patterns.some((pattern) => pattern.test(key)));
  }

  #auth(args: readonly string[]): Reply {
    if (args.length === 0 || args.length > 2) return wrongArguments('auth');
    const [user, password] = args.length === 2 ? args : ['default', args[0]];
    if (args.length === 1 && !this.#state.locked) {
      return {
        error:
          'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
      };
    }
    const known = this.#state.users.get(user ?? '');
    const open = user === 'default' && !this.#state.locked;
    if (!open && (!known || known.password !== password)) return wrongPass;
    this.#user = user;
    return ok;
  }

  #hello(args: readonly string[]): Reply {
    const [version, ...rest] = args;
    if (version !== undefined && version !== '2' && version !== '3') return { error: 'NOPROTO unsupported protocol version' };
    for (let at = 0; at < rest.length; ) {
      const option = rest[at]?.toLowerCase();
      if (option === 'auth' && at + 2 < rest.length) {
        const answer = this.#auth(rest.slice(at + 1, at + 3));
        if (answer !== ok) return answer;
        at += 3;
      } else if (option === 'setname' && at + 1 < rest.length) {
        this.#name = rest[at + 1] ?? null;
        at += 2;
      } else return { error: `ERR Syntax error in HELLO option '${rest[at] ?? ''}'` };
    }
    if (this.#user === undefined) {
      return {
        error:
          'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
      };
    }
    if (version !== undefined) this.protocol = version === '3' ? 3 : 2;
    const fields: [string, Reply][] = [
      ['server', 'redis'],
      ['version', '7.0.15+agentops-lab'],
      ['proto', this.protocol],
      ['id', this.#id],
      ['mode', 'standalone'],
      ['role', String(this.info.role ?? 'master')],
      ['modules', []],
    ];
    return { pairs: fields };
  }

  #client(args: readonly string[]): Reply {
    const sub = args[0]?.toLowerCase();
    if (sub === 'id') return this.#id;
    if (sub === 'getname') return this.#name;
    if (sub === 'setname' && args[1] !== undefined) this.#name = args[1];
    // SETINFO came with 7.2.
    if (sub === 'setname' || sub === 'no-evict' || sub === 'no-touch') return ok;
    if (sub === 'list' || sub === 'info')
      return `id=${this.#id} addr=127.0.0.1 name=${this.#name ?? ''} db=${this.#database} user=${this.#user ?? ''}\n`;
    return unknownSub('CLIENT', args[0]);
  }

  #select(args: readonly string[]): Reply {
    if (args.length !== 1) return wrongArguments('select');
    const database = Number(args[0]);
    if (!Number.isInteger(database)) return { error: 'ERR value is not an integer or out of range' };
    if (!this.#state.databases[database]) return { error: 'ERR DB index is out of range' };
    this.select(database);
    return ok;
  }
}

function fits(arity: number, count: number): boolean {
  return arity < 0 ? count >= -arity : count === arity;
}

function wrongArguments(name: string): Reply {
  return { error: `ERR wrong number of arguments for '${name}' command` };
}

function unknownSub(command: string, sub = ''): Reply {
  return { error: `ERR unknown subcommand '${sub.slice(0, 128)}'. Try ${command} HELP.` };
}
