// A program that a test starts and ends.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class Child {
  /** Who waits for the next line that it says. */
  private readonly asked: ((line: string) => void)[] = [];

  private constructor(
    readonly name: string,
    private readonly process: ChildProcess,
    private readonly log: string[],
  ) {}

  /** Starts it, and waits until it says something that `isReady`. */
  static async start(
    name: string,
    command: string,
    args: string[],
    isReady: (line: string) => boolean,
    environment: Record<string, string> = {},
  ): Promise<Child> {
    // `--pdeathsig`: the kernel ends it with us, however we end.
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', command, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    const log: string[] = [];
    const started = new Child(name, child, log);
    await new Promise<void>((ready, failed) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          log.push(line);
          if (stream === child.stdout) started.asked.shift()?.(line);
          if (isReady(line)) ready();
        });
      }
      child.once('error', failed);
      child.once('exit', (code, signal) =>
        failed(new Error(`${name} ended (${code ?? signal}):\n${log.join('\n')}`)),
      );
    });
    return started;
  }

  /** Says a line to it, and gives the next line that it says. */
  async ask(line: string): Promise<string> {
    const answer = new Promise<string>((said) => this.asked.push(said));
    const ended = once(this.process, 'exit').then(() => {
      throw new Error(`${this.name} ended:\n${this.output}`);
    });
    this.process.stdin?.write(`${line}\n`);
    return Promise.race([answer, ended]);
  }

  /** What it said so far. */
  get output(): string {
    return this.log.join('\n');
  }

  /** Ends it and waits for its end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    await ended;
  }
}
