// Where things are, as `cargo xtask test e2e` says.
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run \`cargo xtask test e2e\``);
  return value;
}

/** The top of the work tree. */
export const root = resolve(import.meta.dirname, '../..');

const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');

/** The folder of the programs that cargo built. */
export const program = (name: string): string => join(required('IC_CARD_PROGRAMS'), name);

/** The tool chain, compiled. */
export const xtask = (): string => required('IC_CARD_XTASK');

/** The built pages. */
export const site = (): string => required('IC_CARD_SITE');

/** Where pictures go. */
export const screenshots = (): string => required('IC_CARD_SCREENSHOTS');

/** Registers and cards as they are before each test. */
export const templates = join(target, 'e2e/templates');

/**
 * A copy of the sources, for the test that changes them. Not below the work
 * tree, whose settings cargo would read as well.
 */
export const copy = join(tmpdir(), 'ic-card-dev-sources');

/** What is built of the copy, and its demo. */
export const builtCopy = join(target, 'e2e/dev');

/** Where cargo keeps what it compiled. */
export const compiled = target;

/** The register and the cards of the test that runs. */
export const stage = join(target, 'e2e/stage');
