// Lighthouse, as `cargo xtask bench --only lighthouse` runs it: figures, no test.
import type { PlaywrightTestConfig } from '@playwright/test';
import base from '../playwright.config.ts';

const config: PlaywrightTestConfig = {
  ...base,
  testDir: '.',
  globalSetup: '../support/setup.ts',
  outputDir: '../../target/e2e/results-lighthouse',
  timeout: 900_000,
  projects: [{ name: 'lighthouse' }],
};

export default config;
