// Where things are, as `cargo xtask test e2e` says.
import { join, resolve } from 'node:path';

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run \`cargo xtask test e2e\``);
  return value;
}

const target = resolve(import.meta.dirname, '../../target');

/** The folder of the programs that cargo built. */
export const program = (name: string): string => join(required('IC_CARD_PROGRAMS'), name);

/** The built pages. */
export const site = (): string => required('IC_CARD_SITE');

/** Where pictures go. */
export const screenshots = (): string => required('IC_CARD_SCREENSHOTS');

/** Registers and cards as they are before each test. */
export const templates = join(target, 'e2e/templates');

/** The register and the cards of the test that runs. */
export const stage = join(target, 'e2e/stage');
