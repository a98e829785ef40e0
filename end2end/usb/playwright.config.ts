// A key on USB, in a virtual machine without a real processor: `cargo xtask test usb`
// prepares its kernel, builds what is tested and sets the environment.
import type { PlaywrightTestConfig } from '@playwright/test';
import base from '../playwright.config.ts';
import type { Kind } from './machine.ts';

const config: PlaywrightTestConfig<object, { kind: Kind }> = {
  ...base,
  testDir: '.',
  globalSetup: '../support/setup.ts',
  outputDir: '../../target/e2e/results-usb',
  // Everything takes ten times as long there.
  timeout: 400_000,
  expect: { timeout: 30_000 },
  use: { ...base.use, actionTimeout: 60_000, navigationTimeout: 60_000 },
  // What takes a boot of its own; a test that fails has the next one begin with a new one.
  projects: [
    { name: 'usb', testMatch: 'keys.spec.ts' },
    { name: 'flows', testMatch: ['flows.spec.ts', 'tabs.spec.ts', 'figures.spec.ts'] },
    { name: 'judge', testMatch: 'judge.spec.ts', use: { kind: 'none' } },
    { name: 'chooser', testMatch: 'chooser.spec.ts', use: { kind: 'on a screen' } },
  ],
};

export default config;
