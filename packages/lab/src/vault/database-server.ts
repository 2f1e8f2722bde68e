/** A database that the lab's Vault manages: logins with one password each, and nothing else. */
export interface LabDatabase {
  /** Whether a login works now. */
  accepts(user: string, password: string): boolean;
  /** As somebody does it behind Vault's back; makes the login where there is none. */
  setPassword(user: string, password: string): void;
  dropLogin(user: string): void;
  has(user: string): boolean;
  /** True: nobody can reach it. */
  setDown(down: boolean): void;
  readonly isDown: boolean;
}

/** Starts with logins by user. */
export function createDatabase(logins: Readonly<Record<string, string>>): LabDatabase {
  const passwords = new Map(Object.entries(logins));
  let isDown = false;
  return {
    accepts: (user, password) => !isDown && passwords.get(user) === password,
    setPassword: (user, password) => void passwords.set(user, password),
    dropLogin: (user) => void passwords.delete(user),
    has: (user) => passwords.has(user),
    setDown: (down) => {
      isDown = down;
    },
    get isDown() {
      return isDown;
    },
  };
}
