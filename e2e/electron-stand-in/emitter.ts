/**
 * An event emitter that knows which of the real one's events it ever emits: listening for another throws, since that
 * listener would wait in vain.
 */
import { EventEmitter } from 'node:events';

type Listener = (...args: never[]) => void;

export class Emitter extends EventEmitter {
  private readonly _name: string;
  private readonly _modelled: readonly string[];

  constructor(name: string, events: readonly string[]) {
    super();
    this._name = name;
    this._modelled = events;
  }

  override on(event: string | symbol, listener: Listener): this {
    this._check(event);
    return super.on(event, listener as (...args: unknown[]) => void);
  }

  override once(event: string | symbol, listener: Listener): this {
    this._check(event);
    return super.once(event, listener as (...args: unknown[]) => void);
  }

  private _check(event: string | symbol): void {
    if (typeof event === 'string' && !this._modelled.includes(event))
      throw new Error(`electron stand-in: the event "${event}" of ${this._name} is not modelled`);
  }
}

/** Emits an event with `details` that listeners may prevent. @returns whether one did */
export function emitPreventable(emitter: EventEmitter, event: string, details: object, ...args: unknown[]): boolean {
  let defaultPrevented = false;
  const preventable = {
    ...details,
    get defaultPrevented() {
      return defaultPrevented;
    },
    preventDefault() {
      defaultPrevented = true;
    },
  };
  emitter.emit(event, preventable, ...args);
  return defaultPrevented;
}
