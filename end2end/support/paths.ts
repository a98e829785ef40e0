// Where things are, as `cargo xtask test e2e` says.
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run \`cargo xtask test e2e\``);
  return value;
}

/** The top of the work tree. */
export const root = resolve(import.meta.dirname, '../..');

const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');

/** The folder of the programs that cargo built. */
export const program = (name: string): string => join(required('IC_CARD_PROGRAMS'), name);

/** The port of the first virtual reader. */
export const readersPort = (): string => required('IC_CARD_VPCD_PORT');

/** The tool chain, compiled. */
export const xtask = (): string => required('IC_CARD_XTASK');

/** The command that builds the programs, in its words. */
export const buildCommand = (): string[] => required('IC_CARD_BUILD').split(' ');

/** The built pages. */
export const site = (): string => required('IC_CARD_SITE');

/** What the virtual machine begins with (`cargo xtask test usb`). */
export const kernel = (): string => required('IC_CARD_USB_KERNEL');
export const initramfs = (): string => required('IC_CARD_USB_INITRAMFS');

/** What the virtual machine is told. */
export const machineSettings = join(target, 'usb/settings');

/** Where pictures go. */
export const screenshots = (): string => required('IC_CARD_SCREENSHOTS');

/** Registers and cards as they are before each test. */
export const templates = join(target, 'e2e/templates');

/**
 * A copy of the sources, for the test that changes them. Not below the work
 * tree, whose settings cargo would read as well; the same place each time, so
 * that it is not compiled anew; and nobody else's to write.
 */
export const copy = join(
  homedir(),
  '.cache/ic-card/dev-sources',
  createHash('sha256').update(root).digest('hex').slice(0, 16),
);

/** What is built of the copy, and its demo. */
export const builtCopy = join(target, 'e2e/dev');

/** Where cargo keeps what it compiled. */
export const compiled = target;

/** The register and the cards of the test that runs. */
export const stage = join(target, 'e2e/stage');
