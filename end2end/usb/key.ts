// A key in a USB socket of the virtual machine, with one of the stack's software cards in it.
import { join } from 'node:path';
import { Child } from '../support/child.ts';
import { program, stage } from '../support/paths.ts';
import type { Machine } from './machine.ts';

/** How a key is made; what is left out is as `virtual-card usb --help` says. */
export interface KeyOptions {
  class?: 'ff' | '0b';
  level?: 'extended' | 'short' | 't1' | 't0';
  serial?: string;
  longestMessage?: number;
  block?: number;
  /** Milliseconds that the card takes for each command, and until that is said. */
  slow?: number;
  patience?: number;
  interrupt?: boolean;
}

export class Key {
  private constructor(private readonly child: Child) {}

  /** A key for a socket, with the card of this name. It is not plugged in yet. */
  static async make(
    machine: Machine,
    socket: number,
    card: string,
    options: KeyOptions = {},
  ): Promise<Key> {
    const named = {
      dial: `127.0.0.1:${machine.keyPorts[socket]}`,
      class: options.class,
      level: options.level,
      serial: options.serial,
      'longest-message': options.longestMessage,
      block: options.block,
      slow: options.slow,
      patience: options.patience,
    };
    const set = Object.entries(named).filter(([, value]) => value !== undefined);
    const args = set.flatMap(([name, value]) => [`--${name}`, String(value)]);
    if (options.interrupt === false) args.push('--no-interrupt');
    const child = await Child.start(
      `key ${card}`,
      program('virtual-card'),
      ['usb', join(stage, 'main/cards', `${card}.card`), '--pulled', ...args],
      (line) => line === 'ready to dial',
    );
    return new Key(child);
  }

  private async tell(line: string): Promise<void> {
    const answer = await this.child.ask(line);
    if (answer !== 'ok') throw new Error(`${line}: ${answer}`);
  }

  /** Plugs it in. The machine sees it a second later. */
  async insert(): Promise<void> {
    await this.tell('insert');
  }

  /** Pulls it. */
  async pull(): Promise<void> {
    await this.tell('pull');
  }

  /** Pulls it in the middle of an answer. */
  async pullHard(): Promise<void> {
    await this.tell('hard');
  }

  /** Pulls it when the card has carried out so many more commands; the last is not answered. */
  async cut(commands: number): Promise<void> {
    await this.tell(`cut ${commands}`);
  }

  /** Takes the card out of the key, or puts it back. */
  async setCard(present: boolean): Promise<void> {
    await this.tell(present ? 'card in' : 'card out');
  }

  /** `out`, `in`, or `attached` when the machine has it. */
  async state(): Promise<string> {
    return this.child.ask('status');
  }

  /** Pulls it and gives the card back. */
  async end(): Promise<void> {
    await this.child.stop();
  }
}
