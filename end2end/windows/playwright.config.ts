// The bridge on Windows, under Wine: `cargo xtask test windows` builds what is
// tested, makes the prefix and sets the environment.
import type { PlaywrightTestConfig } from '@playwright/test';
import base from '../playwright.config.ts';

const config: PlaywrightTestConfig = {
  ...base,
  testDir: '.',
  globalSetup: '../support/setup.ts',
  outputDir: '../../target/e2e/results-windows',
  // One story, from the installer to the last trace.
  timeout: 240_000,
  projects: [{ name: 'windows', use: { viewport: { width: 1366, height: 900 } } }],
};

export default config;
