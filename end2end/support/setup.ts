// Once before all tests: makes the registers and cards that every test starts
// from, in the real way (`make-demo`).
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { program, site, templates } from './paths.ts';
import { freePort } from './ports.ts';

function make(name: string, origin: string, ...more: string[]): void {
  const folder = join(templates, name);
  execFileSync(
    program('make-demo'),
    ['--data', folder, '--origin', origin, '--site', site(), '--keep-all', ...more],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
}

export default async function setup(): Promise<void> {
  const origin = `http://127.0.0.1:${await freePort()}`;
  rmSync(templates, { recursive: true, force: true });
  make('main', origin);
  // Cards of the same CA that the register of `main` does not know.
  make('unknown', origin, '--cast', 'small', '--keys', join(templates, 'main/keys'));
  // Cards of another CA.
  make('foreign', origin, '--cast', 'small');
  const key = execFileSync(program('server'), ['--data', join(templates, 'main'), 'program-key'], {
    encoding: 'utf8',
  });
  execFileSync(
    program('card-bridge'),
    ['--allow-config', join(templates, 'bridge'), 'allow', origin, '--key', key.trim()],
    { stdio: 'ignore' },
  );
}
