// The real stack of one test: a server on a copy of the register, a bridge,
// and software cards in the two virtual readers of pcscd.
import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from './child.ts';
import { program, readersPort, stage, templates } from './paths.ts';

/** A software card, as `demo.json` has it. */
export interface Card {
  key: string;
  label: string;
  operator_no: string | null;
  holder_name: string;
  card_no: string;
  pin: string;
  state: string;
  /** One of the demo's; the others are kept for tests only. */
  in_demo: boolean;
}

/** Somebody in the register. */
export interface Operator {
  operator_no: string;
  holder_name: string;
  id_number: string;
  card_no: string | null;
  state: string;
}

interface Demo {
  address: string;
  enterprise: string;
  cards: Card[];
  operators: Operator[];
}

type Register = 'main' | 'unknown' | 'foreign';

const READERS = 2;

const read = (register: Register): Demo =>
  JSON.parse(readFileSync(join(templates, register, 'demo.json'), 'utf8')) as Demo;

export class Stack {
  readonly demo = read('main');
  /** What server and bridge are started with besides. */
  environment: Record<string, string> = {};
  private server: Child | undefined;
  private bridge: Child | undefined;
  private readonly inserted: (Child | undefined)[] = Array(READERS).fill(undefined);

  private constructor() {}

  /** A fresh copy of everything, with the server running. */
  static async raise(): Promise<Stack> {
    rmSync(stage, { recursive: true, force: true });
    cpSync(templates, stage, { recursive: true });
    const stack = new Stack();
    await stack.startServer();
    return stack;
  }

  /** Where every stack's server is. */
  static origin(): string {
    return read('main').address;
  }

  /** The server's folder. */
  get data(): string {
    return join(stage, 'main');
  }

  get origin(): string {
    return this.demo.address;
  }

  async startServer(): Promise<void> {
    const listen = this.origin.replace('http://', '');
    this.server = await Child.start(
      'server',
      program('server'),
      ['--data', join(stage, 'main'), 'serve', '--listen', listen],
      (line) => line.includes('"listening"'),
      this.environment,
    );
  }

  /** The server anew, with these tables in its settings besides. */
  async configure(settings: string): Promise<void> {
    await this.stopServer();
    appendFileSync(join(this.data, 'config.toml'), `\n${settings}\n`);
    await this.startServer();
  }

  async stopServer(signal?: NodeJS.Signals): Promise<void> {
    await this.server?.stop(signal);
    this.server = undefined;
  }

  /**
   * The bridge with the machine's readers, or with the first of them only. The page
   * asks before something is signed, or this program in its window.
   */
  async startBridge(readers: 1 | 2 = 2, window?: string): Promise<void> {
    const file = join(stage, 'bridge/config.toml');
    const settings = readFileSync(file, 'utf8').replace(/^(readers|confirm|pinentry) = .*\n/gm, '');
    const only = readers === 1 ? 'readers = ["00 00"]\n' : '';
    // A developer's desktop would have a window of its own.
    const confirm = window ? `confirm = "window"\npinentry = "${window}"\n` : 'confirm = "page"\n';
    writeFileSync(file, only + confirm + settings);
    await this.runBridge([]);
  }

  /** The bridge with virtual readers of its own, for the cards of the demo. */
  async startDemoBridge(): Promise<void> {
    const shelf = this.demo.cards
      .filter(({ in_demo }) => in_demo)
      .map(({ key, label }) => ({ key, label, file: `${key}.card` }));
    writeFileSync(join(stage, 'main/cards/cards.json'), JSON.stringify(shelf));
    await this.runBridge(['--virtual', join(stage, 'main/cards'), '--no-pcsc']);
  }

  private async runBridge(args: string[]): Promise<void> {
    const settings = join(stage, 'bridge');
    this.bridge = await Child.start(
      'card-bridge',
      program('card-bridge'),
      ['--allow-config', settings, '--state', join(settings, 'state'), 'run', ...args],
      (line) => line.startsWith('listening on '),
      this.environment,
    );
  }

  /** The bridge as it is after a new installation: with another key of its own. */
  async reinstallBridge(): Promise<void> {
    await this.stopBridge();
    rmSync(join(stage, 'bridge/state'), { recursive: true, force: true });
    await this.runBridge([]);
  }

  async stopBridge(): Promise<void> {
    await this.bridge?.stop();
    this.bridge = undefined;
  }

  /** A card by its key: `legal-person`, `operator-0001`, … */
  card(key: string, register: Register = 'main'): Card {
    const found = read(register).cards.find((card) => card.key === key);
    if (!found) throw new Error(`no card ${key}`);
    return found;
  }

  /** Somebody by 操作员编号. */
  operator(number: string): Operator {
    const found = this.demo.operators.find((operator) => operator.operator_no === number);
    if (!found) throw new Error(`no operator ${number}`);
    return found;
  }

  /** Puts a card into a reader; resolves when the reader has given it power. */
  async insert(key: string, options: { reader?: number; register?: Register } = {}): Promise<Card> {
    const { reader = 0, register = 'main' } = options;
    await this.pull(reader);
    const file = join(stage, register, 'cards', `${key}.card`);
    this.inserted[reader] = await Child.start(
      `card ${key}`,
      program('virtual-card'),
      ['insert', file, '--reader', String(reader), '--port', readersPort()],
      (line) => line.startsWith('inserted '),
    );
    return this.card(key, register);
  }

  /** Pulls the card out of a reader, if there is one. */
  async pull(reader = 0): Promise<void> {
    await this.inserted[reader]?.stop();
    this.inserted[reader] = undefined;
  }

  /** Ends everything. Gives what server and bridge said. */
  async strike(): Promise<string> {
    const said = [this.server, this.bridge]
      .map((child) => (child ? `--- ${child.name}\n${child.output}` : ''))
      .join('\n');
    // First the bridge: no card is pulled from under a transaction.
    await this.stopBridge();
    for (let reader = 0; reader < READERS; reader += 1) await this.pull(reader);
    await this.stopServer();
    return said;
  }
}
